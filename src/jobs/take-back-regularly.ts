import { type Database, transact } from "../db/index.ts";
import { takeBackRuns } from "../domain/agents/index.ts";
import { sendsBell, takeBackSends } from "../domain/messaging/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

const everyMs = 1_000;

/**
 * Takes back what processes had in hand that have died, at once and every second: runs of agents, and messages that were
 * being sent. Safe to run in several processes at once.
 */
export function takeBackRegularly({ database, log }: { readonly database: Database; readonly log: Log }): {
  stop(): Promise<void>;
} {
  let taking: Promise<void> | undefined;
  const look = async () => {
    const { runs, sends } = await transact(database, bridgeActor, async (tx) => {
      const taken = { runs: await takeBackRuns(tx), sends: await takeBackSends(tx) };
      if (taken.sends > 0) tx.wake(sendsBell);
      return taken;
    });
    if (runs + sends > 0) log.info({ runs, sends }, "work of a process that has died was taken back");
  };
  const take = () => {
    taking ??= look()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, "work could not be taken back"))
      .finally(() => {
        taking = undefined;
      });
  };
  take();
  const timer = setInterval(take, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await taking;
    },
  };
}
