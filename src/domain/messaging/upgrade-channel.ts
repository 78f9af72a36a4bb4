import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { auditChannel, channelPayload, requireChannelLink } from "./link-channel.ts";
import { type LinkedRoom, lockLinkedRoom } from "./rooms-store.ts";
import {
  deleteUpgrade,
  findUpgrade,
  insertSuccessor,
  isTombstoneInForce,
  lockUpgrade,
  type Upgrade,
  updateLeftBehind,
  updateToSuccessor,
  updateUpgrade,
} from "./upgrades-store.ts";

export interface ChannelMove {
  readonly upgrade: Upgrade;
  /** Whether the new room is encrypted, so that nothing is said there in the clear before its state is recorded. */
  readonly encrypted: boolean;
  /** Matrix ids of those whose membership the new room tells. */
  readonly present: readonly string[];
}

/** What became of it: moved now, or not, and why. */
export type ChannelMoved =
  | { readonly is: "moved"; readonly channelId: string }
  /** Somebody else has settled it, or another tombstone has taken this one's place. */
  | { readonly is: "settled" }
  | { readonly is: "ignored"; readonly reason: string };

const taken = "the new room is known as something else: a channel of its own, or an earlier room of this one";

/**
 * Moves a channel to the room that has replaced its room, once, however often and by how many processes it is asked for.
 * The channel keeps its id, name and history; the old room stays one of its rooms, so what comes late from there still
 * belongs to it. The new room is `joining` afterwards: its state is to be read as for any room that is linked. That it
 * points back, and that the bot is in it, is the caller's business.
 */
export async function moveToSuccessor(tx: Tx, move: ChannelMove): Promise<ChannelMoved> {
  const old = await lockLinkedRoom(tx, move.upgrade.roomId);
  const upgrade = await lockUpgrade(tx, move.upgrade);
  if (upgrade === undefined || isSettled(upgrade)) return { is: "settled" };
  if (!(await isTombstoneInForce(tx.db, upgrade)) || old === undefined || old.channelId === null) {
    await deleteUpgrade(tx, upgrade);
    return { is: "settled" };
  }
  return moveChannelTo(tx, { ...move, upgrade }, { channelId: old.channelId });
}

async function moveChannelTo(
  tx: Tx,
  { upgrade, encrypted, present }: ChannelMove,
  { channelId }: { channelId: string },
): Promise<ChannelMoved> {
  const { roomId, successorRoomId } = upgrade;
  if (!(await insertSuccessor(tx, { upgrade, channelId, encrypted }))) {
    await updateUpgrade(tx, upgrade, { status: "ignored", reason: taken });
    return { is: "ignored", reason: taken };
  }
  await updateToSuccessor(tx, { upgrade, channelId, encrypted });
  await updateUpgrade(tx, upgrade, { status: "done", reason: null });
  const rooms = { matrix_room_id: successorRoomId, predecessor_room_id: roomId };
  const link = await requireChannelLink(tx, channelId);
  await auditChannel(tx, "channel.upgraded", link, rooms);
  tx.emit({
    topic: "channel.updated",
    key: `${channelId}:upgraded:${successorRoomId}`,
    about: channelId,
    at: tx.now,
    actor: tx.actor,
    payload: { ...channelPayload(successorRoomId, link), predecessor_room_id: roomId },
    microdaoId: encodeId("md", link.microdaoId),
  });
  for (const { userId, matrixId, role, was } of await updateLeftBehind(tx, { channelId, roomId, present })) {
    if (was !== "join") continue;
    const member = { id: encodeId("u", userId), kind: "user" as const };
    tx.emit({
      topic: "member.left",
      key: `${successorRoomId}\n${matrixId}`,
      at: new Date(upgrade.tombstoneTs),
      actor: member,
      microdaoId: encodeId("md", link.microdaoId),
      payload: {
        channel_id: encodeId("c", channelId),
        member_id: member.id,
        matrix_id: matrixId,
        role,
        membership: "leave",
      },
    });
  }
  return { is: "moved", channelId };
}

/**
 * The upgrade, if it is still to be followed. When another tombstone has taken its place, or the bot was removed from the
 * old room or asked to stop there, it is forgotten.
 */
export async function openUpgrade(
  tx: Tx,
  roomId: string,
  successorRoomId: string,
): Promise<Upgrade | undefined> {
  const upgrade = await findUpgrade(tx.db, roomId, successorRoomId);
  if (upgrade === undefined || isSettled(upgrade)) return undefined;
  if (await isTombstoneInForce(tx.db, upgrade)) return upgrade;
  await deleteUpgrade(tx, upgrade);
  return undefined;
}

function isSettled({ status }: Upgrade): boolean {
  return status === "done" || status === "ignored";
}

/** Why a tombstone is not followed. `waiting` is taken up again when the bot is invited; `ignored` is for ever. True when that is news. */
export async function settleUpgrade(
  tx: Tx,
  upgrade: Upgrade,
  to: { status: "waiting" | "ignored"; reason: string },
): Promise<boolean> {
  const now = await lockUpgrade(tx, upgrade);
  if (now === undefined || isSettled(now)) return false;
  await updateUpgrade(tx, upgrade, to);
  return now.status !== to.status;
}

/** Whether a room is where its channel lives now, not one that was replaced. */
export function isReplaced(room: Pick<LinkedRoom, "successorRoomId">): boolean {
  return room.successorRoomId !== null;
}
