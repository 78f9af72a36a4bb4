import { createRandom, type Random } from "./random.ts";

/** One event as Synapse pushes it to an application service: the client format of v1, `user_id` and `age` included. */
export interface PushedEvent {
  type: string;
  room_id: string;
  sender: string;
  user_id: string;
  event_id: string;
  origin_server_ts: number;
  age: number;
  content: Record<string, unknown>;
  unsigned: Record<string, unknown>;
  state_key?: string;
  redacts?: string;
}

/** Equal settings give equal events, byte for byte, on every machine. */
export interface StreamSettings {
  seed: number;
  /** Time of the first event, milliseconds since 1970. Each next event is 1–4 ms later. */
  startTs: number;
}

/** An endless, repeatable history of a homeserver's rooms. */
export interface EventStream {
  /** The next `count` events, in the order the homeserver would push them. */
  next(count: number): PushedEvent[];
}

export const serverName = "bench.test";
export const botUserId = `@microdao:${serverName}`;
export const roomCount = 50;
export const senderCount = 200;

/**
 * What the stream is made of, in parts of 1000: 900 messages, of which some are notices, images, replies and thread
 * messages; the other 100 are edits, reactions, redactions and member events.
 */
export const mix = {
  text: 660,
  reply: 80,
  thread: 60,
  image: 60,
  notice: 40,
  reaction: 40,
  edit: 30,
  member: 15,
  redaction: 15,
} as const;

type Kind = keyof typeof mix;

/** A message that later events may answer, edit or redact. */
interface Remembered {
  eventId: string;
  sender: string;
  body: string;
  isRelation: boolean;
}

/** How many of a room's latest messages relations choose their target from. */
const memoryPerRoom = 40;

const words =
  "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so what up said about than its into them can only other time new some could these two may first then do any like my now over such our man even most made after also did many off before must through years where much way well down should because long each just state those people too good world still own see work"
    .split(" ")
    .concat(["дякую", "привіт", "größer", "naïve", "日本語", "👍🏽", "🎉", "https://matrix.org/docs"]);

/** Room ids as room version 11 has them. */
export function roomIds(): string[] {
  const random = createRandom(7);
  return Array.from({ length: roomCount }, () => `!${letters(random, 18)}:${serverName}`);
}

/** Ids of the people who write. */
export function senderIds(): string[] {
  return Array.from(
    { length: senderCount },
    (_, index) => `@user${String(index).padStart(3, "0")}:${serverName}`,
  );
}

/** Starts a stream. See `mix` for what it holds. */
export function createEventStream(settings: StreamSettings): EventStream {
  const random = createRandom(settings.seed);
  const rooms = roomIds();
  const senders = senderIds();
  const memory = new Map<string, Remembered[]>(rooms.map((room) => [room, []]));
  let now = Math.trunc(settings.startTs);

  const next = (): PushedEvent => {
    now += 1 + random.below(4);
    const roomId = random.pick(rooms);
    const recent = memory.get(roomId) ?? [];
    const target = recent.length > 0 ? random.pick(recent) : undefined;
    const event = blankEvent(random, { roomId, sender: random.pick(senders), now });
    fill(event, { random, target, kind: target === undefined ? "text" : pickKind(random) });
    if (event.type === "m.room.message") remember(recent, event);
    return event;
  };
  return { next: (count) => Array.from({ length: count }, next) };
}

function blankEvent(random: Random, at: { roomId: string; sender: string; now: number }): PushedEvent {
  const age = 1 + random.below(50);
  return {
    type: "m.room.message",
    room_id: at.roomId,
    sender: at.sender,
    user_id: at.sender,
    event_id: `$${Buffer.from(random.bytes(32)).toString("base64url")}`,
    origin_server_ts: at.now,
    age,
    content: {},
    unsigned: { age },
  };
}

