import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  alice,
  editOf,
  eventOf,
  type MatrixEvent,
  member,
  messageWith,
  prunedBy,
  reactionTo,
  redactionOf,
  room,
  roomV12,
  state,
  text,
} from "../support/matrix-events.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.link(roomV12);
});
afterAll(() => world.close());

interface Letter {
  readonly error_code: string;
  readonly raw: Uint8Array;
}

/** Pushes an event between two good neighbours of its room and looks at what became of the three. */
async function pushBetweenNeighbours(
  poison: unknown,
): Promise<{ letters: Letter[]; stored: number; status: number }> {
  const neighbours = [text("before"), text("after")] as const;
  const known = new Set(
    (await world.rows<{ id: string }>("SELECT id FROM matrix.inbox")).map(({ id }) => id),
  );
  const response = await world.push([neighbours[0], poison, neighbours[1]]);
  const [found] = await world.rows<{ count: number }>(
    "SELECT count(*)::int AS count FROM messages WHERE matrix_event_id = ANY($1::text[])",
    neighbours.map(({ event_id }) => event_id),
  );
  const letters = await world.rows<Letter & { id: string }>("SELECT id, error_code, raw FROM matrix.inbox");
  return {
    letters: letters.filter(({ id }) => !known.has(id)),
    stored: found?.count ?? 0,
    status: response.statusCode,
  };
}

function without(event: MatrixEvent, key: keyof MatrixEvent): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== key));
}

const raw = (letter: Letter | undefined) => Buffer.from(letter?.raw ?? []).toString("utf8");
const sha = "$" + "é".repeat(127) + "x";

describe("an event that cannot be one is a dead letter, and its neighbours are stored", () => {
  const cases: [string, string, () => unknown][] = [
    ["null", "event_not_object", () => null],
    ["a number", "event_not_object", () => 42],
    ["a string", "event_not_object", () => "$event"],
    ["true", "event_not_object", () => true],
    ["an array", "event_not_object", () => [text("in an array")]],
    ["an empty object", "bad_event_id", () => ({})],
    ["no event_id", "bad_event_id", () => without(text("x"), "event_id")],
    ["a number for event_id", "bad_event_id", () => ({ ...text("x"), event_id: 7 })],
    ["an event_id without its sigil", "bad_event_id", () => ({ ...text("x"), event_id: "event" })],
    ["an event_id of 256 bytes", "bad_event_id", () => ({ ...text("x"), event_id: sha })],
    ["a NUL in the event_id", "bad_event_id", () => ({ ...text("x"), event_id: "$a\0b" })],
    ["a lone surrogate in the event_id", "bad_event_id", () => ({ ...text("x"), event_id: "$a\ud800" })],
    ["no room_id", "bad_room_id", () => without(text("x"), "room_id")],
    ["a room_id that is an object", "bad_room_id", () => ({ ...text("x"), room_id: { room } })],
    ["a room_id of 64 KiB", "bad_room_id", () => ({ ...text("x"), room_id: "!".repeat(65_536) })],
    ["no sender", "bad_sender", () => without(text("x"), "sender")],
    ["a sender that is null", "bad_sender", () => ({ ...text("x"), sender: null })],
    ["a sender that is only a sigil", "bad_sender", () => ({ ...text("x"), sender: "@" })],
    ["no type", "bad_type", () => without(text("x"), "type")],
    ["a type that is an array", "bad_type", () => ({ ...text("x"), type: ["m.room.message"] })],
    ["an empty type", "bad_type", () => ({ ...text("x"), type: "" })],
    ["no content", "bad_content", () => without(text("x"), "content")],
    ["content null", "bad_content", () => ({ ...text("x"), content: null })],
    ["content that is a string", "bad_content", () => ({ ...text("x"), content: "hello" })],
    ["content that is an array", "bad_content", () => ({ ...text("x"), content: [] })],
    ["no time", "bad_timestamp", () => without(text("x"), "origin_server_ts")],
    ["a time that is a string", "bad_timestamp", () => ({ ...text("x"), origin_server_ts: "1750000000000" })],
    ["state_key null", "bad_state_key", () => ({ ...text("x"), state_key: null })],
    ["a state_key that is a number", "bad_state_key", () => ({ ...text("x"), state_key: 0 })],
    ["a NUL in the state_key", "bad_state_key", () => state("m.room.name", {}, { state_key: "\0" })],
    [
      "a member event without membership",
      "bad_membership",
      () => state("m.room.member", {}, { state_key: alice }),
    ],
    ["a membership nobody knows", "bad_membership", () => member(alice, "lurk")],
    [
      "a membership that is an object",
      "bad_membership",
      () => state("m.room.member", { membership: {} }, { state_key: alice }),
    ],
    ["a member event of no user", "bad_membership", () => member("alice", "join", { sender: alice })],
  ];

  it.each(cases)("%s: %s", async (_what, code, poison) => {
    const event = poison();
    const { letters, stored, status } = await pushBetweenNeighbours(event);
    expect({ status, stored, codes: letters.map(({ error_code }) => error_code) }).toEqual({
      status: 200,
      stored: 2,
      codes: [code],
    });
    expect(JSON.parse(raw(letters[0]))).toEqual(JSON.parse(JSON.stringify(event)));
  });

  it("the same dead letter is kept once, however often and with whatever age it comes", async () => {
    const bad = { ...text("x"), sender: 5 };
    await world.push([bad, bad]);
    await world.push([{ ...bad, unsigned: { age: 99_999 } }]);
    const rows = await world.rows("SELECT 1 FROM matrix.inbox WHERE event_id = $1", bad.event_id);
    expect(rows).toHaveLength(1);
  });

  it("a batch of nothing but dead letters is acknowledged", async () => {
    const response = await world.push(Array.from({ length: 100 }, (_, index) => index));
    expect([response.statusCode, response.json()]).toEqual([200, {}]);
  });
});

