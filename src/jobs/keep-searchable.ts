import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../db/index.ts";
import { indexMessages } from "../domain/messaging/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { monotonicMs } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

const lookMs = 1_000;
const batch = 500;

/**
 * Makes new and changed messages findable, within a second or two when there is little to do. When there is much it rests
 * as long as it works, so that storing messages comes first.
 */
export function keepSearchable(database: Database, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const began = monotonicMs();
      const taken = await transact(database, bridgeActor, (tx) => indexMessages(tx, batch)).catch(
        (error: unknown) => {
          log.warn({ reason: messageOf(error) }, "messages could not be made findable; trying again");
          return 0;
        },
      );
      const restMs = taken === batch ? monotonicMs() - began : lookMs;
      await sleep(restMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
