import type { Tx } from "../../db/index.ts";
import type { Batch } from "./batch.ts";
import type { Fact, Recorded } from "./facts.ts";
import { lockMirroredRooms } from "./mirrored-rooms-store.ts";
import { recordMembers } from "./record-members.ts";
import { recordMessages } from "./record-messages.ts";
import { recordRelations } from "./record-relations.ts";
import { recordState } from "./record-state.ts";
import { resolveSenders } from "./senders.ts";
import { settle } from "./settle.ts";

/**
 * Writes facts into the mirror. The tables are a function of the set of facts ever recorded: any order, any split into
 * calls and any repetition give the same rows. Facts of rooms that are not mirrored are counted and left out. Push,
 * backfill, snapshot and every later repair go through here and nowhere else.
 */
export async function recordFacts(tx: Tx, facts: readonly Fact[]): Promise<Recorded> {
  const rooms = await lockMirroredRooms(tx, unique(facts.map(({ roomId }) => roomId)).sort());
  const known = firstOfEach(facts.filter(({ roomId }) => rooms.has(roomId)));
  const ignored = facts.reduce((count, { roomId }) => count + (rooms.has(roomId) ? 0 : 1), 0);
  if (known.length === 0) return { newMessages: [], newMembers: [], duplicates: 0, ignored };

  const batch: Batch = { rooms, senders: await resolveSenders(tx, known.flatMap(peopleOf)) };
  const relations = await recordRelations(tx, batch, {
    edits: only(known, "edit"),
    reactions: only(known, "reaction"),
    redactions: only(known, "redaction"),
  });
  const messages = only(known, "message");
  const { inserted, awaited } = await recordMessages(tx, batch, messages);
  const members = await recordMembers(tx, only(known, "member"));
  const state = await recordState(tx, only(known, "state"));
  await settle(tx, batch, { relations, members, state, awaited });

  const isNew = new Set(inserted);
  const { edits, reactions, redactions } = relations;
  const news = [inserted, edits, reactions, redactions, members, state];
  return {
    newMessages: messages.filter(({ eventId }) => isNew.has(eventId)),
    newMembers: members,
    duplicates: facts.length - ignored - news.reduce((count, { length }) => count + length, 0),
    ignored,
  };
}

type FactOf<T extends Fact["type"]> = Extract<Fact, { type: T }>;

function only<T extends Fact["type"]>(facts: readonly Fact[], type: T): FactOf<T>[] {
  return facts.filter((fact): fact is FactOf<T> => fact.type === type);
}

/** A homeserver may repeat an event inside one transaction; one statement cannot insert a row twice. */
function firstOfEach(facts: readonly Fact[]): Fact[] {
  const seen = new Map<string, Fact>();
  for (const fact of facts) {
    const key = `${fact.type}\n${fact.eventId}`;
    if (!seen.has(key)) seen.set(key, fact);
  }
  return [...seen.values()];
}

function peopleOf(fact: Fact): string[] {
  return fact.type === "member" ? [fact.sender, fact.userId] : [fact.sender];
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
