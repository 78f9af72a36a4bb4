import { type Database, transact } from "../../db/index.ts";
import { findStalledUpgrades } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { followUpgradeJob } from "./jobs.ts";

/** Joining a big room of another server takes a minute; after this long nobody is at work on it. */
const stalledMs = 5 * 60_000;
/** An invitation is told of; that a room's rules let the bot in is not. */
const waitingMs = 3_600_000;

/**
 * Asks again for upgrades whose job was lost, and now and then for those that wait for an invitation. `atStart`: no
 * other process can be at work on them, so none is given time. Gives how many.
 */
export async function resumeUpgrades(database: Database, { atStart }: { atStart: boolean }): Promise<number> {
  return transact(database, bridgeActor, async (tx) => {
    const before = (milliseconds: number) => new Date(tx.now.getTime() - (atStart ? 0 : milliseconds));
    const upgrades = await findStalledUpgrades(tx, {
      following: before(stalledMs),
      waiting: before(waitingMs),
    });
    for (const { roomId, successorRoomId } of upgrades)
      tx.enqueue(followUpgradeJob, { roomId, successorRoomId });
    return upgrades.length;
  });
}
