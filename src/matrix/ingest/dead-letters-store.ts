import { hash } from "node:crypto";
import type { DbClient, Tx } from "../../db/index.ts";
import type { FactSource } from "../../domain/messaging/index.ts";
import { newId } from "../../kernel/ids.ts";
import { isObject, jsonOf, objectAt, stringAt } from "../../kernel/json.ts";
import { isStorable, wellFormed } from "./well-formed.ts";

const maxMessage = 500;
const maxId = 255;

/** An event that could not be applied, kept raw with the reason. */
export interface NewDeadLetter {
  readonly raw: unknown;
  readonly code: string;
  readonly message: string;
}

export interface DeadLetterOrigin {
  readonly source: FactSource;
  readonly txnId: string | null;
}

/**
 * Keeps events that could not be applied. The raw event is stored as bytes: it may hold what neither `text` nor `jsonb`
 * can. Of events in confidential teams only the skeleton is kept, of those in encrypted rooms only what is encrypted. The
 * same event again is the same row.
 */
export async function insertDeadLetters(
  tx: Tx,
  letters: readonly NewDeadLetter[],
  origin: DeadLetterOrigin,
): Promise<void> {
  if (letters.length === 0) return;
  const silent = await selectSilentRooms(tx, letters);
  const kept = letters.map((letter) => {
    const room = silent.get(stringAt(letter.raw, "room_id") ?? "");
    const isKept = room === undefined || (room === "encrypted" && isCiphertext(letter.raw));
    return isKept ? letter : { ...letter, raw: skeletonOf(letter.raw), message: "" };
  });
  const rows = kept.map(({ raw, code, message }) => ({
    id: newId("dl", tx.now),
    fingerprint: fingerprintOf(raw),
    event_id: storable(raw, "event_id"),
    room_id: storable(raw, "room_id"),
    target: targetOf(raw),
    raw: Buffer.from(jsonOf(raw)).toString("base64"),
    error_code: code,
    error: storableMessage(message),
  }));
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.inbox (id, fingerprint, event_id, room_id, target_event_id, raw, source, txn_id, error_code,
                               error, received_at)
     SELECT r.id, decode(r.fingerprint, 'hex'), r.event_id, r.room_id, r.target, decode(r.raw, 'base64'), $2, $3, r.error_code,
            r.error, $4
       FROM jsonb_to_recordset($1::jsonb)
         AS r(id text, fingerprint text, event_id text, room_id text, target text, raw text, error_code text, error text)
     ON CONFLICT (fingerprint) DO NOTHING`,
    JSON.stringify(rows),
    origin.source,
    origin.txnId,
    tx.now,
  );
}

/** Rooms of which no text may be stored, and why. */
async function selectSilentRooms(
  tx: Tx,
  letters: readonly NewDeadLetter[],
): Promise<Map<string, "confidential" | "encrypted">> {
  const rows = await tx.db.$queryRawUnsafe<{ room_id: string; confidential: boolean }[]>(
    `SELECT r.room_id, COALESCE(t.mode = 'confidential', false) AS confidential
       FROM matrix.rooms r JOIN channels c ON c.id = r.channel_id LEFT JOIN teams t ON t.id = c.team_id
      WHERE r.room_id = ANY($1::text[]) AND (t.mode = 'confidential' OR c.encrypted_since IS NOT NULL)`,
    letters.flatMap(({ raw }) => storable(raw, "room_id") ?? []),
  );
  return new Map(rows.map((row) => [row.room_id, row.confidential ? "confidential" : "encrypted"]));
}

function isCiphertext(raw: unknown): boolean {
  return stringAt(raw, "type") === "m.room.encrypted";
}

/** The event that an event relates to: what is said of a redacted event goes with it. */
export function targetOf(raw: unknown): string | null {
  return storable(objectAt(objectAt(raw, "content"), "m.relates_to"), "event_id");
}

const skeletonKeys: ReadonlySet<string> = new Set(["event_id", "room_id", "sender", "type"]);

/** Which event it was, without anything that somebody may have said in it. */
function skeletonOf(raw: unknown): unknown {
  const entries = Object.entries(raw ?? {}).filter(([key, value]) => {
    if (key === "origin_server_ts") return typeof value === "number";
    return skeletonKeys.has(key) && typeof value === "string" && value.length <= maxId;
  });
  return Object.fromEntries(entries);
}

/**
 * Empties dead letters whose events have been redacted, or that edit such an event or react to it: that an event could
 * not be applied is no reason to keep what somebody wanted gone. `eventIds` are those that may be concerned.
 */
export function dropRedactedLetters(tx: Tx, eventIds: readonly string[]): void {
  if (eventIds.length === 0) return;
  tx.finally("letters", {
    params: [eventIds, tx.now.toISOString()],
    ctes: ($) => `
      dropped_letter AS (
        UPDATE matrix.inbox i SET status = 'dropped', resolved_at = ${$(1)}::timestamptz, raw = ''::bytea,
               error = ''
         WHERE i.status = 'dead' AND (i.event_id = ANY(${$(0)}::text[]) OR i.target_event_id = ANY(${$(0)}::text[]))
           AND EXISTS (SELECT FROM matrix.redactions r JOIN matrix.rooms m ON m.channel_id = r.channel_id
                        WHERE r.target_event_id IN (i.event_id, i.target_event_id) AND m.room_id = i.room_id
                          AND COALESCE(r.room_id = i.room_id, true))
        RETURNING i.id)`,
    result: () => "SELECT count(*)::int FROM dropped_letter",
  });
}

export interface DeadLetter {
  readonly id: string;
  readonly eventId: string | null;
  readonly roomId: string | null;
  readonly source: FactSource;
  readonly txnId: string | null;
  readonly errorCode: string;
  readonly error: string;
  readonly attempts: number;
  readonly status: "dead" | "retried" | "dropped";
  readonly receivedAt: Date;
}

const columns = `id, event_id AS "eventId", room_id AS "roomId", source, txn_id AS "txnId", error_code AS "errorCode",
                 error, attempts, status, received_at AS "receivedAt"`;

/** Dead letters that wait for a decision, oldest first. */
export async function selectDeadLetters(db: DbClient, limit: number): Promise<DeadLetter[]> {
  return db.$queryRawUnsafe<DeadLetter[]>(
    `SELECT ${columns} FROM matrix.inbox WHERE status = 'dead' ORDER BY received_at, id LIMIT $1`,
    limit,
  );
}

export async function selectDeadLetter(
  db: DbClient,
  id: string,
): Promise<(DeadLetter & { raw: Uint8Array }) | undefined> {
  const rows = await db.$queryRawUnsafe<(DeadLetter & { raw: Uint8Array })[]>(
    `SELECT ${columns}, raw FROM matrix.inbox WHERE id = $1`,
    id,
  );
  return rows[0];
}

/** Closes a dead letter; its raw event goes with it. */
export async function closeDeadLetter(tx: Tx, id: string, status: "retried" | "dropped"): Promise<void> {
  await tx.db.$executeRawUnsafe(
    "UPDATE matrix.inbox SET status = $2, resolved_at = $3, raw = ''::bytea, error = '' WHERE id = $1",
    id,
    status,
    tx.now,
  );
}

export async function countFailedRetry(
  tx: Tx,
  id: string,
  fault: { code: string; message: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    "UPDATE matrix.inbox SET attempts = attempts + 1, error_code = $2, error = $3 WHERE id = $1",
    id,
    fault.code,
    storableMessage(fault.message),
  );
}

/** What makes two deliveries the same event: everything but `unsigned`, where the homeserver writes the event's age. */
function fingerprintOf(raw: unknown): string {
  const same = isObject(raw)
    ? Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "unsigned"))
    : raw;
  return hash("sha256", jsonOf(same));
}

function storableMessage(message: string): string {
  return wellFormed(message.slice(0, maxMessage));
}

function storable(raw: unknown, key: string): string | null {
  const value = stringAt(raw, key);
  return value !== undefined && value.length <= maxId && isStorable(value) ? value : null;
}

/**
 * Drops dead letters that came before a moment, at most `limit`: nobody has decided about them in time. That there was one
 * stays. Gives how many.
 */
export async function dropLettersBefore(tx: Tx, before: Date, limit: number): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `UPDATE matrix.inbox SET status = 'dropped', resolved_at = $2, raw = ''::bytea, error = ''
      WHERE id = ANY(ARRAY(SELECT id FROM matrix.inbox WHERE status = 'dead' AND received_at < $1
                            ORDER BY received_at LIMIT $3::int FOR UPDATE SKIP LOCKED))`,
    before,
    tx.now,
    limit,
  );
}

/** Waiting dead letters after this id, with their raw events. */
export async function selectRawLetters(
  db: DbClient,
  after: string,
  limit: number,
): Promise<{ id: string; raw: Uint8Array }[]> {
  return db.$queryRawUnsafe<{ id: string; raw: Uint8Array }[]>(
    `SELECT id, raw FROM matrix.inbox WHERE id > $1 AND status = 'dead' ORDER BY id LIMIT $2::int`,
    after,
    limit,
  );
}
