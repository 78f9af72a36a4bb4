import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { ensureUserByMatrixId, matrixIdInvalid } from "../tenancy/index.ts";
import { firstFreeSlug, provisionalSlug, slugOf } from "./channel-slug.ts";
import {
  deleteChannelMembers,
  deleteEmptyChannel,
  updateChannelArchived,
  updateChannelLinked,
} from "./channels-store.ts";
import {
  type ChannelLink,
  chooseSlug,
  findChannelLink,
  findChannelOfRoom,
  insertChannel,
  insertRoom,
  insertSpaceRoom,
  type LinkedRoom,
  lockLinkedRoom,
  updateInviter,
  updateRoomStatus,
  updateRoomToSpace,
} from "./rooms-store.ts";

export interface RoomToLink {
  readonly roomId: string;
  /** The uuid of the microDAO that a room nobody linked before belongs to. */
  readonly microdaoId: string;
  /** Who invited the bot; null when an operator links the room. */
  readonly inviter: string | null;
}

/**
 * Makes ready for mirroring a room that nobody linked before: its channel, found or made, and its `matrix.rooms` row,
 * status `joining`. From the commit on, everything that is pushed becomes rows, which is why it comes before the bot
 * joins. Safe to repeat and to run twice at once.
 */
export async function linkChannel(tx: Tx, room: RoomToLink): Promise<LinkedRoom> {
  const known = await reopenChannel(tx, room.roomId, room.inviter);
  if (known !== undefined) return known;
  const channelId = await ensureChannel(tx, room);
  await insertRoom(tx, { roomId: room.roomId, channelId, invitedBy: room.inviter });
  const linked = await lockLinkedRoom(tx, room.roomId);
  if (linked === undefined) throw bug("a room that was just written is not there");
  return linked;
}

/**
 * A room that was linked before: one that was left or unlinked goes back to `joining` with the channel it had, any
 * other stays as it is. Undefined when nobody linked the room yet.
 */
export async function reopenChannel(
  tx: Tx,
  roomId: string,
  inviter: string | null,
): Promise<LinkedRoom | undefined> {
  const known = await lockLinkedRoom(tx, roomId);
  if (known === undefined || known.status === "joining" || known.status === "joined") return known;
  await updateRoomStatus(tx, roomId, { status: "joining", mirrored: known.channelId !== null });
  await updateInviter(tx, roomId, inviter);
  return lockLinkedRoom(tx, roomId);
}

/** The bot is not in the room any more, and nobody asked it to leave. What happens there without it is not pushed. */
export async function markRoomLeft(tx: Tx, roomId: string): Promise<void> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.status !== "joined" && room?.status !== "joining") return;
  await updateRoomStatus(tx, roomId, { status: "left", mirrored: room.mirrored });
}

/** A provisional slug is taken only if somebody chose it on purpose. */
const provisionalTries = 20;

/** What is known about a room once the bot is in it and has read its state. */
export interface RoomIdentity {
  readonly alias: string | null;
  readonly name: string | null;
}

/**
 * The room has been joined and its state recorded: status `joined`, a slug after the room's own name (or `slug`, if
 * an operator chose one) and `channel.created`. Undefined when the room is not `joining`: another attempt was first.
 */
export async function finishLink(
  tx: Tx,
  roomId: string,
  identity: RoomIdentity,
): Promise<ChannelLink | undefined> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.status !== "joining" || room.channelId === null) return undefined;
  await updateRoomStatus(tx, roomId, { status: "joined", mirrored: true });
  const before = await requireChannelLink(tx, room.channelId);
  const wanted = before.slug.startsWith(provisionalSlug(roomId))
    ? (slugOf(identity) ?? before.slug)
    : before.slug;
  const { microdaoId, channelId } = before;
  const slug = wanted === before.slug ? wanted : await chooseSlug(tx, { microdaoId, channelId, wanted });
  await updateChannelLinked(tx, channelId, slug);
  const link = await requireChannelLink(tx, channelId);
  await auditChannel(tx, "channel.linked", link, { matrix_room_id: roomId });
  tellLinked(tx, roomId, link, before.status);
  return link;
}

