import { runParts, type Tx } from "../../db/index.ts";
import type { DomainEvent, Topic } from "../../kernel/events.ts";
import { encodeId } from "../../kernel/ids.ts";
import { clearProfiles, type Profile, profilesPart } from "../tenancy/index.ts";
import { type Batch, isEncryption, roomOf, roomOfChannel, senderOf } from "./batch.ts";
import { type AppliedReaction, editsPart, type RevisedMessage, reactionsPart } from "./edits-store.ts";
import { keepNothingSince } from "./empty-words.ts";
import type { MemberFact, MessageFact, PollFact, StateFact } from "./facts.ts";
import { unpinMessages } from "./followups.ts";
import { listeningPart } from "./listening-store.ts";
import type { ChangedMember } from "./members-store.ts";
import type { VotedPoll } from "./polls-store.ts";
import { membersToDerive, profilesToRecord, tellMember } from "./record-members.ts";
import { redactedHere } from "./record-messages.ts";
import { noRelations, type Relations } from "./record-relations.ts";
import { settleState } from "./record-state.ts";
import {
  applyRedactions,
  bothOf,
  type InsertedRelations,
  nothingRedacted,
  type RedactionEffects,
} from "./relations-store.ts";
import { actorOf, resolveSenders } from "./senders.ts";

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

/** What was derived ahead: see `settleAhead`. */
export interface SettledAhead {
  readonly redacted: RedactionEffects;
  readonly derived: Derived;
}

/**
 * Sends, right behind the writing of a batch without state, what nearly always follows from it, so that the database goes on
 * while nobody has heard yet what of the batch was new. To derive anew what was known changes nothing. State has to be
 * settled first: what a channel is decides what may be shown in it.
 */
export async function settleAhead(
  tx: Tx,
  batch: Batch,
  { relations: { edits, redactions }, members }: Pick<Fresh, "relations" | "members">,
): Promise<SettledAhead> {
  const gone = redactedHere(batch);
  const goneMembers = members.filter(({ roomId, eventId }) => gone.has(`${roomId}\n${eventId}`));
  const [redacted, derived] = await Promise.all([
    redactions.length === 0 ? nothingRedacted : applyRedactions(tx, unique(redactions.map(targetOf))),
    derive(tx, batch, {
      edited: edits.map(targetOf),
      awaited: [],
      members,
      profiles: profilesToRecord(batch, members, new Set(goneMembers.map(eventIdOf))),
    }),
  ]);
  return { redacted, derived };
}

/**
 * Derives everything that follows from a batch, after all of it is written: redactions reach their targets, channel
 * columns are computed anew, then edits and reactions reach their targets and memberships are derived. Each step looks at
 * the set of what is stored, not at what came last; that is why the order of arrival does not matter. What was derived
 * `ahead` is left out. Gives which messages that were deleted agents had been asked by.
 */
export async function settle(
  tx: Tx,
  batch: Batch,
  fresh: Fresh,
  ahead: SettledAhead | undefined,
): Promise<readonly string[]> {
  const open = ahead === undefined ? fresh : { relations: noRelations, members: [] };
  // A redaction of this batch may reach what is stored, one that was stored may reach what is new here.
  const toRedact = unique([...open.relations.redactions.map(targetOf), ...fresh.awaited]);
  const reached = toRedact.length === 0 ? nothingRedacted : await applyRedactions(tx, toRedact);
  const redacted = bothOf(ahead?.redacted ?? nothingRedacted, reached);
  if (redacted.unpinned.length > 0) await unpinMessages(tx, redacted.unpinned);
  tellRedacted(tx, batch, redacted);
  const stateRooms = [...fresh.state.map(({ roomId }) => roomId), ...redacted.stateRooms];
  await settleState(tx, batch, unique(stateRooms.filter((roomId) => batch.rooms.has(roomId))));
  await keepNothingSince(
    tx,
    fresh.state
      .filter(isEncryption)
      .map((fact) => ({ channelId: roomOf(batch, fact).channelId, ts: fact.ts })),
  );
  await clearProfiles(tx, redacted.memberEvents.map(eventIdOf));
  const everybody = await withMembers(tx, batch, redacted.memberEvents);
  const derived = await derive(tx, everybody, {
    edited: [...open.relations.edits, ...redacted.edits].map(targetOf),
    awaited: fresh.awaited,
    members: [...open.members, ...redacted.memberEvents].filter(({ roomId }) => batch.rooms.has(roomId)),
    profiles: profilesToRecord(batch, open.members, new Set(redacted.memberEvents.map(eventIdOf))),
  });
  tellApplied(tx, batch, fresh, redacted);
  tellVoted(tx, batch, "came", fresh.voted);
  tellVoted(tx, batch, "taken back", redacted.polls);
  tellDerived(tx, everybody, [ahead?.derived ?? {}, derived]);
  return redacted.withdrawn;
}

