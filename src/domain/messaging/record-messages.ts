import type { Tx } from "../../db/index.ts";
import { envelopeOf } from "../../kernel/events.ts";
import { encodeId, uuidOf } from "../../kernel/ids.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import type { Content, MessageFact } from "./facts.ts";
import { type InsertedMessages, insertMessages, type MessageRow } from "./messages-store.ts";
import type { MirroredRoom } from "./mirrored-rooms-store.ts";
import { actorOf, type Sender } from "./senders.ts";
import { confirmSends } from "./sends.ts";

/** Writes down messages; the echo of a message that an agent posted gets the id that the agent was given. */
export async function recordMessages(
  tx: Tx,
  batch: Batch,
  facts: readonly MessageFact[],
): Promise<InsertedMessages> {
  const ours = await ownSends(tx, batch, facts);
  return insertMessages(
    tx,
    facts.map((fact) => messageRow(batch, fact, ours.get(fact.eventId) ?? uuidOf(fact.ts, fact.eventId))),
  );
}

/** The ids that the database may hold text of a message under. */
export function storedContent(room: MirroredRoom, content: Content): Content {
  return room.confidential ? { kind: content.kind, preview: "", metadata: {} } : content;
}

export function orNull(metadata: Content["metadata"]): object | null {
  return Object.keys(metadata).length === 0 ? null : metadata;
}

async function ownSends(tx: Tx, batch: Batch, facts: readonly MessageFact[]): Promise<Map<string, string>> {
  const claims = facts.flatMap(({ eventId, roomId, sender, sendId }) =>
    sendId !== null && senderOf(batch, sender).isAgent ? [{ sendId, eventId, sender, roomId }] : [],
  );
  if (claims.length === 0) return new Map();
  const confirmed = await confirmSends(tx, claims);
  return new Map(confirmed.map(({ eventId, sendId }) => [eventId, sendId]));
}

function messageRow(batch: Batch, fact: MessageFact, id: string): MessageRow {
  const room = roomOf(batch, fact);
  const sender = senderOf(batch, fact.sender);
  const content = storedContent(room, fact.content);
  return {
    id,
    channel_id: room.channelId,
    event_id: fact.eventId,
    sender_user_id: sender.isAgent ? null : sender.id,
    sender_agent_id: sender.isAgent ? sender.id : null,
    kind: content.kind,
    preview: content.preview,
    created_at: new Date(fact.ts).toISOString(),
    metadata: orNull(content.metadata),
    thread_root: fact.threadRoot,
    reply_to: fact.replyTo,
    envelope: createdEnvelope(fact, { id, room, sender, content }),
  };
}

function createdEnvelope(
  fact: MessageFact,
  { id, room, sender, content }: { id: string; room: MirroredRoom; sender: Sender; content: Content },
): object {
  return envelopeOf({
    topic: "chat.message.created",
    key: fact.eventId,
    at: new Date(fact.ts),
    actor: actorOf(sender),
    microdaoId: encodeId("md", room.microdaoId),
    teamId: room.teamId,
    payload: {
      message_id: encodeId("m", id),
      channel_id: encodeId("c", room.channelId),
      matrix_event_id: fact.eventId,
      sender_matrix_id: fact.sender,
      kind: content.kind,
      preview: content.preview,
      reply_to_event_id: fact.replyTo,
      thread_root_event_id: fact.threadRoot,
    },
  });
}
