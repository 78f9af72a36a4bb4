import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { encodeId, uuidOf } from "../../kernel/ids.ts";
import { type Batch, roomOf, senderOf } from "./batch.ts";
import {
  type Content,
  type EditFact,
  type Fact,
  type MessageFact,
  only,
  type ReactionFact,
  type RedactionFact,
} from "./facts.ts";
import { isKept } from "./kept-words.ts";
import type { MessageRow, MessageRows } from "./messages-store.ts";
import { confirmSends } from "./sends.ts";

/** What of their rows follows from messages alone. */
export type Drafts = ReadonlyMap<Fact, Pick<MessageRow, "id" | "suffix" | "event_id" | "at">>;

/** Asks nothing of the database, so it can be done while that looks for rooms and people. */
export function draftMessages(facts: readonly Fact[]): Drafts {
  const drafts = only(facts, "message").map((fact) => {
    const at = new Date(fact.ts).toISOString();
    return [fact, { ...idsOf(uuidOf(fact.ts, fact.eventId)), event_id: fact.eventId, at }] as const;
  });
  return new Map(drafts);
}

/**
 * The rows of messages. `ours`: uuids by event id; the echo of a message that an agent posted keeps the id that
 * the agent was given.
 */
export function messagesToRecord(
  batch: Batch,
  facts: readonly MessageFact[],
  { drafts, ours }: { readonly drafts: Drafts; readonly ours: ReadonlyMap<string, string> },
): MessageRows {
  const rooms = placesOf(facts.map(({ roomId }) => roomId));
  const senders = placesOf(facts.map(({ sender }) => sender));
  const redacted = redactedHere(batch);
  const messages = facts.map((fact) => {
    const draft = drafts.get(fact);
    if (draft === undefined) throw bug("a message was not drafted");
    const sent = ours.get(fact.eventId);
    const isGone = redacted.has(`${fact.roomId}\n${fact.eventId}`);
    return {
      ...draft,
      ...(sent !== undefined && idsOf(sent)),
      room: placeOf(rooms, fact.roomId),
      sender: placeOf(senders, fact.sender),
      ...storedMessage(batch, fact, isGone),
    };
  });
  return {
    rooms: sharedRooms(batch, rooms.keys()),
    senders: sharedSenders(batch, senders.keys()),
    messages,
  };
}

/** What the database may hold of a message's content, or of an edit's. */
export function storedContent(batch: Batch, fact: MessageFact | EditFact): Content {
  const { content } = fact;
  const kept = isKept(roomOf(batch, fact), senderOf(batch, fact.sender), fact.ts);
  return kept ? content : { kind: content.kind, preview: "", metadata: {} };
}

export function orAbsent(metadata: Content["metadata"]): object | undefined {
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

function idsOf(uuid: string): Pick<MessageRow, "id" | "suffix"> {
  return { id: uuid, suffix: encodeId("m", uuid).slice(2) };
}

type StoredMessage = Pick<MessageRow, "kind" | "preview" | "metadata" | "thread_root" | "reply_to">;

function storedMessage(batch: Batch, fact: MessageFact, isGone: boolean): StoredMessage {
  if (isGone) return { kind: "redacted", preview: "" };
  const { kind, preview, metadata } = storedContent(batch, fact);
  return {
    kind,
    preview,
    metadata: orAbsent(metadata),
    thread_root: fact.threadRoot ?? undefined,
    reply_to: fact.replyTo ?? undefined,
  };
}

/** Events whose redaction is in the same batch: room and event id. */
export function redactedHere(batch: Batch): Set<string> {
  return new Set(only(batch.facts, "redaction").map(({ roomId, target }) => `${roomId}\n${target}`));
}

function sharedRooms(batch: Batch, roomIds: Iterable<string>) {
  return Array.from(roomIds, (roomId) => {
    const { channelId, microdaoId, teamId } = roomOf(batch, { roomId });
    return {
      channel_id: channelId,
      room_id: roomId,
      told: {
        payload: { channel_id: encodeId("c", channelId) },
        meta: { microdao_id: encodeId("md", microdaoId), team_id: teamId },
      },
    };
  });
}

function sharedSenders(batch: Batch, matrixIds: Iterable<string>) {
  return Array.from(matrixIds, (matrixId) => {
    const sender = senderOf(batch, matrixId);
    return sender.isAgent ? { agent_id: sender.id } : { user_id: sender.id };
  });
}

/**
 * Closes the rows whose events these are, as far as the batch's agents sent them. Gives the uuids of the rows by event id.
 */
export async function ownSends(
  tx: Tx,
  batch: Batch,
  facts: readonly (MessageFact | EditFact | ReactionFact | RedactionFact)[],
): Promise<Map<string, string>> {
  const claims = facts.flatMap(({ eventId, roomId, sender, sendId = null }) =>
    senderOf(batch, sender).isAgent ? [{ sendId, eventId, sender, roomId }] : [],
  );
  if (claims.length === 0) return new Map();
  const confirmed = await confirmSends(tx, claims);
  return new Map(confirmed.map(({ eventId, sendId }) => [eventId, sendId]));
}

/** Each of them once, with its place in the order in which they first come. */
function placesOf(keys: readonly string[]): Map<string, number> {
  return new Map([...new Set(keys)].map((key, place) => [key, place]));
}

function placeOf(places: ReadonlyMap<string, number>, key: string): number {
  const place = places.get(key);
  if (place === undefined) throw bug("a message refers to a room or a sender that is not in its piece");
  return place;
}
