import { runParts, type Tx } from "../../db/index.ts";
import type { DomainEvent, Topic } from "../../kernel/events.ts";
import { encodeId } from "../../kernel/ids.ts";
import { clearProfiles, profilesPart } from "../tenancy/index.ts";
import { type Batch, isEncryption, roomOf, roomOfChannel, senderOf } from "./batch.ts";
import { type AppliedReaction, editsPart, type RevisedMessage, reactionsPart } from "./edits-store.ts";
import { keepNothingSince } from "./empty-words.ts";
import type { MemberFact, MessageFact, PollFact, StateFact } from "./facts.ts";
import { unpinMessages } from "./followups.ts";
import { listeningPart } from "./listening-store.ts";
import type { ChangedMember } from "./members-store.ts";
import type { VotedPoll } from "./polls-store.ts";
import { membersToDerive, profilesToRecord, tellMember } from "./record-members.ts";
import type { Relations } from "./record-relations.ts";
import { settleState } from "./record-state.ts";
import {
  applyRedactions,
  type InsertedRelations,
  nothingRedacted,
  type RedactionEffects,
} from "./relations-store.ts";
import { actorOf, resolveSenders } from "./senders.ts";
import { toldReactionId } from "./told-reaction.ts";
import { withdrawnPart } from "./withdrawn-store.ts";

/** What a batch brought that was not known before. */
export interface Fresh {
  readonly messages: readonly MessageFact[];
  /** New messages that reply to an agent's: Matrix event ids. */
  readonly answers: readonly string[];
  readonly relations: Relations;
  readonly polls: readonly PollFact[];
  readonly members: readonly MemberFact[];
  readonly state: readonly StateFact[];
  /** New reactions whose messages were there before. */
  readonly applied: InsertedRelations["applied"];
  /** Polls that were there before, and that were voted in now. */
  readonly voted: readonly VotedPoll[];
  /** New events that something had been waiting for. */
  readonly awaited: readonly string[];
}

/**
 * Derives everything that follows from a batch, after all of it is written: redactions reach their targets, channel
 * columns are computed anew, then edits and reactions reach their targets and memberships are derived. Each step looks at
 * the set of what is stored, not at what came last; that is why the order of arrival does not matter. Gives
 * which messages that were deleted agents had been asked by.
 */
export async function settle(tx: Tx, batch: Batch, fresh: Fresh): Promise<readonly string[]> {
  const { redactions } = fresh.relations;
  // A redaction of this batch may reach what is stored, one that was stored may reach what is new here.
  const toRedact = unique([...redactions.map(targetOf), ...fresh.awaited]);
  const redacted = toRedact.length === 0 ? nothingRedacted : await settleRedactions(tx, toRedact, batch);
  const stateRooms = [...fresh.state.map(({ roomId }) => roomId), ...redacted.stateRooms];
  await settleState(tx, batch, unique(stateRooms.filter((roomId) => batch.rooms.has(roomId))));
  await keepNothingSince(
    tx,
    fresh.state
      .filter(isEncryption)
      .map((fact) => ({ channelId: roomOf(batch, fact).channelId, ts: fact.ts })),
  );
  await clearProfiles(tx, redacted.memberEvents.map(eventIdOf));
  return deriveTheRest(tx, await withMembers(tx, batch, redacted.memberEvents), fresh, redacted);
}

/** What does not depend on each other, in one statement. Gives what `settle` does. */
async function deriveTheRest(
  tx: Tx,
  batch: Batch,
  fresh: Fresh,
  redacted: RedactionEffects,
): Promise<readonly string[]> {
  const { edits } = fresh.relations;
  const toEdit = unique([...edits.map(targetOf), ...fresh.awaited, ...redacted.edits.map(targetOf)]);
  tellApplied(tx, batch, fresh, redacted);
  tellVoted(tx, batch, "came", fresh.voted);
  tellVoted(tx, batch, "taken back", redacted.polls);
  // Only reactions that came before their messages are parked.
  const toReact = unique(fresh.awaited);
  const members = [...fresh.members, ...redacted.memberEvents].filter(({ roomId }) =>
    batch.rooms.has(roomId),
  );
  const profiles = profilesToRecord(batch, fresh.members, new Set(redacted.memberEvents.map(eventIdOf)));
  const done = await runParts(tx.db, {
    ...(toEdit.length > 0 && { edits: editsPart(toEdit) }),
    ...(toReact.length > 0 && { reactions: reactionsPart(toReact) }),
    ...(members.length > 0 && { members: membersToDerive(batch, members) }),
    ...(profiles.length > 0 && { profiles: profilesPart(profiles) }),
    ...(redacted.messages.length > 0 && { withdrawn: withdrawnPart(redacted.messages.map(eventIdOf)) }),
  });
  tellDerived(tx, batch, done);
  return done.withdrawn ?? [];
}

