import { type Database, transact } from "../../db/index.ts";
import { resumeWantedPowers } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";

/** Longer than a job goes on trying by itself. */
const stalledMs = 50_000;

/** Asks again for power levels that are to be given and whose job was lost. Whoever is at work in a room holds its lease. */
export function resumePowers(database: Database, { atStart }: { atStart: boolean }): Promise<number> {
  return transact(database, bridgeActor, (tx) =>
    resumeWantedPowers(tx, new Date(tx.now.getTime() - (atStart ? 0 : stalledMs))),
  );
}
