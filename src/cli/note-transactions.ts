import { type Database, transact } from "../db/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { recordLastTransaction } from "../matrix/ghosts/index.ts";
import type { LastTransaction } from "../matrix/ingest/index.ts";

const everyMs = 10_000;

/**
 * Writes down now and then which transaction came last, for people who look from outside. It is no part of storing
 * transactions: nothing depends on it, and it costs them nothing.
 */
export function noteTransactions(deps: {
  readonly database: Database;
  readonly lastTransaction: LastTransaction;
  readonly log: Log;
}): { stop(): Promise<void> } {
  const { database, lastTransaction, log } = deps;
  let noted: Date | undefined;
  const note = async (): Promise<void> => {
    const { id, at } = lastTransaction;
    if (at === undefined || at === noted) return;
    try {
      await transact(database, bridgeActor, (tx) => recordLastTransaction(tx, { id, at }));
      noted = at;
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "the last transaction could not be noted");
    }
  };
  const timer = setInterval(() => void note(), everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await note();
    },
  };
}
