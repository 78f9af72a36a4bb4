import { type DbClient, isGone, type Tx } from "../../db/index.ts";
import { type AgentStatus, bridgeAgent, type Frozen, frozenOf } from "../governance/index.ts";
import { sentUpdate } from "./send-queue-store.ts";
import type { SendKind, SendState } from "./sends-store.ts";

/**
 * The queue side of `matrix.sends`, of which this is the claiming and `send-queue-store.ts` the ending. A row's way:
 *
 *   queued → sending (leased) → sent → confirmed      the event came back from the room, or was fetched from it
 *     │        │  ├→ queued, later                    no usable answer, told to wait, or the room was replaced
 *     │        │  └→ confirmed                        there was nothing left to do
 *     └────────┴→ failed                              silenced before anybody tried, or refused for good
 *
 * An echo confirms a row from any of these, and an event id that comes late makes it sent. A lease that runs out makes the row claimable again: whoever held it is dead
 * or too late, and its result is not taken, because `attempts` has moved on.
 */
export interface ClaimedSend {
  readonly id: string;
  readonly txnId: string;
  /** The order of what was queued. */
  readonly seq: bigint;
  /** Whether its sender had more to say there when it was claimed. */
  readonly moreWaits: boolean;
  readonly roomId: string;
  readonly senderMatrixId: string;
  readonly agentId: string;
  readonly kind: SendKind;
  /** The event that it changes; null for a message, and while nobody knows its id. */
  readonly targetEventId: string | null;
  /** The row that made that event; null when somebody else sent it. */
  readonly targetSendId: string | null;
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
  /** Who claims: `Presence.holder`, if it has one. */
  readonly holder?: string | undefined;
}

/** What the homeserver took, and under which event id. */
export interface SentEvent {
  readonly id: string;
  readonly eventId: string;
}

/**
 * Claims rows that are due, in one statement. Only the first unfinished row of a room and sender can be claimed, so that
 * messages keep their order; the others of the room go on beside it.
 */
export async function claimSends(
  db: DbClient,
  { now, leaseMs, holder, limit }: Claim & { readonly limit: number },
): Promise<ClaimedSend[]> {
  return db.$queryRawUnsafe<ClaimedSend[]>(
    `WITH due AS MATERIALIZED (
       SELECT c.id, c.last_error_code
         FROM matrix.sends c
        WHERE ${isDue} AND NOT EXISTS (
          SELECT 1 FROM matrix.sends p
           WHERE p.room_id = c.room_id AND p.seq < c.seq AND p.state IN ('queued', 'sending')
             AND p.sender_matrix_id = c.sender_matrix_id)
        ORDER BY c.seq
        LIMIT $3
          FOR UPDATE SKIP LOCKED
    ), claimed AS (${claimDue("$4")})
    ${claimedSends}`,
    now,
    later(now, leaseMs),
    limit,
    holder ?? null,
  );
}

/**
 * Claims the next row of a lane behind one that its holder has in hand, and writes down what was sent before, in one
 * statement. `ahead`: the one in hand is still on its way; then only a message is claimed, because what changes an event
 * needs its id, and an edit may be replaced until somebody tries to send it.
 */
export async function claimNext(
  db: DbClient,
  {
    now,
    leaseMs,
    holder,
    after,
    sent,
    ahead,
  }: Claim & {
    readonly after: Pick<ClaimedSend, "roomId" | "senderMatrixId" | "seq">;
    readonly sent: SentEvent | undefined;
    readonly ahead: boolean;
  },
): Promise<ClaimedSend | undefined> {
  const rows = await db.$queryRawUnsafe<ClaimedSend[]>(
    `WITH settled AS (${sentUpdate("$7::uuid", "$8", "$1::timestamptz")}
    ), due AS MATERIALIZED (
       SELECT c.id, c.last_error_code
         FROM matrix.sends c
        WHERE ${isDue} AND ($6::boolean IS FALSE OR c.kind = 'message') AND c.id = (
          SELECT p.id FROM matrix.sends p
           WHERE p.room_id = $3 AND p.sender_matrix_id = $4 AND p.seq > $5 AND p.state IN ('queued', 'sending')
           ORDER BY p.seq LIMIT 1)
          FOR UPDATE SKIP LOCKED
    ), claimed AS (${claimDue("$9")})
    ${claimedSends}`,
    now,
    later(now, leaseMs),
    after.roomId,
    after.senderMatrixId,
    after.seq,
    ahead,
    sent?.id ?? null,
    sent?.eventId ?? null,
    holder ?? null,
  );
  return rows.map((row) => withTarget(row, sent))[0];
}

