import { type Database, transact } from "../../db/index.ts";
import { findUnreadSpaces, syncSpaceJob } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";

/** A change of a space that was never pushed is noticed after this time at the latest. */
const everyMs = 6 * 3_600_000;
const atOnce = 20;

/** Asks for spaces that nobody has read for hours, some at a time; each once in that time, also where it cannot be read. */
export async function readSpacesAgain(database: Database): Promise<number> {
  return transact(database, bridgeActor, async (tx) => {
    const now = tx.now.getTime();
    const spaceIds = await findUnreadSpaces(tx.db, new Date(now - everyMs), atOnce);
    for (const spaceId of spaceIds) {
      tx.enqueue(syncSpaceJob, { spaceId, once: `again ${Math.floor(now / everyMs)}` });
    }
    return spaceIds.length;
  });
}
