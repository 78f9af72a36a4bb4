import { runParts, type Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { addSpaceMembers, ensureMatrixUsers, removeSpaceMembers } from "../tenancy/index.ts";
import type { Batch } from "./batch.ts";
import { lockRoomsPart } from "./mirrored-rooms-store.ts";
import { settleState } from "./record-state.ts";
import { selectRestrictedRooms } from "./spaces-store.ts";

/**
 * Whoever has joined a microDAO's space is a member of the microDAO, and whoever has left it, or was removed from it, is none
 * any more. Roles do not follow: owners and admins stay what they are, and power in the space gives no role.
 */
export async function followSpaceMembers(
  tx: Tx,
  microdaoId: string,
  { joined, left }: { readonly joined: readonly string[]; readonly left: readonly string[] },
): Promise<void> {
  await ensureMatrixUsers(tx, joined);
  const added = await addSpaceMembers(tx, microdaoId, joined);
  const removed = await removeSpaceMembers(tx, microdaoId, left);
  if (added.length + removed.length === 0) return;
  await audit(tx, {
    action: "microdao.members_followed",
    resourceKind: "microdao",
    resourceId: encodeId("md", microdaoId),
    microdaoId,
    data: { added: added.slice(0, 100), removed: removed.slice(0, 100), of: [added.length, removed.length] },
  });
}

/** The microDAO has another space now: which of its channels are open to its members is derived anew. */
export async function redescribeChannels(tx: Tx, microdaoId: string): Promise<void> {
  const roomIds = await selectRestrictedRooms(tx, microdaoId);
  if (roomIds.length === 0) return;
  const { rooms } = await runParts(tx.db, { rooms: lockRoomsPart(roomIds) });
  const batch: Batch = {
    rooms: new Map(rooms.map((room) => [room.roomId, room])),
    senders: new Map(),
    facts: [],
  };
  await settleState(tx, batch, [...batch.rooms.keys()]);
}
