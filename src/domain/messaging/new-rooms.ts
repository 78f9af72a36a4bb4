import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { setMicrodaoSpace } from "../tenancy/index.ts";
import { updateChannelFailed, updateChannelRoom } from "./channels-store.ts";
import { makeRoomJob, syncSpaceJob } from "./jobs.ts";
import { type NewRoomRow, touchStalledNewRooms, updateNewRoom } from "./new-rooms-store.ts";
import { insertRoom, insertSpaceRoom } from "./rooms-store.ts";

/**
 * The room is there: its channel gets it and it is `joining`, so what is pushed from now on becomes rows; or it is the
 * microDAO's space. Safe to repeat.
 */
export async function recordRoomMade(tx: Tx, room: NewRoomRow, roomId: string): Promise<void> {
  if (room.kind === "channel") {
    await updateChannelRoom(tx, room.id, roomId);
    await insertRoom(tx, { roomId, channelId: room.id, invitedBy: null });
  } else {
    await insertSpaceRoom(tx, roomId);
    await setMicrodaoSpace(tx, room.microdaoId, roomId);
    tx.enqueue(syncSpaceJob, { spaceId: roomId });
  }
  await updateNewRoom(tx, room.id, { state: "made", roomId, trying: false });
}

/** The homeserver refuses to make the room, and would refuse again. */
export async function recordRoomFailed(tx: Tx, room: NewRoomRow, error: string): Promise<void> {
  await updateNewRoom(tx, room.id, { state: "failed", error, trying: false, release: true });
  const [resourceKind, prefix] =
    room.kind === "channel" ? (["channel", "c"] as const) : (["microdao", "md"] as const);
  if (room.kind === "channel") await updateChannelFailed(tx, room.id);
  await audit(tx, {
    action: `${resourceKind}.room_failed`,
    resourceKind,
    resourceId: encodeId(prefix, room.id),
    microdaoId: room.microdaoId,
    data: { error },
  });
}

/** Asks again for rooms whose job was lost. Gives how many. */
export async function resumeNewRooms(tx: Tx, before: Date): Promise<number> {
  const ids = await touchStalledNewRooms(tx, before);
  for (const id of ids) tx.enqueue(makeRoomJob, { id });
  return ids.length;
}
