import fc from "fast-check";

/** A generated event, as a homeserver would give it. */
export interface HistoryEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly type: string;
  readonly origin_server_ts: number;
  readonly content: Record<string, unknown>;
  readonly state_key?: string;
}

export const historyRooms = ["!one:test", "!v12roomwithoutdomain"] as const;
/** The room that the first one has replaced: its events are in the same channel. */
export const historyOldRoom = "!old:test";
const rooms = [...historyRooms, historyOldRoom];
export const historyAgent = "@dao_sofia:test";
const people = ["@ann:test", "@bob:other.org", "@cyd:test", historyAgent];
const began = 1_700_000_000_000;

interface Step {
  readonly kind: string;
  readonly room: number;
  readonly person: number;
  readonly other: number;
  readonly pick: number;
  readonly tick: number;
  readonly word: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    ..."message message message thread encrypted edit edit edit invalidEdit reaction poll vote vote pollEnd pollEdit custom redaction redaction".split(
      " ",
    ),
    ..."member member name topic powers joinRules encryption create".split(" "),
  ),
  // Mostly one person in one room, so that edits are valid and redactions hit; the others are there to forge.
  room: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 2),
  person: fc.constantFrom(0, 0, 0, 1, 2, 3),
  other: fc.nat(people.length - 1),
  pick: fc.nat(),
  // Equal times are common on purpose: then the event id decides.
  tick: fc.constantFrom(0, 0, 1),
  word: fc.string({ maxLength: 12, unit: "grapheme" }),
});

/**
 * A history of three rooms, two of which share a channel: messages, edits (right, forged, of edits, of other rooms'
 * messages), reactions, redactions of anything, membership and state. What an event points at may come before or after it, or never.
 */
export const history: fc.Arbitrary<HistoryEvent[]> = fc
  .array(step, { minLength: 1, maxLength: 40, size: "max" })
  .map((steps) =>
    steps.reduce<HistoryEvent[]>((events, next) => [...events, eventOf(next, events, steps.length)], []),
  );

function eventOf(drawn: Step, before: readonly HistoryEvent[], total: number): HistoryEvent {
  const number = before.length;
  // Every history has a few plain messages that the rest can work on.
  const step = number < 3 ? { ...drawn, kind: "message", room: 0, person: 0 } : drawn;
  // Few targets, so that much happens to each; among them some that come later and, rarely, one that never comes.
  const target = idOf(step.pick % Math.min(total + 1, 7));
  const sender = people[step.person] ?? "";
  const last = before.at(-1)?.origin_server_ts ?? began;
  return {
    event_id: idOf(number),
    room_id: rooms[step.room] ?? "",
    sender,
    origin_server_ts: last + step.tick,
    ...detail(step, target, number),
  };
}

/** Ids in an order that has nothing to do with the order of the events. */
function idOf(number: number): string {
  return `$${((number * 7919) % 1000).toString(36)}-${String(number)}`;
}

type Detail = Pick<HistoryEvent, "type" | "content" | "state_key">;

function detail({ kind, person, other, pick, word }: Step, target: string, number: number): Detail {
  const text = { msgtype: pick % 2 === 0 ? "m.text" : "m.emote", body: `${word} ${String(number)}` };
  const answers = ["a", "b"].map((id) => ({ "m.id": id, "m.text": [{ body: `${id} ${word}` }] }));
  const poll = {
    "m.poll": { question: { "m.text": [{ body: word }] }, answers, max_selections: 1 + (pick % 2) },
  };
  const relation = (rel_type: string) => ({ "m.relates_to": { rel_type, event_id: target } });
  const state = (type: string, content: Record<string, unknown>): Detail => ({
    type,
    content,
    state_key: "",
  });
  const details: Record<string, () => Detail> = {
    message: () => ({ type: "m.room.message", content: text }),
    thread: () => ({ type: "m.room.message", content: { ...text, ...relation("m.thread") } }),
    encrypted: () => ({
      type: "m.room.encrypted",
      content: { ciphertext: "abc", ...(pick % 3 === 0 && relation("m.replace")) },
    }),
    edit: () => ({
      type: "m.room.message",
      content: { ...text, "m.new_content": text, ...relation("m.replace") },
    }),
    invalidEdit: () => ({ type: "m.room.message", content: { ...text, ...relation("m.replace") } }),
    reaction: () => ({
      type: "m.reaction",
      content: { "m.relates_to": { rel_type: "m.annotation", event_id: target, key: word } },
    }),
    poll: () => ({ type: "m.poll.start", content: poll }),
    pollEdit: () => ({
      type: "m.poll.start",
      content: { "m.new_content": poll, ...relation("m.replace") },
    }),
    vote: () => ({
      type: "m.poll.response",
      content: {
        "m.selections": [["a"], ["b"], ["b", "a"], ["c"], []][pick % 5],
        ...relation("m.reference"),
      },
    }),
    pollEnd: () => ({ type: "m.poll.end", content: relation("m.reference") }),
    custom: () => ({ type: `org.example.${pick % 2 === 0 ? "dance" : "song"}`, content: text }),
    redaction: () => ({ type: "m.room.redaction", content: { redacts: target } }),
    member: () => ({
      type: "m.room.member",
      state_key: people[other] ?? "",
      content: {
        membership: ["join", "join", "leave", "ban", "invite", "knock"][pick % 6],
        displayname: word,
      },
    }),
    name: () => state("m.room.name", { name: word }),
    topic: () => state("m.room.topic", { topic: word }),
    powers: () =>
      state("m.room.power_levels", { users: { [people[other] ?? ""]: pick % 101 }, users_default: pick % 3 }),
    joinRules: () => state("m.room.join_rules", { join_rule: ["public", "invite", "restricted"][pick % 3] }),
    encryption: () => state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }),
    create: () =>
      state("m.room.create", {
        room_version: pick % 2 === 0 ? "11" : "12",
        additional_creators: [people[person]],
      }),
  };
  const make = details[kind] ?? details["message"]!;
  return make();
}

/** How a history reaches the bridge: in which order, in which pieces, and what of it comes again. */
export interface Delivery {
  readonly order: readonly number[];
  readonly cuts: readonly number[];
  readonly again: readonly number[];
}

export function deliveries(length: number): fc.Arbitrary<Delivery> {
  const indexes = Array.from({ length }, (_, index) => index);
  return fc.record({
    order: fc.shuffledSubarray(indexes, { minLength: length, maxLength: length }),
    cuts: fc.array(fc.nat(length), { maxLength: 6 }),
    again: fc.array(fc.nat(length - 1), { maxLength: 10 }),
  });
}

/** The pieces of a delivery, in order; repeated events are mixed in at the places the numbers say. */
export function piecesOf(
  events: readonly HistoryEvent[],
  { order, cuts, again }: Delivery,
): HistoryEvent[][] {
  const all = order.map((index) => events[index]!);
  for (const index of again) all.splice((index * 13) % (all.length + 1), 0, events[index]!);
  const places = [...new Set([0, ...cuts, all.length])].toSorted((a, b) => a - b);
  return places.slice(0, -1).map((place, index) => all.slice(place, places[index + 1]));
}
