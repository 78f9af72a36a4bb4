import { blankPreviews, type Tx } from "../../db/index.ts";
import { type DomainEvent, eventId, type Topic } from "../../kernel/events.ts";
import { encodeId } from "../../kernel/ids.ts";
import { clearProfiles } from "../tenancy/index.ts";
import { type Batch, roomOfChannel } from "./batch.ts";
import { applyEdits, applyReactions } from "./edits-store.ts";
import type { MemberFact, StateFact } from "./facts.ts";
import { settleMembers } from "./record-members.ts";
import type { Relations } from "./record-relations.ts";
import { settleState } from "./record-state.ts";
import { applyRedactions, type RedactionEffects } from "./relations-store.ts";
import { actorOf, resolveSenders } from "./senders.ts";

/** What a batch brought that was not known before. */
export interface Fresh {
  readonly relations: Relations;
  readonly members: readonly MemberFact[];
  readonly state: readonly StateFact[];
  /** New messages that something had been waiting for. */
  readonly awaited: readonly string[];
}

/**
 * Derives everything that follows from a batch, after all of it is written: redactions reach their targets, edits and
 * reactions theirs, members and channel columns are computed anew. Each step looks at the set of what is stored, not at
 * what came last; that is why the order of arrival does not matter.
 */
export async function settle(tx: Tx, batch: Batch, fresh: Fresh): Promise<void> {
  const { edits, reactions } = fresh.relations;
  const redacted = await settleRedactions(tx, batch, fresh);
  const touchedByEdits = unique([...edits.map(targetOf), ...fresh.awaited, ...redacted.edits.map(targetOf)]);
  if (touchedByEdits.length > 0) await settleEdits(tx, batch, touchedByEdits);
  const touchedByReactions = unique([...reactions.map(targetOf), ...fresh.awaited]);
  if (touchedByReactions.length > 0) await settleReactions(tx, batch, touchedByReactions);
  await clearProfiles(tx, redacted.memberEvents.map(eventIdOf));
  const stateRooms = [...fresh.state.map(({ roomId }) => roomId), ...redacted.stateRooms];
  await settleState(tx, batch, unique(stateRooms.filter((roomId) => batch.rooms.has(roomId))));
  await settleMembers(tx, await withMembers(tx, batch, redacted.memberEvents), [
    ...fresh.members,
    ...redacted.memberEvents.filter(({ roomId }) => batch.rooms.has(roomId)),
  ]);
}

/** The batch, with the people whose earlier membership events were redacted just now. */
async function withMembers(tx: Tx, batch: Batch, events: RedactionEffects["memberEvents"]): Promise<Batch> {
  if (events.length === 0) return batch;
  const people = await resolveSenders(
    tx,
    events.map(({ userId }) => userId),
  );
  return { ...batch, senders: new Map([...batch.senders, ...people]) };
}

const nothing: RedactionEffects = { messages: [], edits: [], stateRooms: [], memberEvents: [] };

async function settleRedactions(tx: Tx, batch: Batch, fresh: Fresh): Promise<RedactionEffects> {
  const { edits, reactions, redactions } = fresh.relations;
  // Whatever is new may be what a parked redaction was waiting for.
  const targets = unique([
    ...redactions.map(targetOf),
    ...fresh.awaited,
    ...[...edits, ...reactions, ...fresh.members, ...fresh.state].map(eventIdOf),
  ]);
  if (targets.length === 0) return nothing;
  const effects = await applyRedactions(tx, targets);
  await blankOutbox(tx, effects);
  for (const message of effects.messages) {
    tellMessage(tx, batch, "chat.message.deleted", {
      ...message,
      key: message.eventId,
      payload: { redaction_event_id: message.redactionId },
    });
  }
  return effects;
}

async function blankOutbox(tx: Tx, { messages, edits }: RedactionEffects): Promise<void> {
  if (messages.length + edits.length === 0) return;
  await blankPreviews(tx.db, {
    createdIds: messages.map(({ eventId: key, createdTs }) =>
      eventId({ topic: "chat.message.created", key, at: new Date(createdTs) }),
    ),
    messages: messages.map(eventIdOf),
    edits,
  });
}

async function settleEdits(tx: Tx, batch: Batch, targets: readonly string[]): Promise<void> {
  for (const message of await applyEdits(tx, targets)) {
    tellMessage(tx, batch, "chat.message.updated", {
      ...message,
      // An edit can be shown, taken back and shown again: each time is news.
      key: `${message.eventId}\n${message.editEventId ?? ""}\n${tx.now.getTime()}`,
      about: message.eventId,
      payload: { edit_event_id: message.editEventId, kind: message.kind, preview: message.preview },
    });
  }
}

async function settleReactions(tx: Tx, batch: Batch, targets: readonly string[]): Promise<void> {
  for (const reaction of await applyReactions(tx, targets)) {
    if (reaction.redacted) continue;
    tellMessage(tx, batch, "chat.reaction.added", {
      ...reaction,
      id: reaction.messageId,
      key: reaction.eventId,
      payload: { reaction_event_id: reaction.eventId, key: reaction.key },
    });
  }
}

interface MessageNews {
  readonly id: string;
  readonly eventId: string;
  readonly channelId: string;
  readonly senderId: string;
  readonly senderIsAgent: boolean;
  readonly ts: number;
  readonly key: string;
  readonly about?: string;
  readonly payload: DomainEvent["payload"];
}

function tellMessage(tx: Tx, batch: Batch, topic: Topic, news: MessageNews): void {
  const room = roomOfChannel(batch, news.channelId);
  tx.emit({
    topic,
    key: news.key,
    about: news.about ?? news.key,
    at: new Date(news.ts),
    actor: actorOf({ matrixId: "", id: news.senderId, isAgent: news.senderIsAgent }),
    microdaoId: encodeId("md", room.microdaoId),
    teamId: room.teamId,
    payload: {
      message_id: encodeId("m", news.id),
      channel_id: encodeId("c", news.channelId),
      matrix_event_id: news.eventId,
      ...news.payload,
    },
  });
}

function targetOf({ target }: { target: string }): string {
  return target;
}

function eventIdOf({ eventId }: { eventId: string }): string {
  return eventId;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
