import type { Tx } from "../../db/index.ts";
import { type Fact, recordTombstones } from "../../domain/messaging/index.ts";
import { followUpgradeJob } from "./jobs.ts";

/**
 * Has the tombstones among these facts followed, however they came: pushed, read back or found in a room's state. Only
 * the one in force counts, and each is asked for once. A command without a job queue leaves that to the next process
 * that has one.
 */
export async function noticeTombstones(
  tx: Tx,
  facts: readonly Fact[],
  { enqueue }: { enqueue: boolean },
): Promise<void> {
  const rooms = facts.flatMap((fact) =>
    fact.type === "state" && fact.stateType === "m.room.tombstone" ? [fact.roomId] : [],
  );
  if (rooms.length === 0) return;
  for (const { roomId, successorRoomId } of await recordTombstones(tx, [...new Set(rooms)])) {
    if (enqueue) tx.enqueue(followUpgradeJob, { roomId, successorRoomId });
  }
}
