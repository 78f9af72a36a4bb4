import type { StatementPart } from "../../db/index.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import type { PollFact } from "./facts.ts";
import { isKept } from "./kept-words.ts";
import { type InsertedPolls, pollsPart } from "./polls-store.ts";

/** Prepares the writing of responses to polls and of their ends. Nothing is derived from them here: see `poll-view.ts`. */
export function pollsToRecord(batch: Batch, facts: readonly PollFact[]): StatementPart<InsertedPolls> {
  return pollsPart(
    facts.map((fact) => {
      const room = roomOf(batch, fact);
      return {
        event_id: fact.eventId,
        channel_id: room.channelId,
        room_id: fact.roomId,
        poll: fact.target,
        type: fact.kind,
        sender_id: senderOf(batch, fact.sender).id,
        sender: fact.sender,
        ts: fact.ts,
        // Ids of answers may be words.
        answers: isKept(room, senderOf(batch, fact.sender), fact.ts) ? fact.answers : [],
      };
    }),
  );
}
