import { type DbClient, microsecondsOf, type Tx } from "../../db/index.ts";
import type { RunStatus, TriggerKind } from "./run-types.ts";
import { agentNow } from "./runs-store.ts";

export interface LockedRun {
  /** uuid */
  readonly channelId: string;
  readonly status: RunStatus;
  readonly hop: number;
  readonly causationId: string;
  /** Whether it is held with the token that was given. */
  readonly held: boolean;
}

/** Locks a run of an agent (uuid), if it has it. */
export async function lockRunOf(
  tx: Tx,
  agentId: string,
  { runId, leaseToken }: { readonly runId: string; readonly leaseToken: string },
): Promise<LockedRun | undefined> {
  const rows = await tx.db.$queryRawUnsafe<LockedRun[]>(
    `SELECT r.channel_id::text AS "channelId", r.status, r.hop, r.causation_id AS "causationId",
            r.status = 'started' AND COALESCE(r.lease_token = $3, false) AS held
       FROM agent_runs r WHERE r.id = $1 AND r.agent_id = $2::uuid FOR NO KEY UPDATE`,
    runId,
    agentId,
    leaseToken,
  );
  return rows[0];
}

/** Puts a held run back as if it had not been begun; false when it is not held. */
export async function updateReleased(
  tx: Tx,
  { runId, leaseToken }: { readonly runId: string; readonly leaseToken: string },
): Promise<boolean> {
  const released = await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r
        SET status = 'queued', attempts = GREATEST(r.attempts - 1, 0), next_attempt_at = $3, lease_token = NULL,
            leased_until = NULL, leased_by = NULL
      WHERE r.id = $1 AND r.lease_token = $2 AND r.status = 'started'`,
    runId,
    leaseToken,
    tx.now,
  );
  return released > 0;
}

/** A run that could be claimed now. */
export interface ClaimableRun {
  readonly id: string;
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  readonly roomId: string | null;
  readonly kind: TriggerKind;
  readonly eventId: string | null;
  readonly threadRoot: string | null;
  readonly asker: string | null;
  readonly attempts: number;
}

/** What claims of programs would find for these agents (uuids): in each channel the first open run, if it is due. */
export function findClaimable(db: DbClient, agentIds: readonly string[], now: Date): Promise<ClaimableRun[]> {
  return db.$queryRawUnsafe<ClaimableRun[]>(
    `WITH head AS MATERIALIZED (
       SELECT DISTINCT ON (r.agent_id, r.channel_id) r.*
         FROM agent_runs r
        WHERE r.agent_id = ANY($1::uuid[]) AND r.status IN ('queued', 'started')
        ORDER BY r.agent_id, r.channel_id, r.seq
     )
     SELECT h.id, h.agent_id::text AS "agentId", h.channel_id::text AS "channelId", c.matrix_room_id AS "roomId",
            h.trigger_kind AS kind, h.trigger_event_id AS "eventId", h.thread_root AS "threadRoot", h.asker, h.attempts
       FROM head h
       JOIN LATERAL (${agentNow("h.agent_id")}) a ON a.runtime = 'external' AND a.status = 'active'
       JOIN channels c ON c.id = h.channel_id
      WHERE CASE h.status WHEN 'queued' THEN COALESCE(h.next_attempt_at <= $2::timestamptz, true)
                          ELSE COALESCE(h.leased_until <= $2::timestamptz, true) END
      ORDER BY h.seq`,
    agentIds,
    now,
  );
}

/** Where a run of an agent (uuid) was asked for. */
export interface AskedAt {
  /** uuid */
  readonly channelId: string;
  readonly threadRoot: string | null;
  /** The message that asks, if it is mirrored: its time in microseconds since 1970, and its uuid. */
  readonly createdUs: bigint | null;
  readonly messageId: string | null;
}

export async function findAskedAt(
  db: DbClient,
  agentId: string,
  runId: string,
): Promise<AskedAt | undefined> {
  const rows = await db.$queryRawUnsafe<AskedAt[]>(
    `SELECT r.channel_id::text AS "channelId", r.thread_root AS "threadRoot",
            ${microsecondsOf("m.created_at")} AS "createdUs", m.id::text AS "messageId"
       FROM agent_runs r
       LEFT JOIN messages m ON m.matrix_event_id = r.trigger_event_id AND m.channel_id = r.channel_id
      WHERE r.id = $1 AND r.agent_id = $2::uuid`,
    runId,
    agentId,
  );
  return rows[0];
}
