import type { Tx } from "../../db/index.ts";
import { runParts } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { type Fact, only, type StateFact } from "./facts.ts";
import { type Known, knownPart, nothingKnown } from "./known-store.ts";
import { lockRoomsPart, type MirroredRoom } from "./mirrored-rooms-store.ts";
import { ensureSenders, type Sender, sendersPart } from "./senders.ts";

/** What every step of recording a batch of facts needs: the rooms, locked, and the people, known. */
export interface Batch {
  readonly rooms: ReadonlyMap<string, MirroredRoom>;
  readonly senders: ReadonlyMap<string, Sender>;
  /** The facts of these rooms, each once. */
  readonly facts: readonly Fact[];
}

/** Matrix ids of rooms, of people in them, and of what may be messages. */
export interface Places {
  readonly roomIds: ReadonlySet<string>;
  readonly people: ReadonlySet<string>;
  readonly eventIds: ReadonlySet<string>;
}

/** Places that were asked about, and the answers. */
export interface Surroundings extends Places {
  /** The mirrored rooms, locked until the transaction ends, and people. */
  readonly found: Promise<{ readonly rooms: readonly MirroredRoom[]; readonly senders: readonly Sender[] }>;
  readonly known: Promise<Known>;
}

/** Asks at once, so that the events can be read while the database looks. */
export function lookAround(tx: Tx, places: Places): Surroundings {
  const found = runParts(tx.ahead, {
    rooms: lockRoomsPart([...places.roomIds]),
    senders: sendersPart([...places.people]),
  });
  // A statement of its own: it sees what there is when the rooms are locked, not what there was before that wait.
  const known = places.eventIds.size === 0 ? Promise.resolve(nothingKnown) : askKnown(tx, places.eventIds);
  // Whoever waits for them is told of their failure; that nobody waits yet is no fault.
  for (const answer of [found, known]) answer.catch(() => undefined);
  return { ...places, found, known };
}

async function askKnown(tx: Tx, eventIds: ReadonlySet<string>): Promise<Known> {
  const { known } = await runParts(tx.ahead, { known: knownPart([...eventIds]) });
  return known;
}

/**
 * Locks the rooms of the facts until the transaction ends, leaves out facts of rooms that are not mirrored, and makes
 * rows for people that nobody has met before. `around`: what was asked for before. What is known of the messages is not
 * waited for.
 */
export async function openBatch(
  tx: Tx,
  facts: readonly Fact[],
  around?: Surroundings,
): Promise<{ readonly batch: Batch; readonly known: Promise<Known> }> {
  const wanted = {
    roomIds: new Set(facts.map(roomIdOf)),
    people: new Set(facts.flatMap(peopleOf)),
    eventIds: new Set(only(facts, "message").map(({ eventId }) => eventId)),
  };
  const asked = around !== undefined && covers(around, wanted) ? around : lookAround(tx, wanted);
  const found = await asked.found;
  const here = found.rooms.filter(({ roomId }) => wanted.roomIds.has(roomId));
  const rooms = new Map(withEncryption(here, facts).map((room) => [room.roomId, room]));
  const mirrored = firstOfEach(facts.filter(({ roomId }) => rooms.has(roomId)));
  const senders = await ensureSenders(tx, found.senders, new Set(mirrored.flatMap(peopleOf)));
  return { batch: { rooms, senders, facts: mirrored }, known: asked.known };
}

function covers(asked: Places, wanted: Places): boolean {
  return (["roomIds", "people", "eventIds"] as const).every((kind) => isWithin(wanted[kind], asked[kind]));
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const id of part) if (!whole.has(id)) return false;
  return true;
}

/** An encryption that comes with the batch counts for all of it, whatever stands where. */
function withEncryption(rooms: readonly MirroredRoom[], facts: readonly Fact[]): MirroredRoom[] {
  const channels = new Map(rooms.map(({ roomId, channelId }) => [roomId, channelId]));
  const encryptions = facts.flatMap((fact) =>
    fact.type === "state" && isEncryption(fact)
      ? [{ channelId: channels.get(fact.roomId), ts: fact.ts }]
      : [],
  );
  if (encryptions.length === 0) return [...rooms];
  return rooms.map((room) => {
    const times = encryptions.filter(({ channelId }) => channelId === room.channelId).map(({ ts }) => ts);
    const earliest = Math.min(room.encryptedSince ?? Number.POSITIVE_INFINITY, ...times);
    return { ...room, encryptedSince: Number.isFinite(earliest) ? earliest : null };
  });
}

/** Encryption cannot be turned off, not even by redacting the event. Source: client-server API, `m.room.encryption`. */
export function isEncryption({ stateType, stateKey }: Pick<StateFact, "stateType" | "stateKey">): boolean {
  return stateType === "m.room.encryption" && stateKey === "";
}

export function roomOf(batch: Batch, fact: Pick<Fact, "roomId">): MirroredRoom {
  const room = batch.rooms.get(fact.roomId);
  if (room === undefined) throw bug("a fact of a room that is not mirrored reached the mirror");
  return room;
}

export function senderOf(batch: Batch, matrixId: string): Sender {
  const sender = batch.senders.get(matrixId);
  if (sender === undefined) throw bug("a sender was not resolved");
  return sender;
}

export function roomOfChannel(batch: Batch, channelId: string): MirroredRoom {
  for (const room of batch.rooms.values()) if (room.channelId === channelId) return room;
  throw bug("a channel changed that has no room in the batch");
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

function roomIdOf({ roomId }: Fact): string {
  return roomId;
}

function peopleOf(fact: Fact): string[] {
  return fact.type === "member" ? [fact.sender, fact.userId] : [fact.sender];
}
