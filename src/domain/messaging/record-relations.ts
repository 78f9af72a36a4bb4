import type { StatementPart } from "../../db/index.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import type { EditFact, ReactionFact, RedactionFact } from "./facts.ts";
import { orAbsent, storedContent } from "./record-messages.ts";
import { type InsertedRelations, relationsPart } from "./relations-store.ts";

export interface Relations {
  readonly edits: readonly EditFact[];
  readonly reactions: readonly ReactionFact[];
  readonly redactions: readonly RedactionFact[];
}

/** Prepares the writing of relations. What they do to their targets is `settle`'s business. */
export function relationsToRecord(batch: Batch, facts: Relations): StatementPart<InsertedRelations> {
  const shared = (fact: EditFact | ReactionFact | RedactionFact) => ({
    event_id: fact.eventId,
    channel_id: roomOf(batch, fact).channelId,
    target: fact.target,
    sender_id: senderOf(batch, fact.sender).id,
    ts: fact.ts,
  });
  return relationsPart({
    edits: facts.edits.map((fact) => {
      const { kind, preview, metadata } = storedContent(roomOf(batch, fact), fact.content);
      return { ...shared(fact), kind, preview, metadata: orAbsent(metadata) };
    }),
    reactions: facts.reactions.map((fact) => ({ ...shared(fact), key: fact.key })),
    redactions: facts.redactions.map(shared),
  });
}
