import { transact } from "../../db/index.ts";
import {
  abandonLink,
  findLinkedRoom,
  finishLink,
  type LinkedRoom,
  linkChannel,
  markRoomLeft,
  noticeKeyPrefix,
  type RoomShown,
  reopenChannel,
  turnIntoSpace,
} from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { isObject } from "../../kernel/json.ts";
import { resetBackfill } from "../backfill/backfill-store.ts";
import { backfillJob } from "../backfill/jobs.ts";
import { homeserverRefused, type Refusal } from "../homeserver/index.ts";
import { acceptLater, noteAccepted } from "./accept-later.ts";
import type { LinkingDeps } from "./deps.ts";
import { findHomeMicrodao } from "./find-home-microdao.ts";
import { linkRoomJob } from "./jobs.ts";
import { leaveQuietly } from "./leave-room.ts";
import { linkSpace } from "./link-space.ts";
import { linkedNotice } from "./notice.ts";
import { type RoomGlimpse, readRoom } from "./read-room.ts";
import { recordSnapshot } from "./record-snapshot.ts";
import { sayInRoom } from "./say-in-room.ts";

export interface RoomToLink {
  readonly roomId: string;
  /** Who invited the bot; null when an operator links the room. */
  readonly inviter: string | null;
  /** The invitation, when one asks for it. */
  readonly inviteEventId?: string;
  /** The external id of the microDAO that an operator chose. */
  readonly microdao?: string;
  /** Servers to join by, when an operator knows some. */
  readonly via?: readonly string[];
  /** What the invitation shows of the room. */
  readonly shown?: RoomShown;
}

/** What became of it. */
export type LinkOutcome =
  | { readonly is: "linked"; readonly channelId: string; readonly slug: string; readonly encrypted: boolean }
  | { readonly is: "already-linked"; readonly channelId: string }
  | { readonly is: "space" }
  | { readonly is: "no-home"; readonly microdao: string }
  | { readonly is: "not-joined"; readonly reason: string };

/**
 * Links a room: a channel for it, the bot in it, its state and members as rows, one notice, and its history asked for.
 * Safe to run twice, at the same time too, and to be killed at any line: the room is `joining` until everything has
 * been read, and whoever makes it `joined` asks for the notice and the history in the same transaction.
 * Throws `homeserver_away`, or a refusal that asks to wait, when it should be tried again.
 */
export async function handleLinkRoom(deps: LinkingDeps, room: RoomToLink): Promise<LinkOutcome> {
  const settled = await linkUnknownSpace(deps, room);
  if (settled !== undefined) return settled;
  const begun = await beginLink(deps, room);
  if (begun === undefined) return refuseWithoutHome(deps, room);
  if (begun.status === "joined") {
    return begun.channelId === null ? { is: "space" } : { is: "already-linked", channelId: begun.channelId };
  }
  const refusal = await joinRoom(deps, room);
  if (refusal !== undefined) return refuseRoom(deps, room, refusal);
  // From here on everything that happens is pushed; what was before is read.
  const state = await deps.homeserver.roomState({ roomId: room.roomId, asUser: deps.botUserId });
  const glimpse = readRoom(state);
  if (glimpse.type !== null && glimpse.type !== "m.space") return refuseType(deps, room.roomId);
  if (glimpse.type !== null || begun.channelId === null) return linkSpace(deps, room);
  await recordSnapshot(deps.ingest, state);
  return endLink(deps, { roomId: room.roomId, channelId: begun.channelId, glimpse });
}

/**
 * A space that nobody linked before is joined and looked into before anything is made for it, if it says what it is or an
 * operator names it: nobody is told of a channel that there will never be. Undefined for any other room.
 */
async function linkUnknownSpace(deps: LinkingDeps, room: RoomToLink): Promise<LinkOutcome | undefined> {
  const { roomId, inviter, shown } = room;
  const { db } = deps.database;
  if (inviter !== null && shown?.type !== "m.space") return undefined;
  if ((await findLinkedRoom(db, roomId)) !== undefined) return undefined;
  const fallback = deps.defaultMicrodao;
  const home = await findHomeMicrodao(db, { roomId, inviter, chosen: room.microdao, fallback });
  if (home === undefined) return undefined;
  const refusal = await joinRoom(deps, room);
  if (refusal !== undefined) return refuseRoom(deps, room, refusal);
  const state = await deps.homeserver.roomState({ roomId, asUser: deps.botUserId });
  return readRoom(state).type === "m.space" ? linkSpace(deps, room) : undefined;
}

/** The room's row, `joining` unless it is linked and the bot is in it. Undefined when no microDAO takes the room. */
async function beginLink(deps: LinkingDeps, room: RoomToLink): Promise<LinkedRoom | undefined> {
  const begin = () =>
    transact(deps.database, bridgeActor, async (tx) => {
      const known = await reopenChannel(tx, room.roomId, room.inviter);
      if (known !== undefined) return known;
      const { inviter, microdao: chosen } = room;
      const home = await findHomeMicrodao(tx.db, {
        roomId: room.roomId,
        inviter,
        chosen,
        fallback: deps.defaultMicrodao,
      });
      return home && linkChannel(tx, { roomId: room.roomId, inviter, microdaoId: home.id });
    });
  const begun = await begin();
  if (begun?.status !== "joined" || (await isBotJoined(deps, room.roomId))) return begun;
  // It was removed while nobody told us, and is back by invitation: what it missed has to be read.
  await transact(deps.database, bridgeActor, (tx) => markRoomLeft(tx, room.roomId));
  return begin();
}

