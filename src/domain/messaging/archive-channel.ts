import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { updateChannelClosed } from "./channels-store.ts";
import { archiveRoomJob } from "./jobs.ts";
import { auditChannel, channelPayload, requireChannelLink } from "./link-channel.ts";
import { channelNotLinked } from "./post-errors.ts";
import { findRoomOfChannel, lockLinkedRoom, updateRoomStatus } from "./rooms-store.ts";

/**
 * Closes a channel: from the commit on nothing is mirrored or posted; what there is stays and can be read. Afterwards the
 * room is made read-only and leaves the microDAO's space, and the bot and the agents leave the room. Inviting the bot
 * opens the channel again. Safe to repeat. Throws `channel_not_linked`.
 */
export async function archiveChannel(tx: Tx, channelId: string, requestId: string): Promise<void> {
  const { roomId } = (await findRoomOfChannel(tx.db, channelId)) ?? { roomId: undefined };
  const room = roomId === undefined ? undefined : await lockLinkedRoom(tx, roomId);
  if (room === undefined) throw channelNotLinked({});
  const before = await requireChannelLink(tx, channelId);
  if (before.status === "archived") return;
  if (room.status !== "joined") throw channelNotLinked({});
  await updateRoomStatus(tx, room.roomId, { status: "unlinked", mirrored: false });
  await updateChannelClosed(tx, channelId);
  const channel = await requireChannelLink(tx, channelId);
  await auditChannel(tx, "channel.archived", channel, { matrix_room_id: room.roomId, request_id: requestId });
  tx.emit({
    topic: "channel.updated",
    key: `${channelId}:archived:${tx.now.getTime()}`,
    at: tx.now,
    actor: tx.actor,
    payload: channelPayload(room.roomId, channel),
    microdaoId: encodeId("md", channel.microdaoId),
  });
  tx.enqueue(archiveRoomJob, { roomId: room.roomId, channelId });
}
