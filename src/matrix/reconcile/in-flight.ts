import type { JsonObject } from "../../kernel/json.ts";

/** What is pushed at all is pushed within this time; reading a room may be faster than that. */
const settleMs = 30_000;

/**
 * How many of the events that were found had been missing: those that are so young that they may still be on their way
 * are taken for found first, so what is merely late never counts. `now`: milliseconds since 1970.
 */
export function countMissed(found: number, events: readonly JsonObject[], now: number): number {
  const young = events.filter(({ origin_server_ts: ts }) => typeof ts === "number" && ts > now - settleMs);
  return Math.max(found - young.length, 0);
}
