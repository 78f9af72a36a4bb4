import type { Tx } from "../../db/index.ts";
import type { Fact, Recorded } from "./facts.ts";
import { deleteEventRows } from "./rebuild-store.ts";
import { recordFacts } from "./record-facts.ts";
import { lockLinkedRoom } from "./rooms-store.ts";

/**
 * Makes the rows of these events anew, as if they had never been seen: in one transaction they go and come again, so
 * nobody sees them missing. Ids stay what they are, and nobody is told a second time. Undefined when the room is not mirrored.
 */
export async function rebuildEvents(
  tx: Tx,
  roomId: string,
  facts: readonly Fact[],
): Promise<Recorded | undefined> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.channelId == null || !room.mirrored) return undefined;
  const { channelId } = room;
  const whole = facts.filter((fact) => !isRedacted(fact)).map(({ eventId }) => eventId);
  await deleteEventRows(tx, { roomId, channelId }, whole);
  return recordFacts({ ...tx, emit: () => undefined }, facts);
}

/** Takes rows of events out for good: the homeserver has them no longer. */
export async function dropEvents(tx: Tx, roomId: string, eventIds: readonly string[]): Promise<void> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.channelId == null) return;
  await deleteEventRows(tx, { roomId, channelId: room.channelId }, eventIds);
}

function isRedacted(fact: Fact): boolean {
  if (fact.type === "message") return fact.content.kind === "redacted";
  return (fact.type === "member" || fact.type === "state") && fact.redacted;
}