interface Derived {
  readonly edits?: readonly RevisedMessage[];
  readonly reactions?: readonly AppliedReaction[];
  readonly members?: readonly ChangedMember[];
}

function tellDerived(tx: Tx, batch: Batch, { edits, reactions, members }: Derived): void {
  edits?.forEach((message) => tellUpdated(tx, batch, message));
  reactions?.forEach((reaction) => tellReaction(tx, batch, reaction));
  members?.forEach((change) => tellMember(tx, batch, change));
  listenAnew(tx, members ?? []);
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

async function settleRedactions(tx: Tx, targets: readonly string[], batch: Batch): Promise<RedactionEffects> {
  const effects = await applyRedactions(tx, targets);
  const { messages, edits, reactions, stateChannels, unpinned } = effects;
  if (unpinned.length > 0) await unpinMessages(tx, unpinned);
  for (const message of messages) {
    tellMessage(tx, batch, "chat.message.deleted", {
      ...message,
      key: message.eventId,
      payload: { redaction_event_id: message.redactionId },
    });
  }
  if (messages.length + edits.length + reactions.length + stateChannels.length > 0) {
    const createdIds = messages.map(({ id }) => encodeId("evt", id));
    tx.blank({
      createdIds,
      messages: messages.map(eventIdOf),
      edits,
      reactionIds: reactions.map(toldReactionId),
      channels: stateChannels,
    });
  }
  return effects;
}

function tellUpdated(tx: Tx, batch: Batch, message: RevisedMessage): void {
  tellMessage(tx, batch, "chat.message.updated", {
    ...message,
    // An edit can be shown, taken back and shown again: each time is news.
    key: `${message.eventId}\n${message.editEventId ?? ""}\n${tx.now.getTime()}`,
    about: message.eventId,
    payload: { edit_event_id: message.editEventId, kind: message.kind, preview: message.preview },
  });
}

/** Tells of reactions to messages that were there before, unless they have been taken back already. */
function tellApplied(tx: Tx, batch: Batch, { relations, applied }: Fresh, redacted: RedactionEffects): void {
  const found = new Map(applied.map((reaction) => [reaction.eventId, reaction]));
  const takenBack = new Set(redacted.reactions.filter((gone) => gone.takenBack).map(eventIdOf));
  const emptied = new Set(redacted.reactions.map(eventIdOf));
  for (const reaction of relations.reactions) {
    const known = found.get(reaction.eventId);
    if (known === undefined) continue;
    const { id: senderId, isAgent: senderIsAgent } = senderOf(batch, reaction.sender);
    tellReaction(tx, batch, {
      ...reaction,
      messageId: known.messageId,
      key: emptied.has(reaction.eventId) ? "" : known.key,
      channelId: roomOf(batch, reaction).channelId,
      senderId,
      senderIsAgent,
      redacted: takenBack.has(reaction.eventId),
    });
  }
}

function tellReaction(tx: Tx, batch: Batch, reaction: AppliedReaction): void {
  if (reaction.redacted) return;
  tellMessage(tx, batch, "chat.reaction.added", {
    ...reaction,
    id: reaction.messageId,
    eventId: reaction.target,
    key: reaction.eventId,
    payload: { reaction_event_id: reaction.eventId, key: reaction.key },
  });
}

/** Who watches a poll reads it anew, so it is told once of all that the transaction brought. */
function tellVoted(tx: Tx, batch: Batch, what: string, polls: readonly VotedPoll[]): void {
  for (const { eventId, id, channelId, voteEventId } of new Map(
    polls.map((poll) => [poll.eventId, poll]),
  ).values()) {
    const room = roomOfChannel(batch, channelId);
    tx.emit({
      topic: "chat.poll.voted",
      key: `${eventId}\n${voteEventId} ${what}`,
      about: eventId,
      at: tx.now,
      actor: tx.actor,
      microdaoId: encodeId("md", room.microdaoId),
      teamId: room.teamId,
      payload: {
        message_id: encodeId("m", id),
        channel_id: encodeId("c", channelId),
        matrix_event_id: eventId,
      },
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
    actor: actorOf({ id: news.senderId, isAgent: news.senderIsAgent }),
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

/** Who is in a channel decides, too, whether agents listen there. */
function listenAnew(tx: Tx, changes: readonly { readonly channelId: string }[]): void {
  const channelIds = unique(changes.map(({ channelId }) => channelId));
  if (channelIds.length > 0) tx.finally("listening", listeningPart(channelIds));
}
