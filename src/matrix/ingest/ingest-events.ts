import { type Database, databaseAway, faultOf, type Tx, transact } from "../../db/index.ts";
import type { RunPolicy } from "../../domain/agents/index.ts";
import {
  type Fact,
  type FactSource,
  lookAround,
  type Recorded,
  recordFacts,
  type Surroundings,
} from "../../domain/messaging/index.ts";
import { forgetWithdrawn } from "../../domain/runtime/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { Counters } from "../../kernel/counters.ts";
import { messageOf } from "../../kernel/errors.ts";
import { stringAt } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import { noticeTombstones } from "../room-life/notice-tombstones.ts";
import {
  type DeadLetterOrigin,
  dropRedactedLetters,
  insertDeadLetters,
  type NewDeadLetter,
  targetOf,
} from "./dead-letters-store.ts";
import type { Namespace } from "./namespace.ts";
import { parseEvent } from "./parse-event.ts";
import { placesIn } from "./places-in.ts";
import { noteUnheard, react } from "./react.ts";
import { reasonOf } from "./reason-of.ts";
import { isStorable } from "./well-formed.ts";

export interface IngestDeps {
  readonly database: Database;
  readonly log: Log;
  readonly counters: Counters;
  readonly namespace: Namespace;
  /** How old a pushed event may be for anything to react to it. */
  readonly triggerMaxAgeMs: number;
  /** What keeps agents from going on for ever; the default when left out. */
  readonly runPolicy?: RunPolicy | undefined;
}

export interface Ingested {
  readonly newMessages: number;
  /** Everything that was not known before: messages, relations, memberships and state. */
  readonly found: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly deadLetters: number;
}

/** One event of the batch, with what became of it. */
interface Entry {
  readonly raw: unknown;
  readonly type: string;
  readonly facts: readonly Fact[];
}

interface ReadEvents {
  readonly entries: readonly Entry[];
  /** What cannot be read. */
  readonly letters: readonly NewDeadLetter[];
}

/** Most events per database transaction; a homeserver sends at most 100 at a time, history comes in larger pieces. */
const chunkSize = 1_000;

/**
 * Stores events that a homeserver gave, whatever they are: when this returns, each is in the mirror, known already, of no
 * concern to it, or kept as a dead letter. Throws `database_unavailable` when nothing could be stored; then the whole
 * call may be repeated. Only events pushed as they happen cause reactions.
 */
export async function ingestEvents(
  deps: IngestDeps,
  rawEvents: readonly unknown[],
  origin: DeadLetterOrigin,
): Promise<Ingested> {
  const totals = { newMessages: 0, found: 0, duplicates: 0, ignored: 0, deadLetters: 0 };
  for (let start = 0; start < rawEvents.length; start += chunkSize) {
    const done = await ingestChunk(deps, rawEvents.slice(start, start + chunkSize), origin);
    for (const key of Object.keys(totals) as (keyof Ingested)[]) totals[key] += done[key];
  }
  count(deps, totals);
  return totals;
}

async function ingestChunk(
  deps: IngestDeps,
  rawEvents: readonly unknown[],
  origin: DeadLetterOrigin,
): Promise<Ingested> {
  const places = placesIn(rawEvents);
  let read: ReadEvents | undefined;
  try {
    return await transact(deps.database, bridgeActor, async (tx) => {
      const around = places.roomIds.size === 0 ? undefined : lookAround(tx, places);
      // The database looks meanwhile. A transaction that is done again reads nothing again.
      read ??= readAll(deps, rawEvents);
      const recorded = await recordAndReact(deps, tx, read.entries, { source: origin.source, around });
      await keepLetters(tx, { ...read, origin });
      return summary(recorded, read.letters.length);
    });
  } catch (error) {
    if (databaseAway.is(error)) throw error;
    deps.log.warn(
      { ...reasonOf(error), events: rawEvents.length },
      "a batch could not be stored as a whole; storing event by event",
    );
    return ingestOneByOne(deps, read ?? readAll(deps, rawEvents), origin);
  }
}

