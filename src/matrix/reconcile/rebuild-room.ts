import { transact } from "../../db/index.ts";
import {
  countRoomsOfChannel,
  dropEvents,
  findLinkedRoom,
  listEventIds,
  rebuildEvents,
} from "../../domain/messaging/index.ts";
import { forgetWithdrawn } from "../../domain/runtime/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { declareError } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { fetchPage } from "../backfill/fetch-page.ts";
import type { Homeserver } from "../homeserver/index.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import { identifierAt } from "../ingest/event-shape.ts";
import { parseEvent } from "../ingest/parse-event.ts";
import type { ReconcileDeps } from "./deps.ts";
import { obeyState } from "./obey-state.ts";
import {
  advanceRebuild,
  beginRebuild,
  deleteRebuild,
  insertGiven,
  type Rebuild,
  selectNotGiven,
} from "./rebuild-store.ts";

export interface RebuildDeps extends ReconcileDeps {
  readonly homeserver: ReconcileDeps["homeserver"] & Pick<Homeserver, "event">;
}

export interface RebuildOptions {
  /** Drops what the homeserver gives no more. */
  readonly force: boolean;
  /** Events read so far. */
  readonly onPage?: (events: number) => void;
}

/** What a rebuild came to. */
export interface Rebuilt {
  /** Events that were read. */
  readonly events: number;
  /** Events whose rows are gone, because the homeserver has them no longer. */
  readonly lost: number;
}

export const rebuildWouldLose = declareError<{ room: string; lost: number }>(
  "rebuild_would_lose",
  "conflict",
  ({ room, lost }) =>
    `The homeserver no longer gives ${lost} of the events that ${room} has rows of. They are kept; everything else is ` +
    "rebuilt. With --force they are dropped.",
);

export const rebuildTaken = declareError<{ room: string }>(
  "rebuild_taken",
  "conflict",
  ({ room }) => `Somebody else is rebuilding ${room}, or it is not mirrored any more.`,
);

const patienceMs = 60_000;
/** Events per transaction, which holds the room's lock: what is pushed for it waits that long. */
const perTransaction = 250;
/** Events that no page had and that are asked for one by one; any more count as gone. */
const mostAsked = 1_000;

/**
 * Makes a room's rows anew from the homeserver. Each piece of a page goes and comes again in one transaction, so the
 * rows are whole at any moment and a kill loses nothing: the next call goes on at the page. Only when the beginning of the
 * room is reached it is known which rows the homeserver has no events for; they are dropped by force only.
 * Throws `rebuild_would_lose`, `rebuild_taken`, and what the homeserver's refusals are.
 */
export async function rebuildRoom(
  deps: RebuildDeps,
  roomId: string,
  options: RebuildOptions,
): Promise<Rebuilt> {
  let at = await transact(deps.database, bridgeActor, (tx) => beginRebuild(tx, roomId));
  while (at !== undefined && !at.complete) {
    at = await rebuildPage(deps, at);
    if (at !== undefined) options.onPage?.(at.events);
  }
  if (at === undefined) throw rebuildTaken({ room: roomId });
  const state = await deps.homeserver.roomState({ roomId, asUser: deps.botUserId });
  await rebuildAll(deps, roomId, state);
  await obeyState(deps, roomId, state);
  const lost = await findLost(deps, roomId);
  if (lost.length > 0 && !options.force) {
    await transact(deps.database, bridgeActor, (tx) => deleteRebuild(tx, roomId));
    throw rebuildWouldLose({ room: roomId, lost: lost.length });
  }
  await transact(deps.database, bridgeActor, async (tx) => {
    if (lost.length > 0) await dropEvents(tx, roomId, lost);
    await deleteRebuild(tx, roomId);
  });
  return { events: at.events, lost: lost.length };
}

async function rebuildPage(deps: RebuildDeps, at: Rebuild): Promise<Rebuild | undefined> {
  const { roomId, nextToken: from } = at;
  const page = await fetchPage(deps, { roomId, from, patienceMs }).catch(async (error: unknown) => {
    // A token that the homeserver has forgotten: the next call begins anew.
    if (homeserverRefused.is(error))
      await transact(deps.database, bridgeActor, (tx) => deleteRebuild(tx, roomId));
    throw error;
  });
  await rebuildAll(deps, roomId, [...page.state, ...page.chunk]);
  // The end is a missing token, never an empty page; a server that repeats the token is at its end, too.
  const next = page.end === undefined || page.end === from ? null : page.end;
  const events = page.chunk.length;
  return transact(deps.database, bridgeActor, (tx) => advanceRebuild(tx, roomId, { from, next, events }));
}

async function rebuildAll(deps: RebuildDeps, roomId: string, events: readonly JsonObject[]): Promise<void> {
  const own = events.filter((event) => event["room_id"] === undefined || event["room_id"] === roomId);
  for (let start = 0; start < own.length; start += perTransaction) {
    const piece = own.slice(start, start + perTransaction);
    const facts = piece.flatMap((event) => {
      const parsed = parseEvent(event);
      return "facts" in parsed ? parsed.facts : [];
    });
    const ids = piece.flatMap((event) => identifierAt(event, "event_id", "$") ?? []);
    const is = await transact(deps.database, bridgeActor, async (tx) => {
      await insertGiven(tx, roomId, ids);
      const recorded = await rebuildEvents(tx, roomId, facts);
      await forgetWithdrawn(tx, recorded?.withdrawn ?? []);
      return recorded !== undefined;
    });
    if (!is) throw rebuildTaken({ room: roomId });
  }
}

/** Events that have rows and that the homeserver does not give in any way. */
async function findLost(deps: RebuildDeps, roomId: string): Promise<string[]> {
  const { db } = deps.database;
  const room = await findLinkedRoom(db, roomId);
  if (room?.channelId == null) throw rebuildTaken({ room: roomId });
  const { channelId } = room;
  // Old rows of a channel that had several rooms do not say which room they are of: none of them is given up.
  const wholeChannel = (await countRoomsOfChannel(db, channelId)) === 1;
  const known = await listEventIds(db, { roomId, channelId, wholeChannel });
  const missing = await transact(deps.database, bridgeActor, (tx) => selectNotGiven(tx, roomId, known));
  const lost: string[] = [];
  for (const [index, eventId] of missing.entries()) {
    const found =
      index < mostAsked
        ? await deps.homeserver.event({ roomId, asUser: deps.botUserId, eventId })
        : undefined;
    if (found === undefined) lost.push(eventId);
    else await rebuildAll(deps, roomId, [found]);
  }
  return lost;
}
