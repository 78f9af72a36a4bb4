import { describe, expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const now = new Date("2026-11-21T10:00:00Z");

describe("how long a server asks to wait", () => {
  it("65: the header may be seconds or a date, and goes before the body", () => {
    expect(retryAfterMs("7", { retry_after_ms: 1 }, now)).toBe(7000);
    expect(retryAfterMs("Sat, 21 Nov 2026 10:00:30 GMT", {}, now)).toBe(30_000);
    expect(retryAfterMs("Sat, 21 Nov 2026 09:00:00 GMT", {}, now)).toBe(0);
  });

  it("65: without a header the body counts", () => {
    expect(retryAfterMs(null, { retry_after_ms: 1500 }, now)).toBe(1500);
    expect(retryAfterMs(null, { retry_after_ms: -3 }, now)).toBe(0);
  });

  it("nonsense says nothing, and nobody waits longer than a day", () => {
    for (const header of ["-1", "soon", "1.5", ""]) expect(retryAfterMs(header, null, now)).toBeUndefined();
    expect(retryAfterMs(null, { retry_after_ms: "9" }, now)).toBeUndefined();
    expect(retryAfterMs("99999999999", null, now)).toBe(86_400_000);
  });
});