/** Gives the event what its kind needs. Without a target there is nothing to relate to, so the kind is a plain text. */
function fill(
  event: PushedEvent,
  choice: { random: Random; target: Remembered | undefined; kind: Kind },
): void {
  const { random, target, kind } = choice;
  if (kind === "member") {
    fillMember(event, random);
  } else if (kind === "image") {
    fillImage(event, random);
  } else {
    event.content = textContent(random, kind === "notice" ? "m.notice" : "m.text");
    if (target !== undefined && kind !== "text" && kind !== "notice") {
      fillRelation(event, { random, target, kind });
    }
  }
}

function fillRelation(
  event: PushedEvent,
  choice: {
    random: Random;
    target: Remembered;
    kind: "reply" | "thread" | "edit" | "reaction" | "redaction";
  },
): void {
  const { target, random } = choice;
  const replyTo = { "m.in_reply_to": { event_id: target.eventId } };
  switch (choice.kind) {
    case "reply":
      event.content["m.relates_to"] = replyTo;
      event.content["m.mentions"] = { user_ids: [target.sender] };
      return;
    case "thread":
      // The root of a thread is never itself a relation: Synapse refuses that.
      event.content["m.relates_to"] = target.isRelation
        ? replyTo
        : { rel_type: "m.thread", event_id: target.eventId, is_falling_back: true, ...replyTo };
      return;
    case "edit":
      event.sender = target.sender;
      event.user_id = target.sender;
      event.content = {
        ...event.content,
        body: `* ${String(event.content["body"])}`,
        "m.new_content": event.content,
        "m.relates_to": { rel_type: "m.replace", event_id: target.eventId },
      };
      return;
    case "reaction":
      event.type = "m.reaction";
      event.content = {
        "m.relates_to": {
          rel_type: "m.annotation",
          event_id: target.eventId,
          key: random.pick(["👍", "❤️", "🎉", "😄", "👀"]),
        },
      };
      return;
    case "redaction":
      event.type = "m.room.redaction";
      event.sender = target.sender;
      event.user_id = target.sender;
      event.redacts = target.eventId;
      event.content = { redacts: target.eventId };
  }
}

function fillMember(event: PushedEvent, random: Random): void {
  const membership = random.below(10) === 0 ? "leave" : "join";
  event.type = "m.room.member";
  event.state_key = event.sender;
  event.content = { membership };
  if (membership === "leave") return;
  event.content["displayname"] = `${random.pick(words)} ${random.pick(words)}`;
  event.content["avatar_url"] = `mxc://${serverName}/${letters(random, 24)}`;
}

function fillImage(event: PushedEvent, random: Random): void {
  event.content = {
    msgtype: "m.image",
    body: `IMG_${1000 + random.below(9000)}.jpg`,
    url: `mxc://${serverName}/${letters(random, 24)}`,
    info: { mimetype: "image/jpeg", w: 1200, h: 800, size: 40_000 + random.below(900_000) },
  };
}

/** Mostly a sentence; one in five is formatted, one in twelve is longer than a preview. */
function textContent(random: Random, msgtype: string): Record<string, unknown> {
  const length = random.below(12) === 0 ? 60 + random.below(60) : 3 + random.below(25);
  const body = Array.from({ length }, () => random.pick(words)).join(" ");
  const content: Record<string, unknown> = { msgtype, body, "m.mentions": {} };
  if (random.below(5) > 0) return content;
  content["format"] = "org.matrix.custom.html";
  content["formatted_body"] = `<p><strong>${body.slice(0, 10)}</strong>${body.slice(10)}</p>`;
  return content;
}

function remember(recent: Remembered[], event: PushedEvent): void {
  const relation = event.content["m.relates_to"] as { rel_type?: string } | undefined;
  if (relation?.rel_type === "m.replace") return;
  recent.push({
    eventId: event.event_id,
    sender: event.sender,
    body: String(event.content["body"]),
    isRelation: relation !== undefined,
  });
  if (recent.length > memoryPerRoom) recent.shift();
}

function pickKind(random: Random): Kind {
  let left = random.below(1000);
  for (const [kind, share] of Object.entries(mix)) {
    left -= share;
    if (left < 0) return kind as Kind;
  }
  return "text";
}

function letters(random: Random, length: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return Array.from({ length }, () => alphabet.charAt(random.below(alphabet.length))).join("");
}
