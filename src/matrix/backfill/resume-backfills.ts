import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { findStalledBackfills } from "./backfill-store.ts";
import { backfillJob } from "./jobs.ts";

/** A page takes seconds; nobody is at work on a backfill that has not moved for this long. */
const stalledMs = 5 * 60_000;

/**
 * Asks again for backfills whose job was lost: the process was killed, or the homeserver was away for longer than the
 * queue tries. `atStart`: no other process can be at work on them, so none is given time. Gives how many.
 */
export async function resumeBackfills(
  database: Database,
  { atStart }: { atStart: boolean },
): Promise<number> {
  const before = new Date(database.clock.now().getTime() - (atStart ? 0 : stalledMs));
  const roomIds = await findStalledBackfills(database.db, before);
  if (roomIds.length === 0) return 0;
  await transact(database, bridgeActor, (tx) => {
    for (const roomId of roomIds) tx.enqueue(backfillJob, { roomId });
    return Promise.resolve();
  });
  return roomIds.length;
}