/** One statement does not see what it writes itself. */
function withTarget(send: ClaimedSend, sent: SentEvent | undefined): ClaimedSend {
  if (sent === undefined || send.targetSendId !== sent.id) return send;
  return { ...send, targetEventId: send.targetEventId ?? sent.eventId };
}

/**
 * Makes rows claimable that a process had in hand which is not there any more; what it had begun with them is looked for
 * in the room, as after any lease that ran out. Gives how many.
 */
export async function takeBackSends(tx: Tx): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `UPDATE matrix.sends s SET leased_until = $1
      WHERE s.state = 'sending' AND s.leased_until > $1::timestamptz AND ${isGone("s.leased_by")}`,
    tx.now,
  );
}

/** A row that is held, as things stand now; undefined when it is not held any more. */
export async function lookAtHeld(db: DbClient, held: ClaimedSend): Promise<ClaimedSend | undefined> {
  const rows = await db.$queryRawUnsafe<ClaimedSend[]>(
    `WITH claimed AS (
       SELECT s.*, $3::text AS previous_error_code FROM matrix.sends s
        WHERE s.id = $1::uuid AND s.state = 'sending' AND s.attempts = $2)
     ${claimedSends}`,
    held.id,
    held.attempts,
    held.previousErrorCode,
  );
  return rows[0];
}

/** Gives back a row that was claimed and not tried. */
export async function releaseSend(db: DbClient, send: Leased): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = 'queued', leased_until = NULL, attempts = attempts - 1, last_error_code = $3,
            first_attempt_at = CASE WHEN attempts > 1 THEN first_attempt_at END
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    send.previousErrorCode,
  );
}

type Leased = Pick<ClaimedSend, "id" | "attempts" | "previousErrorCode">;

/** Keeps a claim for another `leaseMs`; false when it is somebody else's by now. */
export async function renewLease(
  db: DbClient,
  send: Pick<ClaimedSend, "id" | "attempts">,
  now: Date,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await db.$executeRawUnsafe(
    `UPDATE matrix.sends SET leased_until = $3
      WHERE id = $1::uuid AND state = 'sending' AND attempts = $2`,
    send.id,
    send.attempts,
    later(now, leaseMs),
  );
  return renewed > 0;
}

const isDue = `c.state IN ('queued', 'sending') AND c.next_attempt_at <= $1
          AND (c.leased_until IS NULL OR c.leased_until <= $1)`;

const claimDue = (holder: string) => `
       UPDATE matrix.sends s
          SET state = 'sending', leased_until = $2, leased_by = ${holder}, attempts = s.attempts + 1,
              first_attempt_at = COALESCE(s.first_attempt_at, $1), last_error_code = NULL, last_error = NULL
         FROM due d
        WHERE s.id = d.id
        RETURNING s.*, d.last_error_code AS previous_error_code`;

const claimedSends = `
     SELECT c.id::text AS id, c.txn_id AS "txnId", c.seq, c.room_id AS "roomId", c.sender_matrix_id AS "senderMatrixId",
            c.agent_id::text AS "agentId", c.kind, COALESCE(c.target_event_id, t.event_id) AS "targetEventId",
            c.target_send_id::text AS "targetSendId", t.state AS "targetState", t.room_id AS "targetRoomId",
            c.event_type AS "eventType", c.content, c.attempts, c.first_attempt_at AS "firstAttemptAt",
            c.created_at AS "createdAt", c.previous_error_code AS "previousErrorCode",
            COALESCE(r.encrypted, false) OR EXISTS (
              SELECT 1 FROM matrix.state_events e
               WHERE e.room_id = c.room_id AND e.type = 'm.room.encryption' AND e.state_key = '') AS encrypted,
            r.status AS "roomStatus", r.successor_room_id AS "successorRoomId", g.registered_at IS NOT NULL AS "ghostRegistered",
            g.parked_reason AS "ghostParked", g.device_id AS "deviceId", g.device_since AS "deviceSince", a.status AS "agentStatus",
            CASE WHEN a.external_id <> '${bridgeAgent}' THEN ${frozenOf("c.channel_id", "ch.microdao_id")} END AS frozen,
            EXISTS (SELECT FROM matrix.sends n
                     WHERE n.room_id = c.room_id AND n.sender_matrix_id = c.sender_matrix_id AND n.seq > c.seq
                       AND n.state IN ('queued', 'sending')) AS "moreWaits"
       FROM claimed c
       JOIN agents a ON a.id = c.agent_id
       JOIN channels ch ON ch.id = c.channel_id
       LEFT JOIN matrix.sends t ON t.id = c.target_send_id
       LEFT JOIN matrix.rooms r ON r.room_id = c.room_id
       LEFT JOIN matrix.ghosts g ON g.matrix_id = c.sender_matrix_id
      ORDER BY c.seq`;

function later(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() + milliseconds);
}