/**
 * The slow road: each event in a transaction of its own, its news and its jobs included, so that one that cannot be
 * stored harms no other.
 */
async function ingestOneByOne(
  deps: IngestDeps,
  { entries, letters: unread }: ReadEvents,
  origin: DeadLetterOrigin,
): Promise<Ingested> {
  const letters = [...unread];
  const totals = { newMessages: 0, found: 0, duplicates: 0, ignored: 0 };
  for (const entry of entries) {
    try {
      const recorded = await transact(deps.database, bridgeActor, (tx) =>
        recordAndReact(deps, tx, [entry], origin),
      );
      totals.newMessages += recorded.newMessages.length;
      totals.found += recorded.found;
      totals.duplicates += recorded.duplicates;
      totals.ignored += recorded.ignored.length;
    } catch (error) {
      // A database that went away or another writer in the way is nobody's fault: the whole batch is done again.
      if (databaseAway.is(error) || faultOf(error) === "conflict") throw error;
      letters.push({ raw: entry.raw, code: "not_applied", message: messageOf(error) });
    }
  }
  await transact(deps.database, bridgeActor, (tx) => keepLetters(tx, { letters, entries, origin }));
  return { ...totals, deadLetters: letters.length };
}

/** Keeps what could not be applied, unless it has been redacted, now or before. */
async function keepLetters(
  tx: Tx,
  {
    letters,
    entries,
    origin,
  }: { letters: readonly NewDeadLetter[]; entries: readonly Entry[]; origin: DeadLetterOrigin },
): Promise<void> {
  await insertDeadLetters(tx, letters, origin);
  const redacted = entries.flatMap(({ facts }) =>
    facts.flatMap((fact) => (fact.type === "redaction" ? [fact.target] : [])),
  );
  const kept = letters.flatMap(({ raw }) => [stringAt(raw, "event_id") ?? "", targetOf(raw) ?? ""]);
  dropRedactedLetters(tx, [...redacted, ...kept.filter(isStorable)]);
}

async function recordAndReact(
  deps: IngestDeps,
  tx: Tx,
  entries: readonly Entry[],
  { source, around }: { readonly source: FactSource; readonly around?: Surroundings | undefined },
): Promise<Recorded> {
  const facts = entries.flatMap((entry) => entry.facts);
  const recorded = await recordFacts(tx, facts, around);
  await forgetWithdrawn(tx, recorded.withdrawn);
  await noticeTombstones(tx, facts, { enqueue: deps.database.queue !== undefined });
  if (source === "push") await react(deps, tx, facts, recorded);
  else await noteUnheard(deps, tx, recorded);
  return recorded;
}

function readAll({ counters }: IngestDeps, rawEvents: readonly unknown[]): ReadEvents {
  const entries: Entry[] = [];
  const letters: NewDeadLetter[] = [];
  for (const raw of rawEvents) {
    const parsed = parseEvent(raw);
    if ("fault" in parsed) letters.push({ raw, ...parsed.fault });
    else entries.push({ raw, type: parsed.event.type, facts: parsed.facts });
  }
  for (const [type, { length }] of Map.groupBy(entries, labelOf)) counters.count("events", length, { type });
  return { entries, letters };
}

function summary(recorded: Recorded, deadLetters: number): Ingested {
  const { found, duplicates, ignored } = recorded;
  return {
    newMessages: recorded.newMessages.length,
    found,
    duplicates,
    ignored: ignored.length,
    deadLetters,
  };
}

const knownTypes: ReadonlySet<string> = new Set([
  "m.room.message",
  "m.room.encrypted",
  "m.room.member",
  "m.room.redaction",
  "m.reaction",
  "m.sticker",
  "m.room.name",
  "m.room.topic",
  "m.room.create",
  "m.room.power_levels",
]);

/** Label values come from a closed set: strangers choose event types. */
function labelOf({ type }: Entry): string {
  return knownTypes.has(type) ? type : "other";
}

function count({ counters }: IngestDeps, totals: Ingested): void {
  counters.count("duplicate_events", totals.duplicates);
  counters.count("ignored_events", totals.ignored);
  counters.count("dead_letters", totals.deadLetters);
}
