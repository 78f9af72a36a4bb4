import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeId, encodeId, newUuid, uuidOf, uuidOfName } from "./ids.ts";

describe("ids", () => {
  it("the TypeID of a uuid is the one the specification gives", () => {
    expect(encodeId("m", "01893726-efee-7f02-8fbf-9f2b7bc2f910")).toBe("m_01h4vjdvzefw18zfwz5dxw5y8g");
    expect(encodeId("m", "00000000-0000-0000-0000-000000000000")).toBe("m_00000000000000000000000000");
    expect(encodeId("m", "ffffffff-ffff-ffff-ffff-ffffffffffff")).toBe("m_7zzzzzzzzzzzzzzzzzzzzzzzzz");
  });

  it("every uuid comes back from its TypeID", () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => decodeId("c", encodeId("c", uuid)) === uuid));
  });

  it("a text that is no TypeID of the prefix is refused", () => {
    for (const text of [
      "",
      "m_",
      "c_01h4vjdvzefw18zfwz5dxw5y8g",
      "m_8zzzzzzzzzzzzzzzzzzzzzzzzz",
      "m_01H4VJDVZEFW18ZFWZ5DXW5Y8G",
    ]) {
      expect(decodeId("m", text)).toBeUndefined();
    }
  });

  it("an event has one uuid for ever, a version 7 one that begins with its time", () => {
    const uuid = uuidOf(1_700_000_000_000, "$event");
    expect(uuidOf(1_700_000_000_000, "$event")).toBe(uuid);
    expect(uuid.slice(0, 13)).toBe("018bcfe5-6800");
    expect(uuid[14]).toBe("7");
    expect(uuidOf(1_700_000_000_000, "$other")).not.toBe(uuid);
  });

  it("absurd times still give a uuid", () => {
    expect(uuidOf(-1, "$a").slice(0, 13)).toBe("00000000-0000");
    expect(uuidOf(Number.MAX_SAFE_INTEGER, "$a").slice(0, 13)).toBe("ffffffff-ffff");
  });

  it("ids sort by time", () => {
    const early = encodeId("m", newUuid(new Date(1000)));
    const late = encodeId("m", newUuid(new Date(2000)));
    expect(early < late).toBe(true);
    expect(uuidOfName("a")).not.toBe(uuidOfName("b"));
  });
});
