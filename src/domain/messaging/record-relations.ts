import type { StatementPart } from "../../db/index.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import type { EditFact, ReactionFact, RedactionFact } from "./facts.ts";
import { isKept } from "./kept-words.ts";
import { orAbsent, storedContent } from "./record-messages.ts";
import { type InsertedRelations, relationsPart } from "./relations-store.ts";

export interface Relations {
  readonly edits: readonly EditFact[];
  readonly reactions: readonly ReactionFact[];
  readonly redactions: readonly RedactionFact[];
}

export const noRelations: Relations = { edits: [], reactions: [], redactions: [] };

/** Prepares the writing of relations. What they do to their targets is `settle`'s business. */
export function relationsToRecord(batch: Batch, facts: Relations): StatementPart<InsertedRelations> {
  const shared = (fact: EditFact | ReactionFact | RedactionFact) => ({
    event_id: fact.eventId,
    channel_id: roomOf(batch, fact).channelId,
    room_id: fact.roomId,
    target: fact.target,
    sender_id: senderOf(batch, fact.sender).id,
    ts: fact.ts,
  });
  return relationsPart({
    edits: facts.edits.map((fact) => {
      const { kind, preview, metadata } = storedContent(batch, fact);
      return { ...shared(fact), ...spanOf(batch, fact), kind, preview, metadata: orAbsent(metadata) };
    }),
    reactions: facts.reactions.map((fact) => ({
      ...shared(fact),
      ...spanOf(batch, fact),
      key: isKept(roomOf(batch, fact), senderOf(batch, fact.sender), fact.ts) ? fact.key : "",
    })),
    redactions: facts.redactions.map(shared),
  });
}

/** When a message of the channel must have been said for its edits and reactions to keep their text; mostly absent. */
function spanOf(batch: Batch, fact: EditFact | ReactionFact): { kept_from?: string; kept_until?: string } {
  const { keptFrom, encryptedSince } = roomOf(batch, fact);
  return {
    ...(keptFrom !== null && { kept_from: new Date(keptFrom).toISOString() }),
    ...(encryptedSince !== null && { kept_until: new Date(encryptedSince).toISOString() }),
  };
}
