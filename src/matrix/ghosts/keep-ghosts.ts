import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { jitter } from "../../kernel/random.ts";
import type { Ghosts } from "./ghosts.ts";

const pollMs = 2_000;
const longestPauseMs = 30_000;

export interface GhostKeeper {
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Gives new agents their users and renamed agents their names, every two seconds and when woken, until stopped. While the
 * homeserver is away it asks less and less often, at most every 30 seconds.
 */
export function keepGhosts(ghosts: Pick<Ghosts, "reconcile">, log: Log): GhostKeeper {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  const round = async () => {
    const failed = await ghosts.reconcile().catch((error: unknown) => {
      if (failures === 0)
        log.warn({ reason: messageOf(error) }, "agents' Matrix users could not be looked after");
      return true;
    });
    failures = failed ? failures + 1 : 0;
  };
  const run = () => {
    clearTimeout(timer);
    if (stopped) return;
    again = running !== undefined;
    if (again) return;
    running = round().finally(() => {
      running = undefined;
      const pause = Math.min(pollMs * 2 ** failures, longestPauseMs);
      if (!stopped) timer = setTimeout(run, again ? 0 : jitter(pause));
    });
  };
  run();
  return {
    wake: run,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
