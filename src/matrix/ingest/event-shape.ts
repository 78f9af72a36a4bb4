import { at, isObject, type JsonObject, stringAt } from "../../kernel/json.ts";
import { isStorable } from "./well-formed.ts";

/** The parts that every room event has, checked. Source: client-server API, "Room event format". */
export interface RawEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly sender: string;
  readonly type: string;
  /** Milliseconds since 1970, clamped to the years 1970 to 9999. */
  readonly ts: number;
  /** Present exactly on state events, the empty string included. */
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  readonly unsigned: JsonObject;
  readonly redacts: string | undefined;
}

/** Why an event cannot be taken: a stable code and a sentence that never quotes content. */
export interface EventFault {
  readonly code: string;
  readonly message: string;
}

export type Shaped = { readonly event: RawEvent } | { readonly fault: EventFault };

const maxIdBytes = 255;
/** The end of the year 9999: later times can be written neither as RFC 3339 nor in the way PostgreSQL reads. */
const maxTime = 253_402_300_799_999;

/** Checks an event that a homeserver sent. It is untrusted: anybody on the federation may have made it. */
export function shapeEvent(raw: unknown): Shaped {
  if (!isObject(raw)) return refuse("event_not_object", "The event is not a JSON object.");
  const eventId = identifier(raw, "event_id", "$");
  const roomId = identifier(raw, "room_id", "!");
  const sender = identifier(raw, "sender", "@");
  const type = identifier(raw, "type", "");
  const stateKey = at(raw, "state_key");
  const faults = [eventId, roomId, sender, type].filter((part) => typeof part === "object");
  if (faults[0] !== undefined) return { fault: faults[0] };
  const ts = at(raw, "origin_server_ts");
  if (typeof ts !== "number") return refuse("bad_timestamp", "origin_server_ts is not a number.");
  const content = at(raw, "content");
  if (!isObject(content)) return refuse("bad_content", "content is not an object.");
  if (stateKey !== undefined && !isIdentifier(stateKey)) {
    return refuse("bad_state_key", "state_key is not a string that can be stored.");
  }
  return {
    event: {
      eventId: eventId as string,
      roomId: roomId as string,
      sender: sender as string,
      type: type as string,
      ts: clampTime(ts),
      stateKey,
      content,
      unsigned: objectOrEmpty(at(raw, "unsigned")),
      redacts: stringAt(raw, "redacts"),
    },
  };
}

/** An id that can be stored and has the length Matrix allows. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && Buffer.byteLength(value) <= maxIdBytes && isStorable(value);
}

/** Absurd times are stored as the nearest time there is; a time never stops an event. */
export function clampTime(ts: number): number {
  return Number.isNaN(ts) ? 0 : Math.trunc(Math.min(Math.max(ts, 0), maxTime));
}

/** The id of that kind under `key`; null when there is none. */
export function identifierAt(value: unknown, key: string, sigil: string): string | null {
  const found = at(value, key);
  return isIdentifier(found) && found.startsWith(sigil) && found.length > sigil.length ? found : null;
}

function identifier(raw: JsonObject, key: string, sigil: string): string | EventFault {
  return (
    identifierAt(raw, key, sigil) ?? {
      code: `bad_${key}`,
      message: `${key} is missing or is not an id that can be stored.`,
    }
  );
}

function objectOrEmpty(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function refuse(code: string, message: string): Shaped {
  return { fault: { code, message } };
}
