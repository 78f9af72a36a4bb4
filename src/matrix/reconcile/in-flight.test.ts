import { expect, it } from "vitest";
import { countMissed } from "./in-flight.ts";

const now = 1_760_000_000_000;
const aged = (...seconds: number[]) => seconds.map((age) => ({ origin_server_ts: now - age * 1000 }));

it("events that may still be on their way are not counted as missed", () => {
  expect(countMissed(2, aged(1, 2), now)).toBe(0);
  expect(countMissed(3, aged(1, 600, 900), now)).toBe(2);
  expect(countMissed(0, aged(1, 600), now)).toBe(0);
});

it("what has no time counts", () => {
  expect(countMissed(1, [{}, { origin_server_ts: "late" }], now)).toBe(1);
});
