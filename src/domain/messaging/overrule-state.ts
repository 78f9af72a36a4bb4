import { runParts, type Tx } from "../../db/index.ts";
import { openBatch } from "./batch.ts";
import type { Fact } from "./facts.ts";
import { type Contradiction, updateOverruled } from "./overrule-store.ts";
import { membersToDerive, tellMember } from "./record-members.ts";
import { settleState } from "./record-state.ts";

/**
 * Follows the homeserver where its state resolution came to another end than time does: an event that it knew, and that
 * is not the current one, is never the latest any more, unless it is named later. It stays a function of what is known:
 * of the events, and of what the homeserver said about them; an event that comes later beats all that is older, as
 * ever. `known` are facts of the room: its creation, and the events that the homeserver named.
 */
export async function overruleState(
  tx: Tx,
  { roomId, known, found }: { roomId: string; known: readonly Fact[]; found: readonly Contradiction[] },
): Promise<void> {
  const batch = await openBatch(tx, known);
  if (found.length === 0 || !batch.rooms.has(roomId)) return;
  await updateOverruled(tx, roomId, found);
  const isMember = ({ type }: Contradiction) => type === "m.room.member";
  if (!found.every(isMember)) await settleState(tx, batch, [roomId]);
  const members = found.filter(isMember).map(({ stateKey }) => ({ roomId, userId: stateKey }));
  if (members.length === 0) return;
  const { changed } = await runParts(tx.db, { changed: membersToDerive(batch, members) });
  for (const change of changed) tellMember(tx, batch, change);
}
