import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../db/index.ts";
import { indexMessages } from "../domain/messaging/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { monotonicMs } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

const lookMs = 1_000;
const batch = 500;
/** How many times as long as it works it rests while there is more to do: alone, and beside others who store. */
const restAlone = 1;
const restBeside = 29;

/**
 * Makes new and changed messages findable, within a second or two when there is little to do. When there is much it rests
 * as long as it works, and much longer while others store: to acknowledge what comes is more urgent than to find it.
 */
export function keepSearchable(database: Database, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let commits = 0;
  const onCommit = () => void (commits += 1);
  database.committed.add(onCommit);
  const run = async () => {
    while (!stopping.signal.aborted) {
      const began = monotonicMs();
      const taken = await transact(database, bridgeActor, (tx) => indexMessages(tx, batch)).catch(
        (error: unknown) => {
          log.warn({ reason: messageOf(error) }, "messages could not be made findable; trying again");
          return 0;
        },
      );
      // One commit since the last look is its own.
      const rest = commits > 1 ? restBeside : restAlone;
      commits = 0;
      const restMs = taken === batch ? rest * (monotonicMs() - began) : lookMs;
      await sleep(restMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      database.committed.delete(onCommit);
      return running;
    },
  };
}
