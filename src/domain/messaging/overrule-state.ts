import { runParts, type Tx } from "../../db/index.ts";
import { openBatch } from "./batch.ts";
import type { Fact } from "./facts.ts";
import { type Contradiction, updateOverruled } from "./overrule-store.ts";
import { updateDetached } from "./presence-store.ts";
import { membersToDerive, tellMember } from "./record-members.ts";
import { settleState } from "./record-state.ts";
import { resolveSenders } from "./senders.ts";

/**
 * Follows the homeserver where its state resolution came to another end than time does: an event that it knew, and that
 * is not the current one, is never the latest any more, unless it is named later. It stays a function of what is known:
 * of the events, and of what the homeserver said about them; an event that comes later beats all that is older, as
 * ever. Whoever has no membership there any more is not in the room. `known` are facts of the room: its creation, and the
 * events that the homeserver named.
 */
export async function overruleState(
  tx: Tx,
  { roomId, known, found }: { roomId: string; known: readonly Fact[]; found: readonly Contradiction[] },
): Promise<void> {
  const { batch: opened } = await openBatch(tx, known);
  if (found.length === 0 || !opened.rooms.has(roomId)) return;
  await updateOverruled(tx, roomId, found);
  const isMember = ({ type }: Contradiction) => type === "m.room.member";
  if (!found.every(isMember)) await settleState(tx, opened, [roomId]);
  const userIds = found.filter(isMember).map(({ stateKey }) => stateKey);
  if (userIds.length === 0) return;
  const batch = { ...opened, senders: await resolveSenders(tx, userIds) };
  const members = userIds.map((userId) => ({ roomId, userId }));
  const { changed } = await runParts(tx.db, { changed: membersToDerive(batch, members) });
  // What the event says was told when it came; this is news of today.
  for (const change of changed) tellMember(tx, batch, { ...change, ts: tx.now.getTime() });
  if (changed.some(({ isAgent }) => isAgent)) await updateDetached(tx, [roomId]);
}
