import { takeUnseenSends, type UnseenSend } from "../../domain/messaging/index.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import type { EgressDeps } from "./deps.ts";

const atOnce = 20;

/**
 * Fetches what was sent and has not come back, and records it as if it had. Safe to repeat, and to run in several
 * processes at once. Gives how many were recorded.
 */
export async function fetchEchoes(deps: EgressDeps): Promise<number> {
  const { database, ingest } = deps;
  const unseen = await takeUnseenSends(database.db, database.clock.now(), atOnce);
  const events = (await Promise.all(unseen.map((send) => fetchEcho(deps, send)))).flat();
  if (events.length > 0) await ingest(events, "backfill");
  return events.length;
}

/** Nothing when the sender may not read it any more: it will not come back either. */
async function fetchEcho({ homeserver }: EgressDeps, { roomId, eventId, senderMatrixId }: UnseenSend) {
  try {
    return (await homeserver.event({ roomId, eventId, asUser: senderMatrixId })) ?? [];
  } catch (error) {
    if (homeserverRefused.is(error)) return [];
    throw error;
  }
}
