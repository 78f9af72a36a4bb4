import { describe, expect, it } from "vitest";
import { parseExpiry } from "./parse-expiry.ts";

const now = new Date("2026-01-01T00:00:00Z");

describe("the expiry of a key", () => {
  it.each([
    ["12h", "2026-01-01T12:00:00.000Z"],
    ["30d", "2026-01-31T00:00:00.000Z"],
    ["2w", "2026-01-15T00:00:00.000Z"],
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31T12:30:00Z", "2027-01-31T12:30:00.000Z"],
  ])("%s is %s", (text, expected) => {
    expect(parseExpiry(text, now).toISOString()).toBe(expected);
  });

  it.each(["", "0d", "-1d", "1", "1y", "1.5h", "2027-13-01", "2027-01-31T12:30", "tomorrow", "999999d"])(
    "%j is refused",
    (text) => {
      expect(() => parseExpiry(text, now)).toThrow(/Write a duration/);
    },
  );
});
