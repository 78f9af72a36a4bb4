import type { Tx } from "../../db/index.ts";
import {
  knownReactionKeys,
  plainReactionKey,
  type ReactionFact,
  type RecordedRoom,
  reactionJob,
} from "../../domain/messaging/index.ts";
import { selectReactionKeys } from "./triggers-store.ts";

/**
 * Asks for what fresh reactions of people mean, if anybody cares for their keys: a few that mean the same everywhere, and
 * those that a channel's settings name.
 */
export async function dispatchReactions(
  tx: Tx,
  reactions: readonly ReactionFact[],
  rooms: ReadonlyMap<string, RecordedRoom>,
): Promise<void> {
  const placed = reactions.flatMap((fact) => {
    const room = rooms.get(fact.roomId);
    return room === undefined ? [] : [{ fact, room, key: plainReactionKey(fact.key) }];
  });
  const strange = placed.filter(({ room, key }) => room.listenedTo && !knownReactionKeys.has(key));
  const configured =
    strange.length === 0
      ? new Set<string>()
      : await selectReactionKeys(
          tx,
          strange.map(({ room, key }) => ({ channelId: room.channelId, key })),
        );
  for (const { fact, room, key } of placed) {
    if (!knownReactionKeys.has(key) && !configured.has(`${room.channelId} ${key}`)) continue;
    const { roomId, eventId, target, sender } = fact;
    const { channelId } = room;
    tx.enqueue(reactionJob, {
      roomId,
      channelId,
      reactionEventId: eventId,
      targetEventId: target,
      key,
      sender,
    });
  }
}

/** Whether a reaction's key could be one that somebody cares for. */
export function mayMeanSomething(
  { roomId, key }: ReactionFact,
  rooms: ReadonlyMap<string, RecordedRoom>,
): boolean {
  return knownReactionKeys.has(plainReactionKey(key)) || rooms.get(roomId)?.listenedTo === true;
}
