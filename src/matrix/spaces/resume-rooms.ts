import { type Database, transact } from "../../db/index.ts";
import { resumeNewRooms } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";

/** Longer than a job goes on trying by itself. */
const stalledMs = 6 * 60_000;

/** Asks again for rooms that are to be made and whose job was lost. Whoever is at work on one holds its lease. */
export function resumeRooms(database: Database, { atStart }: { atStart: boolean }): Promise<number> {
  return transact(database, bridgeActor, (tx) =>
    resumeNewRooms(tx, new Date(tx.now.getTime() - (atStart ? 0 : stalledMs))),
  );
}
