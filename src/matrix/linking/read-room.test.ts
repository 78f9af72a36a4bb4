import { describe, expect, it } from "vitest";
import { readRoom } from "./read-room.ts";

describe("a room's state", () => {
  it("says what it is and how it is called", () => {
    const state = [
      { type: "m.room.create", state_key: "", content: { type: "m.space" } },
      { type: "m.room.name", state_key: "", content: { name: "Plans" } },
      { type: "m.room.name", state_key: "other", content: { name: "No" } },
      { type: "m.room.canonical_alias", state_key: "", content: { alias: "#plans:example.org" } },
    ];
    expect(readRoom(state)).toEqual({
      type: "m.space",
      name: "Plans",
      alias: "#plans:example.org",
      encrypted: false,
    });
  });

  it("117: any room type is noticed, and wrong types count as absent", () => {
    expect(
      readRoom([{ type: "m.room.create", state_key: "", content: { type: "org.example.board" } }]).type,
    ).toBe("org.example.board");
    expect(
      readRoom([
        { type: "m.room.create", state_key: "", content: null },
        { type: "m.room.name", state_key: "", content: { name: ["x"] } },
        { type: "m.room.canonical_alias", state_key: "", content: { alias: "" } },
        { type: 7 },
      ]),
    ).toEqual({ type: null, name: null, alias: null, encrypted: false });
  });

  it("138: a room with an encryption event is encrypted, whatever that event says", () => {
    expect(readRoom([{ type: "m.room.encryption", state_key: "", content: {} }]).encrypted).toBe(true);
  });
});
