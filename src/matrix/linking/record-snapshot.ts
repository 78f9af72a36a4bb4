import type { JsonObject } from "../../kernel/json.ts";
import type { Ingest } from "../backfill/record-page.ts";

/** Events per database transaction: a room of 20,000 members must not keep what is pushed meanwhile waiting. */
const perTransaction = 250;

/**
 * Records a room's current state, a piece at a time, members last: their roles follow from the powers, which would
 * otherwise be worked out for everybody once more when the powers come. Gives how many of the events were not known.
 */
export async function recordSnapshot(ingest: Ingest, state: readonly JsonObject[]): Promise<number> {
  const isMember = (event: JsonObject) => event["type"] === "m.room.member";
  const inOrder = [...state.filter((event) => !isMember(event)), ...state.filter(isMember)];
  let found = 0;
  for (let start = 0; start < inOrder.length; start += perTransaction) {
    found += (await ingest(inOrder.slice(start, start + perTransaction), "snapshot")).found;
  }
  return found;
}
