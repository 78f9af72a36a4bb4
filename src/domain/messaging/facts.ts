import type { Cause } from "./cause.ts";

/**
 * What has happened in Matrix rooms, typed and made safe, in the order-free form the mirror is built from.
 * A fact cannot be refused. It names things by their Matrix ids; times are `origin_server_ts`, milliseconds since 1970,
 * always an integer between 0 and 253,402,300,799,999 (the end of the year 9999).
 */
export type Fact = MessageFact | EditFact | ReactionFact | PollFact | RedactionFact | MemberFact | StateFact;

type FactOf<T extends Fact["type"]> = Extract<Fact, { type: T }>;

export function only<T extends Fact["type"]>(facts: readonly Fact[], type: T): FactOf<T>[] {
  return facts.filter((fact): fact is FactOf<T> => fact.type === type);
}

interface EventFact {
  readonly eventId: string;
  readonly roomId: string;
  readonly sender: string;
  readonly ts: number;
}

export type MessageKind =
  | "text"
  | "notice"
  | "emote"
  | "image"
  | "video"
  | "audio"
  | "voice"
  | "file"
  | "location"
  | "sticker"
  | "gallery"
  | "poll"
  | "custom"
  | "encrypted"
  | "redacted"
  | "invalid"
  | "other";

/**
 * What a message says, as far as the database may know: a preview and small typed facts, never the full text.
 * `redacted` came without content; `invalid` is an edit without new content, kept and never shown. `other` is a message of
 * a msgtype that nobody knows, `custom` an event of a type that nobody knows.
 */
export interface Content {
  readonly kind: MessageKind;
  /** Plain text, at most 280 characters, cut at a grapheme; empty when encrypted, confidential or redacted. */
  readonly preview: string;
  /** JSON for `messages.metadata`: msgtype, media reference, mentions and the like. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface MessageFact extends EventFact {
  readonly type: "message";
  readonly content: Content;
  readonly threadRoot: string | null;
  readonly replyTo: string | null;
  /** What automatic replies may look at. Never stored; null when nothing may react (encrypted, redacted, media). */
  readonly said: Said | null;
  /** The uuid of the `matrix.sends` row that the event's content claims to come from. Believed only if the sender matches. */
  readonly sendId: string | null;
  /** The run that the content claims to come from. Believed only of our own users. */
  readonly cause?: Cause | null;
}

/** The words of a fresh message, kept in memory until the transaction that records it has decided who reacts. */
export interface Said {
  readonly msgtype: string;
  /** Plain text without a reply fallback, at most 4,000 characters. */
  readonly text: string;
  /** Matrix user ids of `m.mentions.user_ids`. */
  readonly mentions: readonly string[];
}

/** `m.replace` (client-server API, "Event replacements"). Applied only if it is the target's sender's own. */
export interface EditFact extends EventFact {
  readonly type: "edit";
  readonly target: string;
  readonly content: Content;
  /** As of messages, if it claims one. */
  readonly sendId?: string | null;
}

export interface ReactionFact extends EventFact {
  readonly type: "reaction";
  readonly target: string;
  readonly key: string;
  readonly sendId?: string | null;
}

/** A response to a poll (MSC3381), or its end. */
export interface PollFact extends EventFact {
  readonly type: "poll";
  readonly kind: "response" | "end";
  /** The event that began the poll. */
  readonly target: string;
  /** Ids of the answers that a response selects, as they stand there, at most 20; none for an end. */
  readonly answers: readonly string[];
}

export interface RedactionFact extends EventFact {
  readonly type: "redaction";
  readonly target: string;
  readonly sendId?: string | null;
}

export type Membership = "invite" | "join" | "leave" | "ban" | "knock";

export interface MemberFact extends EventFact {
  readonly type: "member";
  /** Whose membership: the state key. */
  readonly userId: string;
  readonly membership: Membership;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  readonly isGuest: boolean;
  readonly redacted: boolean;
  /** What an invitation shows of its room. Never stored; absent when it shows nothing, and on everything else. */
  readonly shown?: RoomShown;
}

/** A room as those see it who are invited. Not to be relied on. */
export interface RoomShown {
  /** `m.space` and the like; null for an ordinary chat room. */
  readonly type: string | null;
  /** The room that it says it replaces. */
  readonly predecessor: string | null;
}

/** A state event other than membership, of a type that the mirror keeps. */
export interface StateFact extends EventFact {
  readonly type: "state";
  readonly stateType: string;
  readonly stateKey: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly redacted: boolean;
}

/** Where facts come from: pushed as they happen, read back from history, or the state of a room when it was linked. */
export type FactSource = "push" | "backfill" | "snapshot";

/** A room of the facts that were recorded. */
export interface RecordedRoom {
  /** uuid */
  readonly channelId: string;
  /** Whether messages that name no agent may concern one (`channels.listened_to`). */
  readonly listenedTo: boolean;
}

/** What `recordFacts` did. */
export interface Recorded {
  /** Messages that no earlier call had recorded, in the order given. */
  readonly newMessages: readonly MessageFact[];
  /** Those of them that reply to what an agent said: Matrix event ids. */
  readonly answersToAgents: ReadonlySet<string>;
  /** Reactions that no earlier call had recorded, parked ones included. */
  readonly newReactions: readonly ReactionFact[];
  /** The mirrored rooms of the facts. */
  readonly rooms: ReadonlyMap<string, RecordedRoom>;
  /** Membership changes that no earlier call had recorded. */
  readonly newMembers: readonly MemberFact[];
  /** Messages that were deleted now and that agents had been asked by: Matrix event ids. */
  readonly withdrawn: readonly string[];
  /** Facts that no earlier call had recorded, of all kinds. */
  readonly found: number;
  /** Facts that were known already. */
  readonly duplicates: number;
  /** Facts of rooms that are not mirrored. */
  readonly ignored: readonly Fact[];
}
