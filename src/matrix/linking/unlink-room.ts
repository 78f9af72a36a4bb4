import type { Tx } from "../../db/index.ts";
import {
  findChannelLink,
  findLinkedRoom,
  type Unlinked,
  unlinkChannel,
} from "../../domain/messaging/index.ts";
import { failBackfill } from "../backfill/backfill-store.ts";
import { unlinkedNotice } from "./notice.ts";
import { sayInRoom } from "./say-in-room.ts";

export interface RoomToUnlink {
  readonly roomId: string;
  readonly botUserId: string;
  /** What the farewell answers, and the key that makes it one. */
  readonly answer: { readonly inThreadOf?: string; readonly key: string };
}

/** What has to follow once this is committed: `sendId` delivered, if there is one, then the bot leaves. */
export interface Farewell extends Unlinked {
  readonly sendId: string | null;
}

/**
 * Stops mirroring a room, says so and stops reading its history, as one transaction. The bot leaves afterwards.
 * Undefined when the room is not linked.
 */
export async function unlinkRoom(
  tx: Tx,
  { roomId, botUserId, answer }: RoomToUnlink,
): Promise<Farewell | undefined> {
  // The farewell comes first: to a channel that is not linked nothing can be posted.
  const sendId = await sayFarewell(tx, { roomId, botUserId, answer });
  const unlinked = await unlinkChannel(tx, roomId);
  if (unlinked === undefined) return undefined;
  await failBackfill(tx, roomId, "the room was unlinked");
  return { ...unlinked, sendId };
}

/** Null where nothing can be said: the bot is not in the room, or the room is encrypted. */
async function sayFarewell(tx: Tx, { roomId, botUserId, answer }: RoomToUnlink): Promise<string | null> {
  const room = await findLinkedRoom(tx.db, roomId);
  if (room?.status !== "joined" || room.channelId === null) return null;
  const channel = await findChannelLink(tx.db, room.channelId);
  if (channel === undefined || channel.encrypted || room.encrypted) return null;
  const text = unlinkedNotice(channel, botUserId);
  return sayInRoom(tx, { channelId: channel.channelId, text, ...answer });
}
