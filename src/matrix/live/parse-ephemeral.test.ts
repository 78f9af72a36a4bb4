import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEphemeral } from "./parse-ephemeral.ts";

const room = "!room:test";

describe("ephemeral events", () => {
  it("133: typing is the set of users of a room", () => {
    const content = { user_ids: ["@a:test", "@b:test", "@a:test", 7, "nobody", null] };
    expect(parseEphemeral({ type: "m.typing", room_id: room, content })).toEqual([
      { kind: "typing", key: `typing ${room}`, roomId: room, userIds: ["@a:test", "@b:test"] },
    ]);
  });

  it("134: receipts are told apart by user, type and thread, and private ones are not read", () => {
    const content = {
      $1: {
        "m.read": { "@a:test": { ts: 5, thread_id: "main" }, "@b:test": { ts: 6 } },
        "m.read.private": { "@c:test": { ts: 7 }, "@dao_x:test": { ts: 8 } },
      },
      $2: { "m.read": { "@a:test": { ts: 9, thread_id: "$root" } } },
    };
    const facts = parseEphemeral({ type: "m.receipt", room_id: room, content });
    expect(facts).toMatchObject([
      { userId: "@a:test", eventId: "$1", threadId: "main", ts: 5 },
      { userId: "@b:test", eventId: "$1", threadId: null, ts: 6 },
      { userId: "@a:test", eventId: "$2", threadId: "$root", ts: 9 },
    ]);
    expect(new Set(facts.map(({ key }) => key)).size).toBe(3);
    expect(JSON.stringify(facts)).not.toContain("@c:test");
  });

  it("135: presence is the sender's", () => {
    const content = {
      presence: "unavailable",
      status_msg: "away\0",
      last_active_ago: 1_000,
      currently_active: "yes",
    };
    expect(parseEphemeral({ type: "m.presence", sender: "@a:test", content })).toEqual([
      {
        kind: "presence",
        key: "presence @a:test",
        userId: "@a:test",
        presence: "unavailable",
        statusMessage: "away\uFFFD",
        currentlyActive: false,
        lastActiveAgoMs: 1_000,
      },
    ]);
  });

  it("what is malformed, or of another type, says nothing", () => {
    const content = { user_ids: [] };
    const odd: unknown[] = [
      null,
      7,
      [],
      {},
      { type: "m.typing" },
      { type: "m.typing", content },
      { type: "m.typing", room_id: "room", content },
      { type: "m.typing", room_id: room, content: { user_ids: "@a:test" } },
      { type: "m.receipt", room_id: room, content: { $1: null, x: { "m.read": { "@a:test": {} } } } },
      {
        type: "m.receipt",
        room_id: room,
        content: { $1: { "m.read": { "@a:test": null, a: {}, "@b:t": { thread_id: 7 } } } },
      },
      { type: "m.presence", sender: "@a:test", content: { presence: "invisible" } },
      { type: "m.presence", sender: 7, content: { presence: "online" } },
      { type: "org.example", room_id: room, content },
    ];
    expect(odd.flatMap(parseEphemeral)).toEqual([]);
  });

  it("nothing that is JSON makes it throw, and nothing makes it long", () => {
    const types = fc.constantFrom("m.typing", "m.receipt", "m.presence");
    const raw = fc.record({
      type: types,
      room_id: fc.constantFrom(room, 7),
      sender: fc.string(),
      content: fc.jsonValue(),
    });
    fc.assert(fc.property(raw, (event) => Array.isArray(parseEphemeral(event))));
    const users = Array.from({ length: 5_000 }, (_, index) => `@u${index}:test`);
    const receipts = Object.fromEntries(users.map((id) => [id, { ts: 1 }]));
    const many = [
      { type: "m.typing", room_id: room, content: { user_ids: users } },
      { type: "m.receipt", room_id: room, content: { $1: { "m.read": receipts } } },
    ].flatMap(parseEphemeral);
    expect(many).toHaveLength(1_001);
    expect(many[0]).toMatchObject({ userIds: { length: 100 } });
  });
});