describe("an odd event that can be stored is a safe row", () => {
  /** The message as it is stored, pushed between neighbours that are stored, too. */
  async function storedMessage(event: MatrixEvent) {
    const outcome = await pushBetweenNeighbours(event);
    expect(outcome).toMatchObject({ status: 200, stored: 2, letters: [] });
    const [row] = await world.rows<{
      kind: string;
      content_preview: string;
      metadata: unknown;
      created: bigint;
    }>(
      `SELECT kind, content_preview, metadata, (extract(epoch FROM created_at) * 1000)::bigint AS created
         FROM messages WHERE matrix_event_id = $1`,
      event.event_id,
    );
    return row;
  }

  it("a NUL and a lone surrogate in the body become the replacement character", async () => {
    expect(await storedMessage(text("a\0b\ud800c\udc00d"))).toMatchObject({
      content_preview: "a\ufffdb\ufffdc\ufffdd",
    });
  });

  it("a NUL and a lone surrogate anywhere else in the content do not matter", async () => {
    const row = await storedMessage(
      messageWith({
        msgtype: "m.image\0",
        body: "x",
        "\0": "\ud800",
        filename: "\ud83d",
        info: { mimetype: "image/\0", size: 1 },
        "m.mentions": { user_ids: ["@a\0:test", "@b\ud800:test", alice] },
      }),
    );
    expect(row).toMatchObject({ kind: "other", content_preview: "x", metadata: { mentions: [alice] } });
    const media = await storedMessage(
      messageWith({
        msgtype: "m.image",
        body: "\ud83d",
        url: "mxc://test/\0",
        info: { mimetype: "image/\0" },
      }),
    );
    expect(media).toMatchObject({ kind: "image", content_preview: "\ufffd" });
  });

  it("a body of 64 KiB leaves a preview of at most 280 characters", async () => {
    const row = await storedMessage(text("🦊".repeat(16_384)));
    expect(row?.content_preview.length).toBeLessThanOrEqual(280);
    expect(row?.content_preview).toMatch(/^(?:🦊)+…$/u);
  });

  it.each([
    ["no body", { msgtype: "m.text" }, "text", ""],
    ["a body that is a number", { msgtype: "m.text", body: 5 }, "text", ""],
    ["a body that is an object", { msgtype: "m.text", body: { toString: "x" } }, "text", ""],
    ["no msgtype", { body: "hello" }, "other", "hello"],
    ["a msgtype that is an object", { msgtype: {}, body: "hello" }, "other", "hello"],
    ["a msgtype that every object has", { msgtype: "constructor", body: "hello" }, "other", "hello"],
    ["a msgtype that is a prototype", { msgtype: "__proto__", body: "hello" }, "other", "hello"],
    ["empty content", {}, "other", ""],
    ["media without a file", { msgtype: "m.image" }, "image", "image"],
    [
      "media with a file of a wrong type",
      { msgtype: "m.file", body: "a.txt", file: "mxc://a/b", info: [] },
      "file",
      "a.txt",
    ],
    [
      "a relation that is a string",
      { msgtype: "m.text", body: "hello", "m.relates_to": "$x" },
      "text",
      "hello",
    ],
    [
      "a relation to nothing",
      { msgtype: "m.text", body: "hello", "m.relates_to": { rel_type: "m.replace" } },
      "text",
      "hello",
    ],
    [
      "mentions that are no list",
      { msgtype: "m.text", body: "hello", "m.mentions": { user_ids: "@a:b" } },
      "text",
      "hello",
    ],
  ])("%s", async (_what, content, kind, preview) => {
    expect(await storedMessage(messageWith(content))).toMatchObject({ kind, content_preview: preview });
  });

  it.each([
    ["0", 0, 0n],
    ["-1", -1, 0n],
    ["a fraction", 1.5, 1n],
    ["the end of the year 9999", 253_402_300_799_999, 253_402_300_799_999n],
    ["a millisecond later", 253_402_300_800_000, 253_402_300_799_999n],
    ["the end of JavaScript's time", 8_640_000_000_000_000, 253_402_300_799_999n],
    ["2^53", 2 ** 53, 253_402_300_799_999n],
    ["more than a double holds", "1e400", 253_402_300_799_999n],
  ])("a time of %s is stored as the nearest time there is", async (_what, ts, stored) => {
    const event = text("when?", { origin_server_ts: 0 });
    const body = JSON.stringify({ events: [event] }).replace(
      '"origin_server_ts":0',
      `"origin_server_ts":${String(ts)}`,
    );
    const response = await putBody(body);
    expect(response.statusCode).toBe(200);
    const [row] = await world.rows<{ created: bigint }>(
      "SELECT (extract(epoch FROM created_at) * 1000)::bigint AS created FROM messages WHERE matrix_event_id = $1",
      event.event_id,
    );
    expect(row?.created).toBe(stored);
  });

  it("relations, redactions, members and state at the end of time are applied as any others", async () => {
    const end = { origin_server_ts: 8_640_000_000_000_000 };
    const [edited, deleted] = [text("first", end), text("gone", end)];
    const events = [
      edited,
      deleted,
      editOf(edited, "second", end),
      reactionTo(edited, "+", end),
      redactionOf(deleted, end),
      member("@late:test", "join", end),
      member("@late:test", "leave", end),
      state("m.room.topic", { topic: "the end" }, end),
    ];
    for (const event of events) expect((await world.push([event])).statusCode).toBe(200);
    const rows = await world.rows(
      "SELECT content_preview, kind FROM messages WHERE matrix_event_id = ANY($1::text[]) ORDER BY matrix_event_id",
      [edited.event_id, deleted.event_id],
    );
    expect(rows).toEqual([
      { content_preview: "second", kind: "text" },
      { content_preview: "", kind: "redacted" },
    ]);
    expect(await world.rows("SELECT 1 FROM matrix.inbox WHERE error_code = 'not_applied'")).toEqual([]);
  });

  it("unknown types, with a state key or without, are of no concern", async () => {
    for (const event of [
      eventOf("org.example.unknown", { anything: [1, "\0"] }),
      state("org.example.unknown", { anything: true }),
      eventOf("__proto__", {}),
      eventOf("constructor", {}),
      eventOf("m.room.member", { membership: "join" }),
    ]) {
      expect(await pushBetweenNeighbours(event)).toMatchObject({ status: 200, stored: 2, letters: [] });
    }
  });

  it("a room id without a domain is a room like any other", async () => {
    const event = text("hello", { room_id: roomV12 });
    await world.push([event, text("elsewhere", { room_id: "!x" })]);
    const rows = await world.rows(
      "SELECT content_preview FROM messages WHERE matrix_event_id = $1",
      event.event_id,
    );
    expect(rows).toEqual([{ content_preview: "hello" }]);
  });

  it("senders and members whose ids have no domain, or nothing else, are users like any others", async () => {
    const events = [
      text("hello", { sender: "@nodomain" }),
      text("hi", { sender: "@:" }),
      member("@x", "join"),
    ];
    expect((await world.push(events)).statusCode).toBe(200);
    const found = await world.rows(
      `SELECT u.matrix_id, u.handle FROM users u WHERE u.matrix_id IN ('@nodomain', '@:', '@x') ORDER BY 1`,
    );
    expect(found).toEqual([
      { matrix_id: "@:", handle: "@" },
      { matrix_id: "@nodomain", handle: "@nodomain" },
      { matrix_id: "@x", handle: "@x" },
    ]);
  });

  it("a redaction inside another event's `unsigned` names somebody or is none", async () => {
    for (const [event_id, sender] of [
      ["", alice],
      ["$r1", ""],
      ["no sigil", alice],
      ["$r2", "no sigil"],
    ] as const) {
      const target = text("still here");
      await world.push([prunedBy(target, { ...redactionOf(target), event_id, sender })]);
    }
    expect(await world.rows("SELECT matrix_id FROM users WHERE matrix_id NOT LIKE '@%'")).toEqual([]);
    expect(await world.rows("SELECT event_id FROM matrix.redactions WHERE event_id NOT LIKE '$%'")).toEqual(
      [],
    );
  });
});

