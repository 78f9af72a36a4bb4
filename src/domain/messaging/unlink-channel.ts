import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { updateChannelUnlinked } from "./channels-store.ts";
import { auditChannel, channelPayload, requireChannelLink } from "./link-channel.ts";
import {
  type ChannelLink,
  type LinkedRoom,
  lockLinkedRoom,
  updateReplacedUnlinked,
  updateRoomStatus,
} from "./rooms-store.ts";

export interface Unlinked {
  readonly room: LinkedRoom;
  readonly channel: ChannelLink;
}

/**
 * Stops mirroring a room, and those that it has replaced: from the commit on nothing that happens there becomes a row. What was mirrored stays.
 * Undefined when there is nothing to stop. Linking the room again goes on with the same channel.
 */
export async function unlinkChannel(tx: Tx, roomId: string): Promise<Unlinked | undefined> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room === undefined || room.channelId === null || room.status === "unlinked") return undefined;
  await updateRoomStatus(tx, roomId, { status: "unlinked", mirrored: false });
  await updateReplacedUnlinked(tx, room.channelId);
  await updateChannelUnlinked(tx, room.channelId);
  const channel = await requireChannelLink(tx, room.channelId);
  await auditChannel(tx, "channel.unlinked", channel, { matrix_room_id: roomId });
  tx.emit({
    topic: "channel.updated",
    key: `${room.channelId}:unlinked:${tx.now.getTime()}`,
    about: room.channelId,
    at: tx.now,
    actor: tx.actor,
    payload: channelPayload(roomId, channel),
    microdaoId: encodeId("md", channel.microdaoId),
  });
  return { room, channel };
}
