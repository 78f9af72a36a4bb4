import type { DbClient } from "../../db/index.ts";

/** How a try ended. */
export type SendOutcome =
  | { readonly is: "sent"; readonly eventId: string }
  | { readonly is: "again"; readonly code: string; readonly reason: string; readonly delayMs: number }
  /** There was nothing left to do: it is so already, by another event. */
  | { readonly is: "done" }
  /** The room was replaced before the message was sent: it goes to the new one. */
  | { readonly is: "moved"; readonly roomId: string }
  | { readonly is: "failed"; readonly code: string; readonly reason: string };

/** A try of a send: the row, and the how-manieth try it is. */
interface Leased {
  readonly id: string;
  readonly attempts: number;
}

/**
 * Writes down how a try ended. The content is cleared as soon as it will not be sent again. A row that an echo has
 * closed meanwhile, or that somebody else has claimed since, stays as it is; only an event id is never thrown away.
 */
export async function recordOutcome(
  db: DbClient,
  send: Leased,
  now: Date,
  outcome: SendOutcome,
): Promise<void> {
  if (outcome.is === "sent") return recordSent(db, send.id, now, outcome.eventId);
  if (outcome.is === "done") return recordDone(db, send, now);
  if (outcome.is === "moved") return recordMoved(db, send, now, outcome.roomId);
  const failed = outcome.is === "failed";
  await db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = $3, leased_until = NULL, next_attempt_at = $4,
            last_error_code = $5, last_error = $6, content = CASE WHEN $3 = 'failed' THEN NULL ELSE content END
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    failed ? "failed" : "queued",
    failed ? now : later(now, outcome.delayMs),
    outcome.code,
    outcome.reason,
  );
}

/** A message that the homeserver took and that has not come back. */
export interface UnseenSend {
  readonly id: string;
  readonly roomId: string;
  readonly senderMatrixId: string;
  readonly eventId: string;
}

/** An echo comes within moments; one that has not come by now was probably lost. */
const echoMs = 10_000;

/**
 * Takes messages whose echo is due. A homeserver that crashes loses what it had not pushed yet, so some echoes never
 * come. Each is looked for again after twice the time that has passed, for a day.
 */
export async function takeUnseenSends(db: DbClient, now: Date, limit: number): Promise<UnseenSend[]> {
  return db.$queryRawUnsafe<UnseenSend[]>(
    `WITH due AS MATERIALIZED (
       SELECT s.id FROM matrix.sends s
        WHERE s.state = 'sent' AND s.next_attempt_at <= $1 AND s.sent_at > $1::timestamptz - interval '1 day'
        ORDER BY s.next_attempt_at
        LIMIT $2
          FOR UPDATE SKIP LOCKED)
     UPDATE matrix.sends s SET next_attempt_at = $1::timestamptz + 2 * ($1::timestamptz - s.sent_at)
       FROM due d
      WHERE s.id = d.id
     RETURNING s.id::text AS id, s.room_id AS "roomId", s.sender_matrix_id AS "senderMatrixId", s.event_id AS "eventId"`,
    now,
    limit,
  );
}

/** In the new room nothing was tried yet, so the first try there is no repetition. */
async function recordMoved(db: DbClient, send: Leased, now: Date, roomId: string): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = 'queued', room_id = $3, leased_until = NULL, next_attempt_at = $4, first_attempt_at = NULL,
            last_error_code = 'room_replaced', last_error = 'the room was replaced by another'
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    roomId,
    now,
  );
}

async function recordDone(db: DbClient, send: Leased, now: Date): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = 'confirmed', sent_at = $3, confirmed_at = $3, leased_until = NULL, content = NULL,
            last_error_code = NULL, last_error = NULL
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    now,
  );
}

/**
 * What is kept until the mirror has it: an edit wants to know what kind of message it was and whom it mentioned, and
 * whoever reacts whether that was done already.
 */
const awaited = `CASE kind
  WHEN 'message' THEN jsonb_build_object('msgtype', content -> 'msgtype', 'm.mentions', content -> 'm.mentions')
  WHEN 'reaction' THEN jsonb_build_object('m.relates_to', content -> 'm.relates_to') END`;

/** What is written down of an event that the homeserver took: SQL of the row's uuid, of the event id and of the time. */
export const sentUpdate = (id: string, eventId: string, now: string) => `
    UPDATE matrix.sends
        SET state = 'sent', event_id = ${eventId}, sent_at = ${now}, next_attempt_at = ${now} + interval '${echoMs} ms',
            leased_until = NULL, content = ${awaited}, last_error_code = NULL, last_error = NULL
      WHERE id = ${id} AND state <> 'confirmed' AND event_id IS NULL`;

async function recordSent(db: DbClient, id: string, now: Date, eventId: string): Promise<void> {
  await db.$executeRawUnsafe(sentUpdate("$1::uuid", "$2", "$3::timestamptz"), id, eventId, now);
}

function later(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() + milliseconds);
}
