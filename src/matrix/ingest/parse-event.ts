import {
  type Content,
  causeOf,
  type Fact,
  type MemberFact,
  type Membership,
  mirroredStateTypes,
  type Said,
  sendIdOf,
} from "../../domain/messaging/index.ts";
import { at, isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import {
  clampTime,
  type EventFault,
  identifierAt,
  isIdentifier,
  type RawEvent,
  shapeEvent,
} from "./event-shape.ts";
import { extensibleText } from "./extensible-text.ts";
import { customContent, messageContent } from "./parse-content.ts";
import { mediaContent } from "./parse-media.ts";
import { mentionsOf } from "./parse-mentions.ts";
import { pollContent, pollFacts } from "./parse-poll.ts";
import { relationOf } from "./parse-relation.ts";
import { withoutReplyFallback } from "./preview.ts";
import { roomShownBy } from "./read-invitation.ts";
import { wellFormed, wellFormedJson } from "./well-formed.ts";

/** An event in the mirror's terms, or why it cannot be taken. No facts: an event that the mirror does not keep. */
export type Parsed =
  | { readonly event: RawEvent; readonly facts: readonly Fact[] }
  | { readonly fault: EventFault };

const maxSaid = 4_000;
const maxReactionKey = 500;
const memberships: ReadonlySet<string> = new Set(["invite", "join", "leave", "ban", "knock"]);

/** Turns one untrusted event into facts. Never throws, whatever it is given. */
export function parseEvent(raw: unknown): Parsed {
  const shaped = shapeEvent(raw);
  if ("fault" in shaped) return shaped;
  const { event } = shaped;
  if (isRejectedByHomeserver(event)) return { event, facts: [] };
  const facts = event.stateKey === undefined ? roomEventFacts(event) : stateFacts(event, event.stateKey);
  return "fault" in facts ? facts : { event, facts: [...facts, ...redactionWithin(event)] };
}

type FactsOrFault = readonly Fact[] | { readonly fault: EventFault };

/** Synapse pushes events to application services that it shows to nobody else; it marks them. */
function isRejectedByHomeserver({ unsigned }: RawEvent): boolean {
  return (
    at(unsigned, "io.element.synapse.soft_failed") === true ||
    at(unsigned, "io.element.synapse.policy_server_spammy") === true
  );
}

type ReadFacts = (event: RawEvent) => FactsOrFault;

const poll: ReadFacts = (event) => [messageFact(event, pollContent)];
const pollResponse: ReadFacts = (event) => pollFacts(event, "response");
const pollEnd: ReadFacts = (event) => pollFacts(event, "end");

const readersOfType: ReadonlyMap<string, ReadFacts> = new Map<string, ReadFacts>([
  ["m.room.message", (event) => [messageFact(event, messageContent)]],
  ["m.sticker", (event) => [messageFact(event, (content) => mediaContent(content, "sticker"))]],
  ["m.room.encrypted", (event) => [messageFact(event, () => encrypted)]],
  ["m.poll.start", poll],
  ["org.matrix.msc3381.poll.start", poll],
  ["m.poll.response", pollResponse],
  ["org.matrix.msc3381.poll.response", pollResponse],
  ["m.poll.end", pollEnd],
  ["org.matrix.msc3381.poll.end", pollEnd],
  ["m.reaction", reactionFacts],
  ["m.room.redaction", redactionFacts],
]);

function roomEventFacts(event: RawEvent): FactsOrFault {
  return (readersOfType.get(event.type) ?? customFacts)(event);
}

const redacted: Content = { kind: "redacted", preview: "", metadata: {} };
const encrypted: Content = { kind: "encrypted", preview: "", metadata: {} };
const invalidEdit: Content = { kind: "invalid", preview: "", metadata: {} };

function wasPruned({ content, unsigned }: RawEvent): boolean {
  return Object.keys(content).length === 0 && isObject(at(unsigned, "redacted_because"));
}

/** What an event, or the new content in an edit of one, says. */
type ReadContent = (content: JsonObject, isReply: boolean) => Content;

/** A message, or the edit of one: all types that can be said relate to others in the same way. */
function messageFact(event: RawEvent, read: ReadContent): Fact {
  const { content } = event;
  const relation = relationOf(content);
  if (relation.replaces !== null) {
    const said = { content: newContent(event, read), sendId: sendIdOf(content) };
    return { type: "edit", ...base(event), target: relation.replaces, ...said };
  }
  const isPlain = event.type === "m.room.message" && !wasPruned(event);
  return {
    type: "message",
    ...base(event),
    content: wasPruned(event) ? redacted : read(content, relation.isReply),
    threadRoot: relation.threadRoot,
    replyTo: relation.replyTo,
    said: isPlain ? saidIn(event, relation.isReply) : null,
    sendId: sendIdOf(content),
    cause: causeOf(content),
  };
}

/** The relation of an encrypted edit is in the clear, its new content is not. */
function newContent({ type, content }: RawEvent, read: ReadContent): Content {
  if (type === "m.room.encrypted") return encrypted;
  const replacement = objectAt(content, "m.new_content");
  return replacement === undefined ? invalidEdit : read(replacement, false);
}

function saidIn({ content }: RawEvent, isReply: boolean): Said | null {
  const body = stringAt(content, "body");
  const msgtype = stringAt(content, "msgtype");
  if (body === undefined || msgtype === undefined) return null;
  const text = wellFormed((isReply ? withoutReplyFallback(body) : body).slice(0, maxSaid));
  return { msgtype, text, mentions: mentionsOf(content) ?? [] };
}

/** What says in words what it is, is shown by them; what does not is for programs among themselves. */
function customFacts(event: RawEvent): FactsOrFault {
  const shown = objectAt(event.content, "m.new_content") ?? event.content;
  if ((extensibleText(shown) ?? "").trim() === "" || isProtocol(event.type)) return [];
  return [messageFact(event, (content) => customContent(content, event.type))];
}

/** Calls and verifications between devices: their words, if any, are for nobody. */
function isProtocol(type: string): boolean {
  return type.startsWith("m.call.") || type.startsWith("m.key.") || type.startsWith("m.room_key");
}

function reactionFacts(event: RawEvent): FactsOrFault {
  const relation = objectAt(event.content, "m.relates_to");
  const target = stringAt(relation, "event_id");
  const key = stringAt(relation, "key");
  if (stringAt(relation, "rel_type") !== "m.annotation" || !isIdentifier(target) || key === undefined)
    return [];
  const sendId = sendIdOf(event.content);
  return [
    { type: "reaction", ...base(event), target, key: wellFormed(key.slice(0, maxReactionKey)), sendId },
  ];
}

/** Room version 11 moved `redacts` into the content; the old place is read as well. */
function redactionFacts(event: RawEvent): FactsOrFault {
  const target = stringAt(event.content, "redacts") ?? event.redacts;
  return isIdentifier(target)
    ? [{ type: "redaction", ...base(event), target, sendId: sendIdOf(event.content) }]
    : [];
}

/** An event that was redacted before it was pushed arrives pruned and tells of its redaction. */
function redactionWithin(event: RawEvent): Fact[] {
  const because = objectAt(event.unsigned, "redacted_because");
  const eventId = identifierAt(because, "event_id", "$");
  const sender = identifierAt(because, "sender", "@");
  const ts = at(because, "origin_server_ts");
  if (eventId === null || sender === null || typeof ts !== "number") return [];
  const sendId = sendIdOf(objectAt(because, "content") ?? {});
  const { roomId, eventId: target } = event;
  return [{ type: "redaction", eventId, roomId, sender, ts: clampTime(ts), target, sendId }];
}

function stateFacts(event: RawEvent, stateKey: string): FactsOrFault {
  const isRedacted = isObject(at(event.unsigned, "redacted_because"));
  if (event.type === "m.room.member") return memberFact(event, stateKey, isRedacted);
  if (!mirroredStateTypes.has(event.type)) return [];
  const content = wellFormedJson(event.content) as Record<string, unknown>;
  return [{ type: "state", ...base(event), stateType: event.type, stateKey, content, redacted: isRedacted }];
}

function memberFact(event: RawEvent, userId: string, isRedacted: boolean): FactsOrFault {
  const membership = stringAt(event.content, "membership") ?? "";
  if (!memberships.has(membership) || !userId.startsWith("@")) {
    return {
      fault: { code: "bad_membership", message: "The member event has no known membership or no user." },
    };
  }
  const shown = membership === "invite" ? roomShownBy(event) : undefined;
  const member: MemberFact = {
    type: "member",
    ...base(event),
    userId,
    membership: membership as Membership,
    displayName: profileText(event, "displayname"),
    avatarUrl: profileText(event, "avatar_url"),
    isGuest: stringAt(event.content, "kind") === "guest",
    redacted: isRedacted,
    ...(shown !== undefined && { shown }),
  };
  return [member];
}

function profileText({ content }: RawEvent, key: string): string | null {
  const text = wellFormed((stringAt(content, key) ?? "").slice(0, 512));
  return text === "" ? null : text;
}

function base({ eventId, roomId, sender, ts }: RawEvent) {
  return { eventId, roomId, sender, ts };
}