interface ToDerive {
  /** Matrix event ids of messages whose edits changed. */
  readonly edited: readonly string[];
  /** Events that edits or reactions had been waiting for: only what came before its message is parked. */
  readonly awaited: readonly string[];
  readonly members: readonly { readonly roomId: string; readonly userId: string }[];
  readonly profiles: readonly Profile[];
}

/** What does not depend on each other, in one statement. */
async function derive(
  tx: Tx,
  batch: Batch,
  { edited, awaited, members, profiles }: ToDerive,
): Promise<Derived> {
  const toEdit = unique([...edited, ...awaited]);
  return runParts(tx.db, {
    ...(toEdit.length > 0 && { edits: editsPart(toEdit) }),
    ...(awaited.length > 0 && { reactions: reactionsPart(unique(awaited)) }),
    ...(members.length > 0 && { members: membersToDerive(batch, members) }),
    ...(profiles.length > 0 && { profiles: profilesPart(profiles) }),
  });
}

interface Derived {
  readonly edits?: readonly RevisedMessage[];
  readonly reactions?: readonly AppliedReaction[];
  readonly members?: readonly ChangedMember[];
}

function tellDerived(tx: Tx, batch: Batch, derived: readonly Derived[]): void {
  for (const { edits, reactions, members } of derived) {
    edits?.forEach((message) => tellUpdated(tx, batch, message));
    reactions?.forEach((reaction) => tellReaction(tx, batch, reaction));
    members?.forEach((change) => tellMember(tx, batch, change));
  }
  // Once for all of them: of two such parts of a transaction the last would stand alone.
  listenAnew(
    tx,
    derived.flatMap(({ members = [] }) => members),
  );
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

/** Tells what was deleted, and takes out of what was told of channels what may not be told any more. */
function tellRedacted(tx: Tx, batch: Batch, { messages, stateChannels }: RedactionEffects): void {
  for (const message of messages) {
    tellMessage(tx, batch, "chat.message.deleted", {
      ...message,
      key: message.eventId,
      payload: { redaction_event_id: message.redactionId },
    });
  }
  tx.blank(stateChannels);
}

function tellUpdated(tx: Tx, batch: Batch, message: RevisedMessage): void {
  tellMessage(tx, batch, "chat.message.updated", {
    ...message,
    // An edit can be shown, taken back and shown again: each time is news.
    key: `${message.eventId}\n${message.editEventId ?? ""}\n${tx.now.getTime()}`,
    about: message.eventId,
    payload: { edit_event_id: message.editEventId },
  });
}

/** Tells of reactions to messages that were there before, unless they have been taken back already. */
function tellApplied(tx: Tx, batch: Batch, { relations, applied }: Fresh, redacted: RedactionEffects): void {
  const found = new Map(applied.map((reaction) => [reaction.eventId, reaction]));
  const takenBack = new Set(redacted.reactions);
  for (const reaction of relations.reactions) {
    const known = found.get(reaction.eventId);
    if (known === undefined) continue;
    const { id: senderId, isAgent: senderIsAgent } = senderOf(batch, reaction.sender);
    tellReaction(tx, batch, {
      ...reaction,
      messageId: known.messageId,
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
    payload: { reaction_event_id: reaction.eventId },
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