/**
 * The room could not be joined. A channel that never held anything goes again, so that invitations which are taken
 * back leave nothing behind; any other keeps its rows and the room counts as left.
 */
export async function abandonLink(tx: Tx, roomId: string): Promise<void> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.status !== "joining") return;
  await updateRoomStatus(tx, roomId, { status: "left", mirrored: true });
  if (room.channelId !== null) await deleteEmptyChannel(tx, room.channelId);
}

/** The room is a space: it has no channel, and what is said in it is not mirrored. */
export async function turnIntoSpace(tx: Tx, roomId: string): Promise<void> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room === undefined) {
    await insertSpaceRoom(tx, roomId);
    return;
  }
  await updateRoomToSpace(tx, roomId);
  if (room.channelId === null) return;
  await deleteChannelMembers(tx, room.channelId);
  await deleteEmptyChannel(tx, room.channelId);
  // Somebody was quick to write in a space, and messages are never thrown away.
  await updateChannelArchived(tx, room.channelId);
}

export async function requireChannelLink(tx: Tx, channelId: string): Promise<ChannelLink> {
  const link = await findChannelLink(tx.db, channelId);
  if (link === undefined) throw bug("a linked room has no channel");
  return link;
}

/** Two transactions that link one room at once: the second waits for the first and finds its channel. */
async function ensureChannel(tx: Tx, room: RoomToLink): Promise<string> {
  const creatorId = await creatorOf(tx, room.inviter);
  const taken = new Set<string>();
  while (taken.size < provisionalTries) {
    const known = await findChannelOfRoom(tx.db, room.roomId);
    if (known !== undefined) return known;
    const slug = firstFreeSlug(provisionalSlug(room.roomId), taken);
    taken.add(slug);
    const { roomId, microdaoId } = room;
    const made = await insertChannel(tx, { roomId, microdaoId, slug, creatorId });
    if (made !== undefined) return made;
  }
  throw bug("a channel could be neither found nor made");
}

async function creatorOf(tx: Tx, inviter: string | null): Promise<string | null> {
  if (inviter === null) return null;
  try {
    return (await ensureUserByMatrixId(tx, inviter)).id;
  } catch (error) {
    if (matrixIdInvalid.is(error)) return null;
    throw error;
  }
}

/** The first link of a room is `channel.created`, told once however often it is linked; a later one is an update. */
function tellLinked(tx: Tx, roomId: string, link: ChannelLink, statusBefore: string): void {
  const payload = channelPayload(roomId, link);
  const microdaoId = encodeId("md", link.microdaoId);
  const key = link.channelId;
  tx.emit({ topic: "channel.created", key, at: link.createdAt, actor: tx.actor, payload, microdaoId });
  if (statusBefore === "active" || statusBefore === "creating") return;
  tx.emit({
    topic: "channel.updated",
    key: `${key}:linked:${tx.now.getTime()}`,
    about: key,
    at: tx.now,
    actor: tx.actor,
    payload,
    microdaoId,
  });
}

/** Who linked, unlinked or moved a channel, for the audit log. */
export async function auditChannel(
  tx: Tx,
  action: "channel.linked" | "channel.unlinked" | "channel.moved" | "channel.archived" | "channel.upgraded",
  link: ChannelLink,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  await audit(tx, {
    action,
    resourceKind: "channel",
    resourceId: encodeId("c", link.channelId),
    microdaoId: link.microdaoId,
    data: { slug: link.slug, microdao: link.microdaoExternalId, ...data },
  });
}

export function channelPayload(roomId: string, link: ChannelLink): Record<string, unknown> {
  return {
    channel_id: encodeId("c", link.channelId),
    matrix_room_id: roomId,
    microdao: link.microdaoExternalId,
    slug: link.slug,
    name: link.name,
    status: link.status,
  };
}
