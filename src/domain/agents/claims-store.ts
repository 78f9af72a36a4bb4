import { isGone, type Tx } from "../../db/index.ts";
import type { RuntimeKind, TriggerKind } from "./run-types.ts";
import { agentNow } from "./runs-store.ts";

export interface ClaimedRow {
  readonly id: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentMatrixId: string | null;
  readonly agentStatus: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly channelId: string;
  readonly roomId: string | null;
  readonly triggerKind: TriggerKind;
  readonly triggerEventId: string | null;
  readonly asker: string | null;
  readonly prompt: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
  readonly causationId: string;
  readonly attempts: number;
  readonly leaseToken: string;
  readonly model: string;
  readonly runtime: RuntimeKind;
  /** Whether this is the first time that it is begun. */
  readonly first: boolean;
  /** Whether the message that asks still stands there as the text that it was. */
  readonly stillAsked: boolean;
  /** Whether the channel is one in which agents are silent: encrypted, or of a confidential team. */
  readonly silent: boolean;
  /** Whether a freeze lies over the channel. */
  readonly frozen: boolean;
  /** Seconds since it was asked for. */
  readonly waited: number;
}

export interface Claim {
  readonly runtime: RuntimeKind;
  readonly agentId: string | null;
  readonly limit: number;
  readonly leaseMs: number;
  readonly worker: string;
  /** Runs at a time of an agent whose config does not say, and of a model that the bridge asks. */
  readonly perAgent: number;
  readonly perModel: number;
}

const claimLock = 7_243_001;

/**
 * Claims runs that are due, oldest first: only the first open one of an agent in a channel, so that answers keep the
 * order of the questions, and no more at a time than agent and model allow. One that waits for a person keeps only what
 * belongs to its own talk waiting: the thread, or outside of threads the same asker. One transaction claims at a time, so that the
 * counts are true; the lock comes in a statement of its own, or the counts would be older than it.
 */