async function isBotJoined(deps: LinkingDeps, roomId: string): Promise<boolean> {
  try {
    const own = { roomId, asUser: deps.botUserId, type: "m.room.member", stateKey: deps.botUserId };
    const content = (await deps.homeserver.stateEvent(own))?.["content"];
    return isObject(content) && content["membership"] === "join";
  } catch (error) {
    if (homeserverRefused.is(error) && error.details.status === 403) return false;
    throw error;
  }
}

/** Joins; joining again is harmless. Gives the refusal when trying again would be refused again. */
async function joinRoom(deps: LinkingDeps, room: RoomToLink): Promise<Refusal | undefined> {
  const { roomId } = room;
  try {
    await deps.homeserver.joinRoom({ roomIdOrAlias: roomId, via: viaOf(room), asUser: deps.botUserId });
    await noteAccepted(deps, { roomId, userId: deps.botUserId });
    return undefined;
  } catch (error) {
    if (homeserverRefused.is(error) && [400, 403, 404].includes(error.details.status)) return error.details;
    throw error;
  }
}

/** A room id of version 12 names no server, and an older one may name a server that has left: the inviter's is in it. */
function viaOf({ inviter, via = [] }: RoomToLink): string[] {
  const invitedFrom = inviter === null ? [] : [inviter.slice(inviter.indexOf(":") + 1)];
  return [...new Set([...via, ...invitedFrom])];
}

/** The bot is not let in. An invitation that stands is tried again; without one the room stays unlinked. */
export async function refuseRoom(
  deps: LinkingDeps,
  room: RoomToLink,
  refusal: Refusal,
): Promise<LinkOutcome> {
  const { roomId } = room;
  if (!(await isTriedAgain(deps, room, refusal))) {
    deps.log.warn({ roomId, errcode: refusal.errcode }, "the bot may not join the room; it stays unlinked");
    await transact(deps.database, bridgeActor, (tx) => abandonLink(tx, roomId));
  }
  return { is: "not-joined", reason: `${refusal.errcode}: ${refusal.reason}` };
}

async function isTriedAgain(deps: LinkingDeps, room: RoomToLink, refusal: Refusal): Promise<boolean> {
  const { roomId, inviter, inviteEventId, shown } = room;
  if (inviter === null) return false;
  const invitation = { roomId, userId: deps.botUserId, inviteEventId, via: viaOf(room) };
  return acceptLater(deps, invitation, refusal, (tx, { attempt, startAfter }) => {
    const again = {
      roomId,
      inviter,
      attempt,
      ...(inviteEventId && { inviteEventId }),
      ...(shown && { shown }),
    };
    tx.enqueue(linkRoomJob, again, { startAfter });
  });
}

async function refuseWithoutHome(deps: LinkingDeps, room: RoomToLink): Promise<LinkOutcome> {
  const microdao = room.microdao ?? deps.defaultMicrodao;
  deps.log.error(
    { roomId: room.roomId, microdao },
    "an invitation was declined: the inviter has no microDAO and the default one does not exist; " +
      "create it with `microdao dao create`, or name another one in DEFAULT_MICRODAO",
  );
  if (room.inviter !== null) {
    const reason = "This bridge has no microDAO for the room yet. Please ask its administrator.";
    await leaveQuietly(deps, { roomId: room.roomId, reason });
  }
  return { is: "no-home", microdao };
}

/** Nobody knows what a room of another type is for; a chat it is not. */
async function refuseType(deps: LinkingDeps, roomId: string): Promise<LinkOutcome> {
  await transact(deps.database, bridgeActor, async (tx) => {
    await turnIntoSpace(tx, roomId);
    await markRoomLeft(tx, roomId);
  });
  const reason = "This is no chat room, so it is not mirrored.";
  deps.log.warn({ roomId }, "the room is of a type that is not mirrored");
  await leaveQuietly(deps, { roomId, reason });
  return { is: "not-joined", reason };
}

async function endLink(
  deps: LinkingDeps,
  room: { roomId: string; channelId: string; glimpse: RoomGlimpse },
): Promise<LinkOutcome> {
  const { roomId, channelId, glimpse } = room;
  const linked = await transact(deps.database, bridgeActor, async (tx) => {
    const channel = await finishLink(tx, roomId, glimpse);
    if (channel === undefined) return undefined;
    await resetBackfill(tx, roomId);
    if (deps.database.queue !== undefined) tx.enqueue(backfillJob, { roomId });
    const encrypted = glimpse.encrypted || channel.encrypted;
    // Nothing is said in the clear in an encrypted room, not even that it is mirrored.
    if (!encrypted) {
      const key = `${noticeKeyPrefix}${roomId}:${tx.now.toISOString()}`;
      await sayInRoom(tx, { channelId, text: linkedNotice(channel), key });
    }
    return { channel, encrypted };
  });
  if (linked === undefined) return { is: "already-linked", channelId };
  deps.wakeEgress();
  const { channel, encrypted } = linked;
  deps.log.info({ roomId, channelId, slug: channel.slug, encrypted }, "the room is linked");
  if (encrypted) {
    deps.log.warn({ roomId }, "the room is encrypted: its texts stay unreadable, and no notice was posted");
  }
  return { is: "linked", channelId, slug: channel.slug, encrypted };
}
