import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";

describe("cursors", () => {
  it("a place comes back from its cursor", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 8_640_000_000_000_000_000n), fc.uuid(), (createdUs, id) => {
        expect(decodeCursor(encodeCursor({ createdUs, id }))).toEqual({ createdUs, id });
      }),
    );
  });

  it("no cursor is the first page", () => {
    expect(decodeCursor(undefined)).toBeNull();
  });

  it("anything else is refused as a fault of the query", () => {
    const forged = (text: string) => Buffer.from(text).toString("base64url");
    const suffix = "0".repeat(26);
    const texts = ["", "x", "%00", forged(`9999999999999999999.${suffix}`), forged(`-1.${suffix}`)];
    for (const text of [
      ...texts,
      forged(`1.8${suffix.slice(1)}`),
      forged(`01.${suffix}`),
      forged(`1.${suffix}'`),
    ]) {
      expect(() => decodeCursor(text), text).toThrow(expect.objectContaining({ code: "request_invalid" }));
    }
  });

  it("arbitrary text never does anything but be refused", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          decodeCursor(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "request_invalid" });
        }
      }),
    );
  });
});