export async function claimRows(tx: Tx, claim: Claim): Promise<ClaimedRow[]> {
  await tx.db.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${claimLock})`);
  return tx.db.$queryRawUnsafe<ClaimedRow[]>(
    `WITH ${openRuns()}
     ), known AS MATERIALIZED (
       SELECT h.id, h.agent_id, h.seq, a.model, a.runtime, COALESCE(a.concurrency, $6::int) AS concurrency,
              h.held_in_channel = 0 AND ${isDue("h")} AS due,
              count(*) FILTER (WHERE ${isHeld("h")}) OVER (PARTITION BY h.agent_id) AS held_by_agent,
              count(*) FILTER (WHERE ${isHeld("h")}) OVER (PARTITION BY a.runtime, a.model) AS held_by_model
         FROM lane h JOIN LATERAL (${agentNow("h.agent_id")}) a ON true
        WHERE NOT h.waits AND h.ahead = 0 OR ${isHeld("h")}
     ), of_agent AS (
       SELECT k.*, row_number() OVER (PARTITION BY k.agent_id ORDER BY k.seq) AS nth
         FROM known k
        WHERE k.due AND k.runtime = $2 AND ($3::uuid IS NULL OR k.agent_id = $3::uuid)
     ), of_model AS (
       SELECT o.*, row_number() OVER (PARTITION BY o.model ORDER BY o.seq) AS nth_of_model
         FROM of_agent o WHERE o.held_by_agent + o.nth <= o.concurrency
     ), chosen AS MATERIALIZED (
       SELECT o.id, o.model, o.runtime FROM of_model o
        WHERE o.runtime = 'external' OR o.held_by_model + o.nth_of_model <= $7::int
        ORDER BY o.seq LIMIT $4
     ), claimed AS (
       UPDATE agent_runs r
          SET status = 'started', attempts = r.attempts + 1, started_at = COALESCE(r.started_at, $1), model = n.model,
              runtime = n.runtime, lease_token = gen_random_uuid()::text, leased_by = $8,
              leased_until = $1::timestamptz + make_interval(secs => $5::float8 / 1000)
         FROM chosen n
        WHERE r.id = n.id AND ${isDue("r")}
        RETURNING r.*
     )
     SELECT r.id, r.agent_id::text AS "agentId", a.name AS "agentName", a.matrix_id AS "agentMatrixId",
            a.status AS "agentStatus", c.microdao_id::text AS "microdaoId", c.team_id AS "teamId",
            r.channel_id::text AS "channelId", c.matrix_room_id AS "roomId", r.trigger_kind AS "triggerKind",
            r.trigger_event_id AS "triggerEventId", r.asker, r.input ->> 'prompt' AS prompt, r.thread_root AS "threadRoot",
            r.hop, r.causation_id AS "causationId", r.attempts, r.lease_token AS "leaseToken", r.model, r.runtime,
            r.attempts = 1 AS first, c.encrypted OR c.confidential AS silent,
            EXISTS (SELECT FROM freezes f WHERE f.microdao_id = c.microdao_id OR f.channel_id = c.id) AS frozen,
            r.trigger_event_id IS NULL OR EXISTS (
              SELECT FROM messages m WHERE m.matrix_event_id = r.trigger_event_id AND m.channel_id = r.channel_id
                                       AND m.redacted_at IS NULL) AS "stillAsked",
            extract(epoch FROM $1 - r.created_at)::float8 AS waited
       FROM claimed r
       JOIN LATERAL (${agentNow("r.agent_id")}) a ON true
       JOIN LATERAL (SELECT c.*, COALESCE(t.mode = 'confidential', false) AS confidential
                       FROM channels c LEFT JOIN teams t ON t.id = c.team_id WHERE c.id = r.channel_id LIMIT 1) c ON true
      ORDER BY r.seq`,
    tx.now,
    claim.runtime,
    claim.agentId,
    claim.limit,
    claim.leaseMs,
    claim.perAgent,
    claim.perModel,
    claim.worker,
  );
}

/** SQL: all open runs; whether each waits for a person or behind one that does, and what is before it in its channel. */
function openRuns(): string {
  return `open AS MATERIALIZED (
       SELECT r.id, r.agent_id, r.channel_id, r.seq, r.status, r.next_attempt_at, r.leased_until,
              ${isParked("r")} OR count(*) FILTER (WHERE ${isParked("r")})
                OVER (${before(`r.agent_id, r.channel_id, ${talkOf("r")}`)}) > 0 AS waits
         FROM agent_runs r
        WHERE r.status IN ('queued', 'started')
     ), lane AS MATERIALIZED (
       SELECT r.*, count(*) FILTER (WHERE NOT r.waits) OVER (${before("r.agent_id, r.channel_id")}) AS ahead,
              count(*) FILTER (WHERE ${isHeld("r")}) OVER (PARTITION BY r.agent_id, r.channel_id) AS held_in_channel
         FROM open r`;
}

/** Before this one, in the order of asking. */
function before(lane: string): string {
  return `PARTITION BY ${lane} ORDER BY r.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`;
}

function talkOf(run: string): string {
  return `COALESCE(${run}.thread_root, ${run}.asker, '')`;
}

/** What is tried again later has an error. */
function isParked(run: string): string {
  return `(${run}.status = 'queued' AND ${run}.error IS NULL AND ${run}.next_attempt_at > $1::timestamptz)`;
}

function isHeld(run: string): string {
  return `${run}.status = 'started' AND ${run}.leased_until > $1::timestamptz`;
}

function isDue(run: string): string {
  return `(CASE ${run}.status WHEN 'queued' THEN COALESCE(${run}.next_attempt_at <= $1::timestamptz, true)
                              WHEN 'started' THEN COALESCE(${run}.leased_until <= $1::timestamptz, true) ELSE false END)`;
}

/**
 * Makes runs of the bridge's own runtime claimable whose holder is not there any more and has not prolonged its lease since, which would end after
 * `before`. Gives how many.
 */
export async function updateOrphaned(tx: Tx, before: Date): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET leased_until = $1
      WHERE r.status = 'started' AND r.runtime = 'builtin' AND r.leased_until > $1::timestamptz AND r.leased_until < $2::timestamptz
        AND ${isGone("r.leased_by")}`,
    tx.now,
    before,
  );
}

/** Notes the sessions of claimed runs. */
export async function updateSessions(
  tx: Tx,
  runs: readonly { readonly id: string; readonly sessionId: string }[],
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET session_id = n.session_id
       FROM unnest($1::text[], $2::uuid[]) AS n(id, session_id) WHERE r.id = n.id`,
    runs.map(({ id }) => id),
    runs.map(({ sessionId }) => sessionId),
  );
}

/** Prolongs leases and gives the ids of the runs that are still held. */
export async function updateLeases(
  tx: Tx,
  held: readonly { readonly runId: string; readonly leaseToken: string }[],
  leaseMs: number,
): Promise<Set<string>> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `UPDATE agent_runs r SET leased_until = $3::timestamptz
       FROM unnest($1::text[], $2::text[]) AS n(id, token)
      WHERE r.id = n.id AND r.lease_token = n.token AND r.status = 'started'
      RETURNING r.id`,
    held.map(({ runId }) => runId),
    held.map(({ leaseToken }) => leaseToken),
    new Date(tx.now.getTime() + leaseMs),
  );
  return new Set(rows.map(({ id }) => id));
}
