/** An event as the homeserver gives it to the bot. */
export interface RawEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly unsigned?: { readonly redacted_because?: unknown };
}

/** A room as it has to be mirrored. */
export interface RoomTruth {
  readonly name: unknown;
  readonly topic: unknown;
  /** Matrix id → membership and role. */
  readonly members: Readonly<Record<string, string>>;
  /** Event id → what is shown of it; those that were not redacted. */
  readonly messages: Readonly<Record<string, ShownMessage>>;
  /** Ids of redacted messages and edits: which of the two one was cannot be told any more. */
  readonly redacted: readonly string[];
  /** Of each reaction that counts: target, key and sender. */
  readonly reactions: readonly string[];
}

export interface ShownMessage {
  readonly sender: string;
  readonly kind: string;
  readonly preview: string;
  readonly thread: string | null;
  readonly reply: string | null;
}

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
  readonly key?: string;
  readonly is_falling_back?: boolean;
  readonly "m.in_reply_to"?: { readonly event_id?: string };
}

const relationOf = ({ content }: RawEvent) => (content["m.relates_to"] ?? {}) as Relation;
const isRedacted = (event: RawEvent) => event.unsigned?.redacted_because !== undefined;

/**
 * What the homeserver says, worked out from its events without a line of the bridge: `history` is everything that
 * `/messages` gives, `state` is `/state`.
 */
export function truthOf(
  history: readonly RawEvent[],
  state: readonly RawEvent[],
  isPerson: (id: string) => boolean,
): RoomTruth {
  const unique = [...new Map(history.map((event) => [event.event_id, event])).values()];
  const edits = unique.filter((event) => relationOf(event).rel_type === "m.replace" && !isRedacted(event));
  const said = unique.filter(
    (event) =>
      event.type === "m.room.message" &&
      event.state_key === undefined &&
      isPerson(event.sender) &&
      !isRedacted(event) &&
      relationOf(event).rel_type !== "m.replace",
  );
  const messageIds = new Set(said.map((event) => event.event_id));
  const of = (type: string) =>
    state.find((event) => event.type === type && event.state_key === "")?.content ?? {};
  return {
    name: of("m.room.name")["name"],
    topic: of("m.room.topic")["topic"],
    members: membersOf(state, isPerson),
    messages: Object.fromEntries(said.map((event) => [event.event_id, shown(event, edits)])),
    redacted: unique
      .filter((event) => event.type === "m.room.message" && isRedacted(event))
      .map((event) => event.event_id)
      .toSorted(),
    reactions: unique
      .filter((event) => event.type === "m.reaction" && !isRedacted(event))
      .filter((event) => messageIds.has(relationOf(event).event_id ?? ""))
      .map((event) => `${relationOf(event).event_id} ${relationOf(event).key} ${event.sender}`)
      .toSorted(),
  };
}

function shown(event: RawEvent, edits: readonly RawEvent[]): ShownMessage {
  const { sender } = event;
  const [latest] = edits
    .filter((edit) => relationOf(edit).event_id === event.event_id && edit.sender === sender)
    .toSorted(
      (one, other) =>
        other.origin_server_ts - one.origin_server_ts || (one.event_id < other.event_id ? 1 : -1),
    );
  const content = (latest?.content["m.new_content"] ?? event.content) as { body: string };
  const relation = relationOf(event);
  const reply = relation["m.in_reply_to"]?.event_id;
  return {
    sender,
    kind: "text",
    preview: content.body,
    thread: relation.rel_type === "m.thread" ? (relation.event_id ?? null) : null,
    reply: relation.is_falling_back === true ? null : (reply ?? null),
  };
}

function membersOf(state: readonly RawEvent[], isPerson: (id: string) => boolean): Record<string, string> {
  const powers = state.find(({ type }) => type === "m.room.power_levels")?.content["users"] ?? {};
  const creation = state.find(({ type }) => type === "m.room.create");
  const isCreator = (id: string) =>
    Number(creation?.content["room_version"]) >= 12 && creation?.sender === id;
  const roleOf = (id: string) => {
    const level = (powers as Record<string, number>)[id] ?? 0;
    if (isCreator(id) || level >= 100) return "owner";
    return level >= 50 ? "admin" : "member";
  };
  const members = state.filter(({ type, state_key = "" }) => type === "m.room.member" && isPerson(state_key));
  return Object.fromEntries(
    members.map(({ state_key = "", content }) => [
      state_key,
      `${String(content["membership"])} ${roleOf(state_key)}`,
    ]),
  );
}
