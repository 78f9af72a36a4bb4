import { setTimeout as sleep } from "node:timers/promises";
import { transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { fetchPage } from "../backfill/fetch-page.ts";
import { pageRecorder } from "../backfill/record-page.ts";
import type { MessagesPage } from "../homeserver/index.ts";
import type { ReconcileDeps } from "./deps.ts";
import { newestOf } from "./head.ts";
import { countMissed } from "./in-flight.ts";
import { type Claim, closeGap, type Head, keepPlace, type Ledger } from "./ledger-store.ts";

/** What of a room was read, and what of it had been missing. */
export interface GapRead {
  readonly pages: number;
  readonly events: number;
  readonly found: number;
  /** `closed`: the proven part was reached; `open`: there is more to read; `lost`: somebody else has the room now. */
  readonly end: "closed" | "open" | "lost";
}

export interface Reach {
  /** How many known events in a row, from the head back, end the reading; at least a whole page of them always. */
  readonly overlap: number;
  readonly pages: number;
  readonly untilMs: number;
  readonly onPage?: (events: number) => void;
}

const patienceMs = 5_000;
/** Between two pages others have a turn, at the homeserver and in the database. */
const pauseMs = 50;

/**
 * Reads a room backwards, from where an earlier check stopped or from the present, until everything from there on is
 * known to be here. Known events alone prove nothing: a homeserver that crashed pushes what is said afterwards, so what
 * it lost lies behind newer events that came. The end is therefore the head, the event up to which an earlier check has
 * proven that nothing is missing, and a whole page of known events there, because an event that came late by federation
 * may lie behind the head. Without a head the end is the beginning of the room. Each page is recorded before its token
 * is kept, so a kill repeats one page.
 */
export async function readGap(deps: ReconcileDeps, claim: Claim, at: Ledger, reach: Reach): Promise<GapRead> {
  const record = pageRecorder(deps.ingest);
  const walk = newWalk(at);
  for (;;) {
    const page = await fetchPage(deps, { roomId: at.roomId, from: walk.token, patienceMs });
    const found = await record(page);
    const isEnd = follow(walk, page, { found, at, overlap: reach.overlap });
    const missed = countMissed(found, page.chunk, deps.database.clock.now().getTime());
    deps.counters.count("reconcile_finds", missed);
    reach.onPage?.(walk.events);
    const { head, token, reached } = walk;
    const kept = await transact(deps.database, bridgeActor, (tx) =>
      isEnd || token === null
        ? closeGap(tx, claim, { head, found })
        : keepPlace(tx, claim, { token, head, reached, found }),
    );
    const { pages, events, found: all } = walk;
    if (!kept) return { pages, events, found: all, end: "lost" };
    if (isEnd) return { pages, events, found: all, end: "closed" };
    if (pages >= reach.pages || monotonicMs() > reach.untilMs)
      return { pages, events, found: all, end: "open" };
    await sleep(pauseMs);
  }
}

/** Where a reading is. */
interface Walk {
  /** Where the next page begins; null for the present. */
  token: string | null;
  /** The newest event that was read. */
  head: Head | undefined;
  reached: boolean;
  /** Known events in a row behind the head. */
  calm: number;
  pages: number;
  events: number;
  found: number;
}

function newWalk({ gapToken, gapHeadEventId, gapHeadTs, gapReached }: Ledger): Walk {
  const head = gapHeadEventId === null ? undefined : { eventId: gapHeadEventId, ts: gapHeadTs ?? 0 };
  return { token: gapToken, head, reached: gapReached, calm: 0, pages: 0, events: 0, found: 0 };
}

/** Moves on by a page. Gives whether that was the last one. */
function follow(
  walk: Walk,
  page: MessagesPage,
  { found, at, overlap }: { found: number; at: Ledger; overlap: number },
): boolean {
  walk.pages += 1;
  walk.events += page.chunk.length;
  walk.found += found;
  walk.head ??= newestOf(page);
  const behind = eventsBehind(walk, page, at.headEventId);
  walk.reached ||= behind > 0;
  walk.calm = found > 0 ? 0 : walk.calm + behind;
  // The end is a missing token, never an empty page; a server that repeats the token is at its end, too.
  const isBeginning = page.end === undefined || page.end === walk.token;
  walk.token = page.end ?? null;
  if (isBeginning || !walk.reached) return isBeginning;
  // Where the history is still being read back, what lies behind the head is not looked for here.
  return !at.historyDone || (walk.calm > 0 && walk.calm >= overlap);
}

/** How many events of a page are the head or older. */
function eventsBehind({ reached }: Walk, { chunk }: MessagesPage, headEventId: string | null): number {
  if (reached) return chunk.length;
  const place = chunk.findIndex((event) => event["event_id"] === headEventId);
  return place < 0 ? 0 : chunk.length - place;
}