describe("keys that could reach into a prototype", () => {
  it("leave every object as it was, and are stored as plain keys or not at all", async () => {
    const poison = `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1,"toString":null}`;
    const fill = (event: MatrixEvent) =>
      JSON.stringify(event).replace('"poison":0', `"poison":${poison},${poison.slice(1, -1)}`);
    const events = [
      messageWith({ msgtype: "m.text", body: "hello", poison: 0 }),
      messageWith({ msgtype: "m.image", body: "a.png", info: { poison: 0 } }),
      state("m.room.power_levels", { poison: 0, users: { poison: 0, [alice]: 100 } }),
      state("m.room.join_rules", { join_rule: "invite", allow: [{ poison: 0 }], poison: 0 }),
      eventOf("m.reaction", { "m.relates_to": { poison: 0 }, poison: 0 }),
      text("unsigned", { unsigned: { poison: 0 } }),
    ];
    const response = await putBody(`{"events":[${events.map(fill).join(",")}],"__proto__":{"events":[]}}`);
    expect(response.statusCode).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const [powers] = await world.rows<{ power_users: object }>(
      "SELECT power_users FROM matrix.rooms WHERE room_id = $1",
      room,
    );
    expect(powers?.power_users).toEqual({ [alice]: 100 });
    const stored = await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = ANY($1::text[])", [
      events[0]!.event_id,
      events[1]!.event_id,
      events[5]!.event_id,
    ]);
    expect(stored).toHaveLength(3);
  });
});

