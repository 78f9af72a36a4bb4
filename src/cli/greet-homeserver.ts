import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { jitter, randomToken } from "../kernel/random.ts";
import type { Ghosts } from "../matrix/ghosts/index.ts";
import type { Homeserver } from "../matrix/homeserver/index.ts";

export interface GreetingDeps {
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly appserviceId: string;
  readonly log: Log;
  /** Called when a ping works again, or for the first time: while none did, events may have been lost. */
  readonly onReached: () => Promise<unknown>;
}

export interface Greeting {
  /** Starts asking; once the homeserver has answered, it is asked again every now and then. */
  begin(): void;
  /** The homeserver reached us with this ping. */
  pinged(transactionId: string | undefined): void;
  /** What keeps us from being ready, or undefined when the way there and the way back are open. */
  trouble(): string | undefined;
  stop(): Promise<void>;
}

const firstRetryMs = 500;
const longestRetryMs = 15_000;
/** Short enough to notice a homeserver that restarts: it forgets what it has not pushed yet. */
const checkEveryMs = 15_000;

/**
 * Keeps asking the homeserver to ping us. A ping proves both ways, and one that works makes Synapse deliver at once what
 * it could not deliver while we were away, instead of after up to 512 s.
 * Source: application service API, "Pinging"; `handlers/appservice.py`, `force_retry`.
 */
export function greetHomeserver(deps: GreetingDeps): Greeting {
  const { homeserver, ghosts, appserviceId, log } = deps;
  const stopping = new AbortController();
  let trouble: string | undefined = "the homeserver has not been reached yet";
  let expected: string | undefined;
  let running: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    expected = randomToken(12);
    await homeserver.ping(appserviceId, expected);
    if (trouble !== undefined) {
      log.info({}, "the homeserver reaches the bridge, and the bridge the homeserver");
      await deps.onReached();
    }
    trouble = undefined;
    await ghosts.reconcile();
  };

  const keepAsking = async (): Promise<void> => {
    let retryMs = firstRetryMs;
    while (!stopping.signal.aborted) {
      try {
        await ask();
        retryMs = firstRetryMs;
      } catch (error) {
        if (trouble === undefined || retryMs === firstRetryMs) {
          log.warn({ reason: messageOf(error) }, "the homeserver cannot be greeted; trying again");
        }
        trouble = messageOf(error);
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
      const pause = trouble === undefined ? checkEveryMs : jitter(retryMs);
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    begin() {
      running ??= keepAsking();
    },
    pinged(transactionId) {
      if (transactionId !== expected) log.debug({}, "a ping arrived that this process did not ask for");
    },
    trouble: () => trouble,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
