import { type Database, transact } from "../../db/index.ts";
import { findStalledLinks } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { linkRoomJob } from "./jobs.ts";

/** Joining a big room of another server takes a minute; after this long nobody is at work on it. */
const stalledMs = 5 * 60_000;

/**
 * Asks again for rooms that are `joining` and whose job was lost: the process was killed, or the homeserver was away for
 * longer than the queue tries. `atStart`: no other process can be at work on them, so none is given time. Gives how many.
 */
export async function resumeLinking(database: Database, { atStart }: { atStart: boolean }): Promise<number> {
  return transact(database, bridgeActor, async (tx) => {
    const before = new Date(tx.now.getTime() - (atStart ? 0 : stalledMs));
    const rooms = await findStalledLinks(tx, before);
    for (const { roomId, invitedBy } of rooms) tx.enqueue(linkRoomJob, { roomId, inviter: invitedBy });
    return rooms.length;
  });
}
