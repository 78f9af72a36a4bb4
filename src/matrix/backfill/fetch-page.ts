import { setTimeout as sleep } from "node:timers/promises";
import { declareError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { jitter } from "../../kernel/random.ts";
import {
  type Homeserver,
  homeserverAway,
  homeserverRefused,
  type MessagesPage,
} from "../homeserver/index.ts";

export interface PageSource {
  readonly homeserver: Pick<Homeserver, "messages">;
  readonly botUserId: string;
  readonly log: Log;
}

export interface PageToFetch {
  readonly roomId: string;
  /** Where the page begins; null for the present. */
  readonly from: string | null;
  /** The longest that this call may wait by itself when the homeserver asks to wait, milliseconds. */
  readonly patienceMs: number;
}

/** The homeserver asks to wait for longer than the caller has patience: nothing is wrong, only later. */
export const toldToWait = declareError<{ waitMs: number }>(
  "told_to_wait",
  "limited",
  ({ waitMs }) => `The homeserver asks to wait ${Math.ceil(waitMs / 1000)} s.`,
);

/** Synapse gives up to 1000; half of that keeps a page well under its time limit and our memory small. */
const pageSize = 500;
const smallestPage = 50;
const triesPerPage = 4;
const longestWaitMs = 60_000;

/**
 * One page of a room's history, with the memberships of its senders. Waits as long as the homeserver asks, any number of
 * times; a page that does not come is asked for in smaller pieces, four times in all. Throws `told_to_wait`,
 * `homeserver_away` and `homeserver_refused`.
 */
export async function fetchPage(source: PageSource, page: PageToFetch): Promise<MessagesPage> {
  const { homeserver, botUserId, log } = source;
  const { roomId, from, patienceMs } = page;
  const tries: Tries = { limit: pageSize, failed: 0, limited: 0 };
  for (;;) {
    try {
      return await homeserver.messages({
        roomId,
        asUser: botUserId,
        dir: "b",
        from: from ?? undefined,
        limit: tries.limit,
        filter: { lazy_load_members: true },
      });
    } catch (error) {
      const waitMs = waitAfter(error, tries, patienceMs);
      log.warn({ roomId, waitMs, reason: messageOf(error) }, "a page of history has to wait");
      await sleep(waitMs);
    }
  }
}

/** What has happened to a page so far. */
interface Tries {
  limit: number;
  failed: number;
  /** How often the homeserver asked to wait; that is no failure. */
  limited: number;
}

/** How long to wait before the next try, milliseconds. Throws when there is none. */
function waitAfter(error: unknown, tries: Tries, patienceMs: number): number {
  if (homeserverRefused.is(error) && error.details.status === 429) {
    tries.limited += 1;
    const waitMs = error.details.retryAfterMs ?? backoff(tries.limited);
    if (waitMs > patienceMs) throw toldToWait({ waitMs });
    // Never shorter than what was asked for.
    return waitMs + jitter(50);
  }
  tries.failed += 1;
  if (!homeserverAway.is(error) || tries.failed === triesPerPage) throw error;
  tries.limit = Math.max(smallestPage, Math.floor(tries.limit / 2));
  return jitter(Math.min(error.details.retryAfterMs ?? backoff(tries.failed), longestWaitMs));
}

function backoff(times: number): number {
  return 500 * 2 ** Math.min(times, 6);
}
