import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../../db/index.ts";
import type { FactSource } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { Counters } from "../../kernel/counters.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { jitter } from "../../kernel/random.ts";
import {
  type Homeserver,
  homeserverAway,
  homeserverRefused,
  type MessagesPage,
} from "../homeserver/index.ts";
import {
  advanceBackfill,
  type Backfill,
  failBackfill,
  findBackfill,
  forgetToken,
  startBackfill,
} from "./backfill-store.ts";
import { type BackfillPayload, backfillJob } from "./jobs.ts";

/** Records events that were read from the homeserver: `ingestEvents`, with what it needs. */
export type Ingest = (events: readonly unknown[], source: FactSource) => Promise<unknown>;

export interface BackfillDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "messages">;
  readonly ingest: Ingest;
  readonly botUserId: string;
  readonly log: Log;
  readonly counters: Counters;
}

export interface BackfillOptions {
  /** How many pages this call reads at most; the rest is asked for as another job. */
  readonly pages?: number;
  /** `reachedTs`: the time of the page's oldest event, milliseconds since 1970; undefined on an empty page. */
  readonly onPage?: (progress: Backfill, reachedTs: number | undefined) => void;
}

/** Synapse gives up to 1000; half of that keeps a page well under its time limit and our memory small. */
const pageSize = 500;
const smallestPage = 50;
/** A job ends long before the queue would think it dead and start it a second time. */
const pagesPerJob = 100;
const longestWaitMs = 60_000;
const triesPerPage = 4;

/**
 * Reads a room's history from where it stopped back to the beginning. Every page is recorded before its token is
 * kept, so a crash repeats one page at most, which changes nothing. Gives the state it ended in, or undefined when
 * there was nothing to do. Throws `homeserver_away` and `homeserver_refused` only when the same page may work later.
 */
export async function handleBackfill(
  deps: BackfillDeps,
  { roomId }: BackfillPayload,
  options: BackfillOptions = {},
): Promise<Backfill | undefined> {
  let progress = await transact(deps.database, bridgeActor, (tx) => startBackfill(tx, roomId));
  if (progress === undefined) return undefined;
  const log = deps.log.child({ roomId });
  for (let page = 0; page < (options.pages ?? pagesPerJob); page += 1) {
    const read = await readPage(deps, progress, log);
    if (read === undefined) return findBackfill(deps.database.db, roomId);
    progress = read.progress;
    options.onPage?.(progress, read.reachedTs);
    if (progress.status === "done") {
      log.info({ events: progress.events, pages: progress.pages }, "the room's history has been read");
      return progress;
    }
  }
  await transact(deps.database, bridgeActor, async (tx) => {
    if (deps.database.queue !== undefined) tx.enqueue(backfillJob, { roomId });
    return Promise.resolve();
  });
  return progress;
}

/** Records one page and moves on. Undefined when this run has nothing more to do. */
async function readPage(
  deps: BackfillDeps,
  at: Backfill,
  log: Log,
): Promise<{ progress: Backfill; reachedTs: number | undefined } | undefined> {
  const { roomId, nextToken: from } = at;
  let page: MessagesPage;
  try {
    page = await fetchPage(deps, at, log);
  } catch (error) {
    return afterRefusal(deps, at, error);
  }
  // The memberships that lazy loading sends along tell who the senders were; they come once per page.
  await deps.ingest([...page.state, ...page.chunk], "backfill");
  // The end is a missing token, never an empty page; a server that repeats the token is at its end, too.
  const next = page.end === undefined || page.end === from ? null : page.end;
  const read = { from, next, events: page.chunk.length };
  const progress = await transact(deps.database, bridgeActor, (tx) => advanceBackfill(tx, roomId, read));
  deps.counters.count("backfilled_events", page.chunk.length);
  return progress && { progress, reachedTs: oldestTs(page) };
}

function oldestTs({ chunk }: MessagesPage): number | undefined {
  const times = chunk.map((event) => event["origin_server_ts"]).filter((ts) => typeof ts === "number");
  return times.length === 0 ? undefined : times.reduce((least, ts) => Math.min(least, ts));
}

/** Waits as long as the homeserver asks; a page that took too long is asked for in smaller pieces. */
async function fetchPage(deps: BackfillDeps, at: Backfill, log: Log): Promise<MessagesPage> {
  let limit = pageSize;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.homeserver.messages({
        roomId: at.roomId,
        asUser: deps.botUserId,
        dir: "b",
        from: at.nextToken ?? undefined,
        limit,
        filter: { lazy_load_members: true },
      });
    } catch (error) {
      const waitMs = waitAfter(error, attempt);
      if (waitMs === undefined || attempt === triesPerPage) throw error;
      if (homeserverAway.is(error)) limit = Math.max(smallestPage, Math.floor(limit / 2));
      log.warn({ waitMs, reason: messageOf(error) }, "a page of history has to wait");
      await sleep(jitter(waitMs));
    }
  }
}

/** How long to wait before the same request, in milliseconds; undefined when it would be refused again. */
function waitAfter(error: unknown, attempt: number): number | undefined {
  const backoff = 500 * 2 ** attempt;
  if (homeserverAway.is(error)) return Math.min(error.details.retryAfterMs ?? backoff, longestWaitMs);
  if (homeserverRefused.is(error) && error.details.status === 429) {
    return Math.min(error.details.retryAfterMs ?? backoff, longestWaitMs);
  }
  return undefined;
}

async function afterRefusal(deps: BackfillDeps, at: Backfill, error: unknown): Promise<undefined> {
  if (!homeserverRefused.is(error) || error.details.status === 429) throw error;
  const { roomId, nextToken } = at;
  const { status, errcode, reason } = error.details;
  const words = `${status} ${errcode}: ${reason}`;
  // Once only: a server that refuses its own tokens again and again would keep us reading for ever.
  if (status === 400 && nextToken !== null && at.error === null) {
    deps.log.warn({ roomId, errcode }, "the homeserver does not know its page token any more; reading again");
    await transact(deps.database, bridgeActor, async (tx) => {
      await forgetToken(tx, roomId, { token: nextToken, error: words });
      if (deps.database.queue !== undefined) tx.enqueue(backfillJob, { roomId });
    });
    return undefined;
  }
  deps.log.warn({ roomId, status, errcode }, "the room's history cannot be read");
  await transact(deps.database, bridgeActor, (tx) => failBackfill(tx, roomId, words));
  return undefined;
}
