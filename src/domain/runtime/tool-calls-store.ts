import type { DbClient, Tx } from "../../db/index.ts";

/**
 * A call of a tool (`tool_calls.status`):
 *
 *   called → done | failed | refused
 *     └→ waiting → approved → called → done | failed
 *            └→ refused          somebody said no, or nobody said anything
 */
export type CallStatus = "called" | "waiting" | "approved" | "refused" | "done" | "failed";

export interface CallRow {
  /** `call_…` */
  readonly id: string;
  readonly runId: string;
  readonly step: number;
  readonly position: number;
  readonly tool: string;
  readonly status: CallStatus;
  readonly said: string;
  readonly input: unknown;
  readonly result: string | null;
  readonly expiresAt: Date | null;
}

/** All calls of a run, in their order. */
export function selectCalls(db: DbClient, runId: string): Promise<CallRow[]> {
  return db.$queryRawUnsafe<CallRow[]>(
    `SELECT id, run_id AS "runId", step, position, tool, status, COALESCE(said, '') AS said, input, result,
            expires_at AS "expiresAt"
       FROM tool_calls WHERE run_id = $1 ORDER BY step, position`,
    runId,
  );
}

const mostUsed = 32;

/**
 * What became of the calls of a run, in their order, at most 32, of tools with these names: what a model calls that is no
 * tool could be named anything.
 */
export function selectUsed(
  db: DbClient,
  runId: string,
  names: readonly string[],
): Promise<{ readonly name: string; readonly status: CallStatus; readonly ms: number }[]> {
  return db.$queryRawUnsafe(
    `SELECT tool AS name, status, GREATEST(extract(epoch FROM ended_at - created_at) * 1000, 0)::int AS ms
       FROM tool_calls WHERE run_id = $1 AND ended_at IS NOT NULL AND tool = ANY($2::text[])
      ORDER BY step, position LIMIT ${mostUsed}`,
    runId,
    names,
  );
}

/** Calls of a run that is under way: of one that has ended nothing is kept. Those that are there already stay as they are. */
export async function insertCalls(tx: Tx, runId: string, rows: readonly CallRow[]): Promise<void> {
  // Locked: whoever ends the run and forgets what came of it waits, and then finds these, too.
  await tx.db.$executeRawUnsafe(
    `WITH asked AS MATERIALIZED (SELECT a.id FROM agent_runs a WHERE a.id = $3 AND a.status = 'started' FOR SHARE)
     INSERT INTO tool_calls (id, run_id, step, position, tool, status, said, input, result, created_at)
     SELECT r.id, a.id, r.step, r.position, r.tool, r.status, r.said, r.input, r.result, $2
       FROM asked a CROSS JOIN jsonb_to_recordset($1::jsonb)
         AS r(id text, step int, position int, tool text, status text, said text, input jsonb, result text)
     ON CONFLICT (run_id, step, position) DO NOTHING`,
    JSON.stringify(rows),
    tx.now,
    runId,
  );
}

/** Notes what became of a call; false when that is known already. */
export async function updateCall(
  tx: Tx,
  {
    id,
    status,
    result,
  }: { readonly id: string; readonly status: CallStatus; readonly result: string | null },
): Promise<boolean> {
  const ended = status === "done" || status === "failed" || status === "refused";
  const updated = await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls SET status = $2, result = $3, ended_at = $4::timestamptz
      WHERE id = $1 AND status IN ('called', 'waiting', 'approved')`,
    id,
    status,
    result,
    ended ? tx.now.toISOString() : null,
  );
  return updated > 0;
}

/** From now on somebody has to allow it. */
export async function updateWaiting(
  tx: Tx,
  { id, askedIn, expiresAt }: { readonly id: string; readonly askedIn: string; readonly expiresAt: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls SET status = 'waiting', asked_in = $2::uuid, expires_at = $3 WHERE id = $1 AND status = 'called'`,
    id,
    askedIn,
    expiresAt,
  );
}

export interface AskedCall {
  readonly id: string;
  readonly runId: string;
  readonly tool: string;
  readonly asker: string | null;
  /** uuids */
  readonly agentId: string;
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
}

/** The call whose approval was asked for by a message, while it waits; locked. */
export async function lockAskedCall(tx: Tx, eventId: string): Promise<AskedCall | undefined> {
  const rows = await tx.db.$queryRawUnsafe<AskedCall[]>(
    `SELECT t.id, t.run_id AS "runId", t.tool, r.asker, r.agent_id::text AS "agentId", c.id::text AS "channelId",
            c.microdao_id::text AS "microdaoId", c.team_id AS "teamId"
       FROM messages m
       JOIN tool_calls t ON t.asked_in = m.id
       JOIN agent_runs r ON r.id = t.run_id
       JOIN channels c ON c.id = m.channel_id
      WHERE m.matrix_event_id = $1 AND t.status = 'waiting' AND t.expires_at > $2
        FOR NO KEY UPDATE OF t`,
    eventId,
    tx.now,
  );
  return rows[0];
}

export async function updateDecided(
  tx: Tx,
  call: { readonly id: string; readonly approved: boolean; readonly by: string; readonly result: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls
        SET status = CASE WHEN $2 THEN 'approved' ELSE 'refused' END, decided_by = $3,
            result = CASE WHEN $2 THEN NULL ELSE $4 END, ended_at = CASE WHEN $2 THEN NULL ELSE $5::timestamptz END
      WHERE id = $1 AND status = 'waiting'`,
    call.id,
    call.approved,
    call.by,
    call.result,
    tx.now,
  );
}

/** Takes the words out of the calls of a run that has ended. */
export async function clearCalls(tx: Tx, runId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls SET said = NULL, input = NULL, result = NULL WHERE run_id = $1`,
    runId,
  );
}

/** The same for runs that ended without anybody doing it: cancelled, interrupted. */
export async function clearEndedCalls(tx: Tx): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls t SET said = NULL, input = NULL, result = NULL
       FROM agent_runs r
      WHERE r.id = t.run_id AND r.status IN ('completed', 'failed', 'cancelled')
        AND ${callHasWords("t")}`,
  );
}

/** SQL: whether a call (`tool_calls`) still has words. */
export function callHasWords(call: string): string {
  return `(${call}.said IS NOT NULL OR ${call}.input IS NOT NULL OR ${call}.result IS NOT NULL)`;
}

/** Takes the words out of the calls of these runs, and closes those that are open: nothing is written into them any more. */
export async function forgetCalls(tx: Tx, runIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE tool_calls t
        SET said = NULL, input = NULL, result = NULL, ended_at = COALESCE(t.ended_at, $2),
            status = CASE WHEN t.status IN ('done', 'failed') THEN t.status ELSE 'refused' END
      WHERE t.run_id = ANY($1::text[]) AND (t.ended_at IS NULL OR ${callHasWords("t")})`,
    runIds,
    tx.now,
  );
}

export async function selectRunStatus(db: DbClient, runId: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ status: string }[]>(
    `SELECT status FROM agent_runs WHERE id = $1`,
    runId,
  );
  return rows[0]?.status;
}
