import type { Tx } from "../../db/index.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import type { EditFact, ReactionFact, RedactionFact } from "./facts.ts";
import { orNull, storedContent } from "./record-messages.ts";
import { insertRelations } from "./relations-store.ts";

export interface Relations {
  readonly edits: readonly EditFact[];
  readonly reactions: readonly ReactionFact[];
  readonly redactions: readonly RedactionFact[];
}

/** Writes down relations; gives those that were new. What they do to their targets is `settle`'s business. */
export async function recordRelations(tx: Tx, batch: Batch, facts: Relations): Promise<Relations> {
  const shared = (fact: EditFact | ReactionFact | RedactionFact) => ({
    event_id: fact.eventId,
    channel_id: roomOf(batch, fact).channelId,
    target: fact.target,
    sender_id: senderOf(batch, fact.sender).id,
    ts: fact.ts,
  });
  const inserted = new Set(
    await insertRelations(tx, {
      edits: facts.edits.map((fact) => {
        const content = storedContent(roomOf(batch, fact), fact.content);
        return {
          ...shared(fact),
          kind: content.kind,
          preview: content.preview,
          metadata: orNull(content.metadata),
        };
      }),
      reactions: facts.reactions.map((fact) => ({ ...shared(fact), key: fact.key })),
      redactions: facts.redactions.map(shared),
    }),
  );
  const isNew = ({ eventId }: { eventId: string }) => inserted.has(eventId);
  return {
    edits: facts.edits.filter(isNew),
    reactions: facts.reactions.filter(isNew),
    redactions: facts.redactions.filter(isNew),
  };
}
