import { describe, expect, it } from "vitest";
import { inSpaceOrder, validOrder } from "../../domain/messaging/index.ts";
import { parseChildren } from "./parse-children.ts";

const space = "!space:test";
const child = (stateKey: string, content: unknown) => ({
  type: "m.space.child",
  state_key: stateKey,
  sender: "@alice:test",
  origin_server_ts: 5,
  content,
});

describe("the children of a space", () => {
  it("116: count only with a list of servers to join by", () => {
    const state = [
      child("!a:test", { via: ["test", 7, "not a server"], order: "b", suggested: true }),
      child("!b:test", {}),
      child("!c:test", { via: [] }),
      child("!d:test", { via: "test" }),
      child("!e:test", null),
      child("no-room", { via: ["test"] }),
      child(space, { via: ["test"] }),
      { type: "m.room.name", state_key: "!f:test", content: { via: ["test"] } },
    ];
    expect(parseChildren(space, state)).toEqual([
      { roomId: "!a:test", via: ["test"], order: "b", suggested: true, addedBy: "@alice:test", addedTs: 5 },
    ]);
  });

  it("116: come by a valid order, then by time, then by room id", () => {
    const placed = [
      { roomId: "!c", order: null, addedTs: 2 },
      { roomId: "!b", order: null, addedTs: 2 },
      { roomId: "!a", order: null, addedTs: 1 },
      { roomId: "!y", order: "b", addedTs: 9 },
      { roomId: "!z", order: "Z", addedTs: 9 },
    ];
    expect(placed.toSorted(inSpaceOrder).map(({ roomId }) => roomId)).toEqual(["!z", "!y", "!a", "!b", "!c"]);
    expect([" ~", "", "ü", "x".repeat(51), 7, null].map(validOrder)).toEqual([
      " ~",
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});