describe("nesting without end", () => {
  const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const levels = 60_000;

  it.each([
    [
      "in a message",
      () => messageWith({ msgtype: "m.text", body: "deep", deep: "HERE" }),
      "messages",
      "matrix_event_id",
    ],
    ["in state", () => state("m.room.power_levels", { users: "HERE" }), "matrix.state_events", "event_id"],
    [
      "in unsigned",
      () => text("deep", { unsigned: { prev_content: "HERE" } }),
      "messages",
      "matrix_event_id",
    ],
  ])("%s is a safe row", async (_where, make, table, key) => {
    for (const value of [deep(levels), deepObject(levels)]) {
      const event = make();
      const body = JSON.stringify({ events: [text("before"), event, text("after")] });
      expect((await putBody(body.replace('"HERE"', value))).statusCode).toBe(200);
      expect(await world.rows(`SELECT 1 FROM ${table} WHERE ${key} = $1`, event.event_id)).toHaveLength(1);
    }
  });

  it("in an event that is none is a dead letter, raw and whole", async () => {
    for (const value of [deep(levels), deepObject(levels)]) {
      const neighbour = text("neighbour");
      const bad = { ...text("x"), sender: 5, content: { deep: "HERE" } };
      const body = JSON.stringify({ events: [bad, neighbour] }).replace('"HERE"', value);
      expect((await putBody(body)).statusCode).toBe(200);
      const [letter] = await world.rows<Letter>(
        "SELECT raw, error_code FROM matrix.inbox WHERE event_id = $1",
        bad.event_id,
      );
      expect(raw(letter)).toBe(JSON.stringify(bad).replace('"HERE"', value));
      const stored = await world.rows(
        "SELECT 1 FROM messages WHERE matrix_event_id = $1",
        neighbour.event_id,
      );
      expect(stored).toHaveLength(1);
    }
  });

  it("in the transaction itself is a transaction that cannot be read", async () => {
    expect((await putBody(deep(1_000_000))).statusCode).toBe(400);
  });
});

describe("size", () => {
  it("a transaction of 6 MB, 100 events of 60 kB each, is stored long before the homeserver gives up", async () => {
    const events = Array.from({ length: 100 }, (_, index) => text(`${index} ${"x".repeat(60_000)}`));
    const began = performance.now();
    const response = await world.push(events);
    expect(response.statusCode).toBe(200);
    // It gives up after a minute.
    expect(performance.now() - began).toBeLessThan(30_000);
    const stored = await world.rows(
      "SELECT 1 FROM messages WHERE matrix_event_id = ANY($1::text[])",
      events.map(({ event_id }) => event_id),
    );
    expect(stored).toHaveLength(100);
  });

  it("a transaction of 64 MiB is stored; one byte more is refused as too large", async () => {
    const event = text("in a big transaction");
    const rest = JSON.stringify({ events: [event], padding: "" });
    const full = JSON.stringify({ events: [event], padding: "x".repeat(64 * 1024 * 1024 - rest.length) });
    expect(full.length).toBe(64 * 1024 * 1024);
    expect((await putBody(full)).statusCode).toBe(200);
    expect(
      await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", event.event_id),
    ).toHaveLength(1);
    const refused = await putBody(`${full} `);
    expect([refused.statusCode, refused.json()]).toMatchObject([413, { errcode: "M_TOO_LARGE" }]);
  });
});

function putBody(body: string) {
  return world.app.inject({
    method: "PUT",
    url: "/_matrix/app/v1/transactions/poison",
    headers: { authorization: `Bearer ${hsToken}`, "content-type": "application/json" },
    payload: body,
  });
}
