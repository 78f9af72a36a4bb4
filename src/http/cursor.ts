import { decodeId, encodeId, type IdPrefix } from "../kernel/ids.ts";
import { requestInvalid } from "./errors.ts";

/** Where a page ended: the time of its last row in microseconds since 1970, and the row's uuid. */
export interface Place {
  readonly createdUs: bigint;
  readonly id: string;
}

/** The latest moment that JavaScript can name, in microseconds. */
const latestUs = 8_640_000_000_000_000_000n;

/** A place as text. It means nothing to clients; they send it back as it is. */
export function encodeCursor(place: Place): string {
  return Buffer.from(`${place.createdUs}.${encodeId("m", place.id).slice(2)}`).toString("base64url");
}

/** The place of a cursor, null for none. Throws `request_invalid` for what no page ever gave. */
export function decodeCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [, time = "", suffix = ""] = /^(0|[1-9]\d{0,18})\.([0-9a-z]{26})$/.exec(text) ?? [];
  const id = decodeId("m", `m_${suffix}`);
  const createdUs = BigInt(time);
  if (id === undefined || createdUs > latestUs) throw cursorInvalid();
  return { createdUs, id };
}

/** The same for rows whose id is text in the database, `ak_…`. */
export interface TextPlace {
  readonly createdUs: bigint;
  readonly id: string;
}

export function encodeTextCursor({ createdUs, id }: TextPlace): string {
  return Buffer.from(`${createdUs}.${id}`).toString("base64url");
}

/** The place of such a cursor, null for none. Throws `request_invalid` for what no page ever gave. */
export function decodeTextCursor(prefix: IdPrefix, cursor: string | undefined): TextPlace | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [, time = "", id = ""] = /^(0|[1-9]\d{0,18})\.([a-z]+_[0-9a-z]{26})$/.exec(text) ?? [];
  const createdUs = BigInt(time);
  if (decodeId(prefix, id) === undefined || createdUs > latestUs) throw cursorInvalid();
  return { createdUs, id };
}

/** Where a page of events ended: milliseconds since 1970 (-1 before all of them), and the event. */
export interface EventPlace {
  readonly ts: number;
  readonly eventId: string;
}

export function encodeEventCursor({ ts, eventId }: EventPlace): string {
  return Buffer.from(`${ts}.${eventId}`).toString("base64url");
}

/** The place of an event cursor, null for none. Throws `request_invalid` for what no page ever gave. */
export function decodeEventCursor(cursor: string | undefined): EventPlace | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, "base64url").toString();
  const [, ts, eventId = ""] = /^(-1|0|[1-9]\d{0,14})\.(\$[^\0\uFFFD]{1,254})$/.exec(text) ?? [];
  if (ts === undefined) throw cursorInvalid();
  return { ts: Number(ts), eventId };
}

/** For what no page ever gave. */
export function cursorInvalid(): Error {
  const detail = "This is not a cursor. Take it from nextCursor of the page before.";
  return requestInvalid({ faults: [{ in: "query", pointer: "/cursor", code: "invalid_cursor", detail }] });
}
