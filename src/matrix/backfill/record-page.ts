import type { FactSource } from "../../domain/messaging/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { MessagesPage } from "../homeserver/index.ts";

/** Records events that were read from the homeserver: `ingestEvents`, with what it needs. */
export type Ingest = (events: readonly unknown[], source: FactSource) => Promise<Ingested>;

/** What came of it, as far as readers of history look at it. */
export interface Ingested {
  /** Everything that was not known before. */
  readonly found: number;
}

/**
 * Events per database transaction. Each holds its room's lock, and what is pushed for the room waits that long: some ten
 * milliseconds.
 */
const perTransaction = 250;
/** How many memberships are remembered as recorded; more are recorded again, which changes nothing. */
const mostRemembered = 20_000;

/**
 * Records pages of one room's history, a piece at a time. The memberships that lazy loading sends along tell who the
 * senders were (requirement 128). They come anew with every page and are recorded once. Gives how many
 * events were not known.
 */
export function pageRecorder(ingest: Ingest): (page: MessagesPage) => Promise<number> {
  const remembered = new Set<unknown>();
  return async ({ state, chunk }) => {
    const members = state.filter((event) => !remembered.has(event["event_id"]));
    const events: readonly JsonObject[] = [...members, ...chunk];
    let found = 0;
    for (let start = 0; start < events.length; start += perTransaction) {
      found += (await ingest(events.slice(start, start + perTransaction), "backfill")).found;
    }
    if (remembered.size > mostRemembered) remembered.clear();
    for (const event of members) remembered.add(event["event_id"]);
    return found;
  };
}
