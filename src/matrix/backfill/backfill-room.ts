import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import type { Counters } from "../../kernel/counters.ts";
import { homeserverRefused, type MessagesPage } from "../homeserver/index.ts";
import { newestOf } from "../reconcile/head.ts";
import { noteHead } from "../reconcile/ledger-store.ts";
import {
  advanceBackfill,
  type Backfill,
  failBackfill,
  findBackfill,
  forgetToken,
  startBackfill,
} from "./backfill-store.ts";
import { fetchPage, type PageSource, toldToWait } from "./fetch-page.ts";
import { type BackfillPayload, backfillJob } from "./jobs.ts";
import { type Ingest, pageRecorder } from "./record-page.ts";

export interface BackfillDeps extends PageSource {
  readonly database: Database;
  readonly ingest: Ingest;
  readonly counters: Counters;
}

export interface BackfillOptions {
  /** How many pages this call reads at most; the rest is asked for as another job. */
  readonly pages?: number;
  /** `reachedTs`: the time of the page's oldest event, milliseconds since 1970; undefined on an empty page. */
  readonly onPage?: (progress: Backfill, reachedTs: number | undefined) => void;
}

/** A job ends long before the queue would think it dead and start it a second time, and lets other rooms have a turn. */
const pagesPerJob = 100;
const asJob = {
  jobMs: 5 * 60_000,
  /** A job that has to wait for longer lets another room go on meanwhile. */
  patienceMs: 5_000,
};
/** Without a queue nobody would go on later. */
const unhurried = { jobMs: Number.POSITIVE_INFINITY, patienceMs: Number.POSITIVE_INFINITY };

/**
 * Reads a room's history from where it stopped back to the beginning. Every page is recorded before its token is
 * kept, so a crash repeats one page at most, which changes nothing; while a page is recorded the next one is on its way.
 * Gives the state it ended in, or undefined when there was nothing to do. Throws `homeserver_away` when the same page
 * may work later. When the homeserver asks for a long pause the rest is asked for as another job, after it; a call
 * without a job queue waits.
 */
export async function handleBackfill(
  deps: BackfillDeps,
  { roomId }: BackfillPayload,
  options: BackfillOptions = {},
): Promise<Backfill | undefined> {
  const begun = await transact(deps.database, bridgeActor, (tx) => startBackfill(tx, roomId));
  if (begun === undefined) return undefined;
  const log = deps.log.child({ roomId });
  try {
    const progress = await readPages({ ...deps, log }, begun, options);
    if (progress === undefined) return await findBackfill(deps.database.db, roomId);
    if (progress.status === "done") {
      const { events, pages } = progress;
      log.info({ events, pages }, "the room's history has been read");
    } else await askForMore(deps, roomId);
    return progress;
  } catch (error) {
    if (toldToWait.is(error)) await askForMore(deps, roomId, error.details.waitMs);
    else await afterRefusal(deps, roomId, error);
    return findBackfill(deps.database.db, roomId);
  }
}

/** Undefined when this run has nothing more to do: somebody else has gone on. */
async function readPages(
  deps: BackfillDeps,
  begun: Backfill,
  { pages = pagesPerJob, onPage }: BackfillOptions,
): Promise<Backfill | undefined> {
  const { roomId } = begun;
  const { jobMs, patienceMs } = deps.database.queue === undefined ? unhurried : asJob;
  const endMs = monotonicMs() + jobMs;
  const fetch = (from: string | null) => fetchPage(deps, { roomId, from, patienceMs });
  const record = pageRecorder(deps.ingest);
  let progress = begun;
  let coming = fetch(begun.nextToken);
  for (let count = 1; ; count += 1) {
    const page = await coming;
    const next = nextOf(page, progress.nextToken);
    const isLast = next === null || count >= pages || monotonicMs() > endMs;
    if (!isLast) {
      coming = fetch(next);
      // Whoever awaits it gets its error; should recording fail first, nobody does.
      coming.catch(() => undefined);
    }
    await record(page);
    const read = { from: progress.nextToken, next, events: page.chunk.length };
    const advanced = await transact(deps.database, bridgeActor, async (tx) => {
      // What comes after the event that a history is read back from is left to the reconciling of the room.
      const head = read.from === null ? newestOf(page) : undefined;
      const moved = await advanceBackfill(tx, roomId, read);
      if (moved !== undefined && head !== undefined) await noteHead(tx, roomId, head);
      return moved;
    });
    deps.counters.count("backfilled_events", page.chunk.length);
    if (advanced === undefined) return undefined;
    onPage?.(advanced, oldestTs(page));
    if (isLast) return advanced;
    progress = advanced;
  }
}

/** The end is a missing token, never an empty page; a server that repeats the token is at its end, too. */
function nextOf(page: MessagesPage, from: string | null): string | null {
  return page.end === undefined || page.end === from ? null : page.end;
}

function oldestTs({ chunk }: MessagesPage): number | undefined {
  const times = chunk.map((event) => event["origin_server_ts"]).filter((ts) => typeof ts === "number");
  return times.length === 0 ? undefined : times.reduce((least, ts) => Math.min(least, ts));
}

async function askForMore({ database }: BackfillDeps, roomId: string, afterMs?: number): Promise<void> {
  if (database.queue === undefined) return;
  await transact(database, bridgeActor, (tx) => {
    const when = afterMs === undefined ? undefined : { startAfter: new Date(tx.now.getTime() + afterMs) };
    tx.enqueue(backfillJob, { roomId }, when);
    return Promise.resolve();
  });
}

/** What follows from a refusal for good. Throws every other error on. */
async function afterRefusal(deps: BackfillDeps, roomId: string, error: unknown): Promise<void> {
  if (!homeserverRefused.is(error)) throw error;
  const { status, errcode, reason } = error.details;
  const words = `${status} ${errcode}: ${reason}`;
  const at = await findBackfill(deps.database.db, roomId);
  // Once only: a server that refuses its own tokens again and again would keep us reading for ever.
  if (status === 400 && at?.nextToken != null && at.error === null) {
    const { nextToken: token } = at;
    deps.log.warn({ roomId, errcode }, "the homeserver does not know its page token any more; reading again");
    await transact(deps.database, bridgeActor, async (tx) => {
      await forgetToken(tx, roomId, { token, error: words });
      if (deps.database.queue !== undefined) tx.enqueue(backfillJob, { roomId });
    });
    return;
  }
  deps.log.warn({ roomId, status, errcode }, "the room's history cannot be read");
  await transact(deps.database, bridgeActor, (tx) => failBackfill(tx, roomId, words));
}
