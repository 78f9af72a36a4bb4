import { runParts, type Tx } from "../../db/index.ts";
import { type Batch, openBatch, type Surroundings, senderOf } from "./batch.ts";
import { type Fact, type MessageFact, only, type Recorded } from "./facts.ts";
import { type Known, nothingKnown, withoutKnown } from "./known-store.ts";
import { type InsertedMessages, type MessageRows, messagesPart } from "./messages-store.ts";
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
  const kinds = kindsOf(batch.facts);
  const { messages, edits, reactions, redactions, members, state } = kinds;
  const ours = await ownSends(tx, batch, [...messages, ...edits, ...reactions, ...redactions]);
  const rows = messagesToRecord(batch, messages, { drafts: before.drafts, ours });
  const parts = otherParts(batch, kinds);
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
  const ahead =
    state.length === 0
      ? settleAhead(tx, batch, { relations: { edits, reactions, redactions }, members })
      : undefined;
  // Whoever waits for one of them hears of its failure, which is that of the transaction.
  Promise.all([written, others, ahead]).catch(() => undefined);
  const fresh = await freshOf(batch, kinds, { known, unknown, written, others });
  return { fresh, ahead: await ahead };
}

/** What of a batch was new. Each answer is seen to while the database works on the next. */
async function freshOf(
  batch: Batch,
  { messages, edits, reactions, redactions, polls, members, state }: Kinds,
  { known, unknown, written, others }: Answers,
): Promise<Fresh> {
  const inserted = new Set(unknown.messages.map(({ event_id }) => event_id));
  const isNew = ({ eventId }: { eventId: string }) => inserted.has(eventId);
  const said = (await written).messages;
  for (const eventId of said?.edits ?? []) inserted.delete(eventId);
  const newMessages = messages.filter(isNew);
  const answers = [...(said?.answers ?? []), ...answersAmong(batch, messages)];
  const done = await others;
  const results = [done.relations, done.polls, done.members, done.state].filter((part) => part !== undefined);
  for (const eventId of results.flatMap((part) => part.inserted)) inserted.add(eventId);
  return {
    messages: newMessages,
    answers,
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
}

type Kinds = ReturnType<typeof kindsOf>;

function kindsOf(facts: readonly Fact[]) {
  return {
    messages: only(facts, "message"),
    edits: only(facts, "edit"),
    reactions: only(facts, "reaction"),
    redactions: only(facts, "redaction"),
    polls: only(facts, "poll"),
    members: only(facts, "member"),
    state: only(facts, "state"),
  };
}

/** How the rows of a batch that are no messages are written. */
function otherParts(batch: Batch, { edits, reactions, redactions, polls, members, state }: Kinds) {
  return {
    ...(edits.length + reactions.length + redactions.length > 0 && {
      relations: relationsToRecord(batch, { edits, reactions, redactions }),
    }),
    ...(polls.length > 0 && { polls: pollsToRecord(batch, polls) }),
    ...(members.length > 0 && { members: membersToRecord(batch, members) }),
    ...(state.length > 0 && { state: stateToRecord(batch, state) }),
  };
}

/** What was known before, what was written, and the answers that are on their way. */
interface Answers {
  readonly known: Known;
  readonly unknown: MessageRows;
  readonly written: Promise<{ readonly messages?: InsertedMessages }>;
  readonly others: ReturnType<typeof runParts<ReturnType<typeof otherParts>>>;
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
