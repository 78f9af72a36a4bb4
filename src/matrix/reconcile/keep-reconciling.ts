import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { deleteUnheard } from "../ingest/unheard-store.ts";
import { reconcileJob } from "./jobs.ts";
import { ensureLedgers, makeAllDue, makeSilentDue, takeDue } from "./ledger-store.ts";

const everyMs = 5_000;
/** Rooms asked for at a time: what is asked for waits in the queue, and a restart would ask for all of it again. */
const atOnce = 20;
/** After this long a job that was asked for is taken for lost. */
const askAgainMs = 10 * 60_000;
/** No message can be answered after a week, the longest that TRIGGER_MAX_AGE_MINUTES allows. */
const unheardMs = 8 * 24 * 3_600_000;
/** What is pushed anyway is let go first: reading it back finds nothing then. */
const settleMs = 3_000;
/** Without a single transaction for that long, either nobody talks or the homeserver has forgotten us. */
const silenceMs = 10 * 60_000;
const dayMs = 24 * 3_600_000;

/** Asks for the rooms that are due, every few seconds. The rows say which: any number of processes may do this. */
export function keepReconciling(database: Database, log: Log): { stop(): void } {
  let busy = false;
  const ask = async () => {
    if (busy) return;
    busy = true;
    try {
      await askForDueRooms(database);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, "rooms that are to be compared could not be asked for");
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void ask(), everyMs);
  return { stop: () => clearInterval(timer) };
}

/** Asks for rooms that are due, each once. Gives how many. */
export async function askForDueRooms(database: Database): Promise<number> {
  return transact(database, bridgeActor, async (tx) => {
    await ensureLedgers(tx);
    await makeSilentDue(tx, silenceMs);
    await deleteUnheard(tx, new Date(tx.now.getTime() - unheardMs));
    const askAgain = new Date(tx.now.getTime() - askAgainMs);
    const roomIds = await takeDue(tx, { most: atOnce, askAgain });
    for (const roomId of roomIds) tx.enqueue(reconcileJob, { roomId });
    return roomIds.length;
  });
}

/**
 * The homeserver may have lost what it had to push: it or we were away, or nothing has come for long. All rooms are
 * compared, or those in which something happened in the last day. Gives how many were not due already.
 */
export async function doubtRooms(database: Database, which: "all" | "active"): Promise<number> {
  return transact(database, bridgeActor, (tx) => {
    const at = new Date(tx.now.getTime() + settleMs);
    return makeAllDue(tx, at, which === "all" ? null : new Date(tx.now.getTime() - dayMs));
  });
}
