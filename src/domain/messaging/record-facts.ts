import { runParts, type Tx } from "../../db/index.ts";
import { type Batch, openBatch, type Surroundings, senderOf } from "./batch.ts";
import { type Fact, type MessageFact, only, type Recorded } from "./facts.ts";
import { type Known, nothingKnown, withoutKnown } from "./known-store.ts";
import { messagesPart } from "./messages-store.ts";
import type { InsertedPolls } from "./polls-store.ts";
import { membersToRecord } from "./record-members.ts";
import { type Drafts, draftMessages, messagesToRecord, ownSends } from "./record-messages.ts";
import { pollsToRecord } from "./record-polls.ts";
import { relationsToRecord } from "./record-relations.ts";
import { stateToRecord } from "./record-state.ts";
import type { InsertedRelations } from "./relations-store.ts";
import { type Fresh, type SettledAhead, settle, settleAhead } from "./settle.ts";

/**
 * Writes facts into the mirror. The tables are a function of the set of facts ever recorded: any order, any split into
 * calls and any repetition give the same rows. Facts of rooms that are not mirrored are counted and left out. Push,
 * backfill, snapshot and every later repair go through here and nowhere else. `around`: the rooms and people of the facts,
 * if they were asked for before.
 */
export async function recordFacts(tx: Tx, facts: readonly Fact[], around?: Surroundings): Promise<Recorded> {
  if (facts.length === 0) {
    await around?.found;
    return {
      newMessages: [],
      answersToAgents: new Set(),
      newReactions: [],
      rooms: new Map(),
      newMembers: [],
      withdrawn: [],
      found: 0,
      duplicates: 0,
      ignored: [],
    };
  }
  const drafts = draftMessages(facts);
  const { batch, known } = await openBatch(tx, facts, around);
  const ignored = facts.filter(({ roomId }) => !batch.rooms.has(roomId));
  const { fresh, ahead } = await writeDown(tx, batch, { drafts, known });
  const withdrawn = await settle(tx, batch, fresh, ahead);
  const found = countNew(fresh);
  return {
    newMessages: fresh.messages,
    answersToAgents: new Set(fresh.answers),
    newReactions: fresh.relations.reactions,
    rooms: batch.rooms,
    newMembers: fresh.members,
    withdrawn,
    found,
    duplicates: facts.length - ignored.length - found,
    ignored,
  };
}

interface Written {
  /** What was new. */
  readonly fresh: Fresh;
  readonly ahead: SettledAhead | undefined;
}

/** Writes what happened, messages first, and settles ahead, without waiting in between. */
async function writeDown(
  tx: Tx,
  batch: Batch,
  before: { readonly drafts: Drafts; readonly known: Promise<Known> },
): Promise<Written> {
  const { facts } = batch;
  const messages = only(facts, "message");
  const edits = only(facts, "edit");
  const reactions = only(facts, "reaction");
  const redactions = only(facts, "redaction");
  const polls = only(facts, "poll");
  const members = only(facts, "member");
  const state = only(facts, "state");
  const ours = await ownSends(tx, batch, [...messages, ...edits, ...reactions, ...redactions]);
  const rows = messagesToRecord(batch, messages, { drafts: before.drafts, ours });
  const parts = {
    ...(edits.length + reactions.length + redactions.length > 0 && {
      relations: relationsToRecord(batch, { edits, reactions, redactions }),
    }),
    ...(polls.length > 0 && { polls: pollsToRecord(batch, polls) }),
    ...(members.length > 0 && { members: membersToRecord(batch, members) }),
    ...(state.length > 0 && { state: stateToRecord(batch, state) }),
  };
  // Made while the database says what it knows, which is mostly nothing.
  const whole = messagesPart(rows, tx.now);
  const known = messages.length > 0 ? await before.known : nothingKnown;
  const unknown = withoutKnown(rows, known);
  const written = runParts(tx.db, {
    ...(unknown.messages.length > 0 && {
      messages: unknown === rows ? whole : messagesPart(unknown, tx.now),
    }),
  });
  // Relations to messages of the batch find these there.
  const others = runParts(tx.db, parts);
  const settledAhead =
    state.length === 0
      ? settleAhead(tx, batch, { relations: { edits, reactions, redactions }, members })
      : undefined;
  const [said, done, ahead] = await Promise.all([written, others, settledAhead]);
  const results = [done.relations, done.polls, done.members, done.state].filter((part) => part !== undefined);
  const inserted = new Set([said.messages, ...results].flatMap((part) => part?.inserted ?? []));
  const isNew = ({ eventId }: { eventId: string }) => inserted.has(eventId);
  const fresh = {
    messages: messages.filter(isNew),
    answers: [...(said.messages?.answers ?? []), ...answersAmong(batch, messages)],
    relations: {
      edits: edits.filter(isNew),
      reactions: reactions.filter(isNew),
      redactions: redactions.filter(isNew),
    },
    polls: polls.filter(isNew),
    members: members.filter(isNew),
    state: state.filter(isNew),
    ...reached(done),
    awaited: [
      ...known.waiting.map(({ target }) => target).filter((target) => inserted.has(target)),
      ...results.flatMap((part) => part.awaited),
    ],
  };
  return { fresh, ahead };
}

/** Which of these messages reply to one of them that an agent said. */
function answersAmong(batch: Batch, messages: readonly MessageFact[]): string[] {
  const ofAgents = new Set(
    messages.filter(({ sender }) => senderOf(batch, sender).isAgent).map(({ eventId }) => eventId),
  );
  return messages.flatMap(({ eventId, replyTo }) =>
    replyTo !== null && ofAgents.has(replyTo) ? [eventId] : [],
  );
}

/** What was there before and is changed by what came. */
function reached({
  relations,
  polls,
}: {
  readonly relations?: InsertedRelations;
  readonly polls?: InsertedPolls;
}): Pick<Fresh, "applied" | "voted"> {
  return { applied: relations?.applied ?? [], voted: polls?.voted ?? [] };
}

function countNew({ messages, relations, polls, members, state }: Fresh): number {
  const { edits, reactions, redactions } = relations;
  return [messages, edits, reactions, redactions, polls, members, state].reduce(
    (count, { length }) => count + length,
    0,
  );
}
