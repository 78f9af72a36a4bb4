import type { DbClient } from "../../db/index.ts";
import { type AgentStatus, bridgeAgent, type Frozen, frozenOf } from "../governance/index.ts";
import type { SendKind, SendState } from "./sends-store.ts";

/**
 * The queue side of `matrix.sends`. A row's way:
 *
 *   queued → sending (leased) → sent → confirmed      the event came back from the room, or was fetched from it
 *              │  └→ queued, later                    no usable answer, or told to wait
 *              └→ failed                              refused for good
 *
 * An echo confirms a row from any of these. A lease that runs out makes the row claimable again: whoever held it is dead
 * or too late, and its result is not taken, because `attempts` has moved on.
 */
export interface ClaimedSend {
  readonly id: string;
  readonly txnId: string;
  readonly roomId: string;
  readonly senderMatrixId: string;
  readonly agentId: string;
  readonly kind: SendKind;
  /** The event that it changes; null for a message, and while nobody knows its id. */
  readonly targetEventId: string | null;
  /** How far the sending of that event is, and in which room it is; null when somebody else sent it. */
  readonly targetState: SendState | null;
  readonly targetRoomId: string | null;
  readonly eventType: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** This one included. */
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly createdAt: Date;
  /** How the try before this one ended; null when nobody knows. */
  readonly previousErrorCode: string | null;
  readonly encrypted: boolean;
  readonly roomStatus: string | null;
  /** The room that has replaced this one. */
  readonly successorRoomId: string | null;
  readonly ghostRegistered: boolean;
  readonly ghostParked: string | null;
  /** The device to send from, and since when its user has it; null: without one. */
  readonly deviceId: string | null;
  readonly deviceSince: Date | null;
  readonly agentStatus: AgentStatus;
  /** Agents may say nothing there for now. Never for the bridge's own agent. */
  readonly frozen: Frozen;
}

export interface Claim {
  readonly now: Date;
  readonly leaseMs: number;
  readonly limit: number;
  /** Only the next row of this sender in this room. */
  readonly lane?: { readonly roomId: string; readonly senderMatrixId: string };
}

/**
 * Claims rows that are due, in one statement. Only the first unfinished row of a room and sender can be claimed, so that
 * messages keep their order; the others of the room go on beside it.
 */
export async function claimSends(db: DbClient, claim: Claim): Promise<ClaimedSend[]> {
  const { now, leaseMs, limit, lane } = claim;
  return db.$queryRawUnsafe<ClaimedSend[]>(
    `WITH due AS MATERIALIZED (
       SELECT c.id, c.last_error_code
         FROM matrix.sends c
        WHERE c.state IN ('queued', 'sending') AND c.next_attempt_at <= $1
          AND (c.leased_until IS NULL OR c.leased_until <= $1)
          AND ${lane === undefined ? isHeadOfItsLane : isHeadOfTheLane}
        ORDER BY c.seq
        LIMIT $3
          FOR UPDATE SKIP LOCKED
    ), claimed AS (
       UPDATE matrix.sends s
          SET state = 'sending', leased_until = $2, attempts = s.attempts + 1,
              first_attempt_at = COALESCE(s.first_attempt_at, $1), last_error_code = NULL, last_error = NULL
         FROM due d
        WHERE s.id = d.id
        RETURNING s.*, d.last_error_code AS previous_error_code
     )
     SELECT c.id::text AS id, c.txn_id AS "txnId", c.room_id AS "roomId", c.sender_matrix_id AS "senderMatrixId",
            c.agent_id::text AS "agentId", c.kind, COALESCE(c.target_event_id, t.event_id) AS "targetEventId",
            t.state AS "targetState", t.room_id AS "targetRoomId", c.event_type AS "eventType", c.content, c.attempts,
            c.first_attempt_at AS "firstAttemptAt", c.created_at AS "createdAt",
            c.previous_error_code AS "previousErrorCode",
            COALESCE(r.encrypted, false) OR EXISTS (
              SELECT 1 FROM matrix.state_events e
               WHERE e.room_id = c.room_id AND e.type = 'm.room.encryption' AND e.state_key = '') AS encrypted,
            r.status AS "roomStatus", r.successor_room_id AS "successorRoomId", g.registered_at IS NOT NULL AS "ghostRegistered",
            g.parked_reason AS "ghostParked", g.device_id AS "deviceId", g.device_since AS "deviceSince", a.status AS "agentStatus",
            CASE WHEN a.external_id <> '${bridgeAgent}' THEN ${frozenOf("c.channel_id", "ch.microdao_id")} END AS frozen
       FROM claimed c
       JOIN agents a ON a.id = c.agent_id
       JOIN channels ch ON ch.id = c.channel_id
       LEFT JOIN matrix.sends t ON t.id = c.target_send_id
       LEFT JOIN matrix.rooms r ON r.room_id = c.room_id
       LEFT JOIN matrix.ghosts g ON g.matrix_id = c.sender_matrix_id
      ORDER BY c.seq`,
    now,
    later(now, leaseMs),
    limit,
    ...(lane === undefined ? [] : [lane.roomId, lane.senderMatrixId]),
  );
}

const isHeadOfItsLane = `NOT EXISTS (
  SELECT 1 FROM matrix.sends p
   WHERE p.room_id = c.room_id AND p.seq < c.seq AND p.state IN ('queued', 'sending')
     AND p.sender_matrix_id = c.sender_matrix_id)`;

/** The same for one lane, without looking at the rows behind its head, of which there may be thousands. */
const isHeadOfTheLane = `c.id = (
  SELECT p.id FROM matrix.sends p
   WHERE p.room_id = $4 AND p.sender_matrix_id = $5 AND p.state IN ('queued', 'sending')
   ORDER BY p.seq LIMIT 1)`;

/** How a try ended. */
export type SendOutcome =
  | { readonly is: "sent"; readonly eventId: string }
  | { readonly is: "again"; readonly code: string; readonly reason: string; readonly delayMs: number }
  /** There was nothing left to do: it is so already, by another event. */
  | { readonly is: "done" }
  /** The room was replaced before the message was sent: it goes to the new one. */
  | { readonly is: "moved"; readonly roomId: string }
  | { readonly is: "failed"; readonly code: string; readonly reason: string };

type Leased = Pick<ClaimedSend, "id" | "attempts">;

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

async function recordSent(db: DbClient, id: string, now: Date, eventId: string): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = 'sent', event_id = $3, sent_at = $2, next_attempt_at = $4, leased_until = NULL,
            content = ${awaited}, last_error_code = NULL, last_error = NULL
      WHERE id = $1::uuid AND state <> 'confirmed' AND event_id IS NULL`,
    id,
    now,
    eventId,
    later(now, echoMs),
  );
}

/** Keeps a claim for another `leaseMs`; false when it is somebody else's by now. */
export async function renewLease(db: DbClient, send: Leased, now: Date, leaseMs: number): Promise<boolean> {
  const renewed = await db.$executeRawUnsafe(
    `UPDATE matrix.sends SET leased_until = $3
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    later(now, leaseMs),
  );
  return renewed > 0;
}

function later(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() + milliseconds);
}
