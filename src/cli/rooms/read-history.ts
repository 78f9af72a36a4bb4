import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../../db/index.ts";
import { findChannelLink, findRoomBirth, type LinkedRoom } from "../../domain/messaging/index.ts";
import { handleBackfill } from "../../matrix/backfill/backfill-room.ts";
import {
  type Backfill,
  continueBackfill,
  findBackfill,
  resetBackfill,
} from "../../matrix/backfill/backfill-store.ts";
import type { LinkingDeps } from "../../matrix/linking/deps.ts";
import { operator } from "../operator/open-database.ts";
import { type Progress, type Screen, showProgress } from "./progress.ts";

/** Rooms read at the same time: enough to hide waiting, few enough for the homeserver. */
const roomsAtOnce = 3;
const lookMs = 1_000;
/** After this long without a page, whoever was at work on a room is gone. */
const silentLooks = 60;

/** What became of a room's history. */
export interface ReadHistory {
  readonly roomId: string;
  readonly status: Backfill["status"];
  readonly pages: number;
  readonly events: number;
  readonly error: string | null;
}

/**
 * Reads rooms' histories here and now, several at a time; `again` reads what was read before as well. A bridge that is
 * at work on one of them is watched instead.
 */
export async function readHistories(
  deps: LinkingDeps,
  rooms: readonly LinkedRoom[],
  { again, screen }: { again: boolean; screen: Screen },
): Promise<ReadHistory[]> {
  const progress = showProgress(screen, deps.database.clock.now().getTime());
  for (const { roomId, channelId } of rooms) {
    const channel = channelId === null ? undefined : await findChannelLink(deps.database.db, channelId);
    const bornTs = await findRoomBirth(deps.database.db, roomId);
    progress.add(roomId, { name: channel?.slug ?? roomId, bornTs });
  }
  const results: ReadHistory[] = [];
  const waiting = [...rooms];
  const lane = async () => {
    for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) {
      results.push(await readHistory(deps, room.roomId, { again, progress }));
      progress.done(room.roomId);
    }
  };
  try {
    await Promise.all(Array.from({ length: roomsAtOnce }, lane));
  } finally {
    progress.end();
  }
  return results;
}

async function readHistory(
  deps: LinkingDeps,
  roomId: string,
  { again, progress }: { again: boolean; progress: Progress },
): Promise<ReadHistory> {
  await transact(deps.database, operator, (tx) =>
    again ? resetBackfill(tx, roomId) : continueBackfill(tx, roomId),
  );
  for (;;) {
    const read = await handleBackfill(
      deps,
      { roomId },
      {
        pages: Number.POSITIVE_INFINITY,
        onPage: (page, reachedTs) => {
          progress.page(page, reachedTs);
        },
      },
    );
    if (read === undefined) return historyOf(roomId, await findBackfill(deps.database.db, roomId));
    if (read.status === "done" || read.status === "failed") return historyOf(roomId, read);
    // The bridge was faster with a page and has gone on. It needs no help.
    await watch(deps.database, roomId, progress);
  }
}

function historyOf(roomId: string, backfill: Backfill | undefined): ReadHistory {
  if (backfill === undefined) {
    return { roomId, status: "failed", pages: 0, events: 0, error: "the room is not mirrored" };
  }
  const { status, pages, events, error } = backfill;
  return { roomId, status, pages, events, error };
}

/** Returns when the backfill has ended, or has not moved for a minute. */
async function watch(database: Database, roomId: string, progress: Progress): Promise<void> {
  let seen = -1;
  for (let silent = 0; silent < silentLooks; silent += 1) {
    const now = await findBackfill(database.db, roomId);
    if (now?.status !== "running" && now?.status !== "pending") return;
    if (now.pages !== seen) {
      seen = now.pages;
      silent = 0;
      progress.page(now, undefined);
    }
    await sleep(lookMs);
  }
}
