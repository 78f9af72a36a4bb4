import type { MessagesPage } from "../homeserver/index.ts";
import { clampTime, identifierAt } from "../ingest/event-shape.ts";
import type { Head } from "./ledger-store.ts";

/** The newest event of a page that was read backwards, or undefined when the page has none. */
export function newestOf({ chunk }: MessagesPage): Head | undefined {
  for (const event of chunk) {
    const eventId = identifierAt(event, "event_id", "$");
    const ts = event["origin_server_ts"];
    if (eventId !== null) return { eventId, ts: typeof ts === "number" ? clampTime(ts) : 0 };
  }
  return undefined;
}
