import type { Tx } from "../../db/index.ts";
import type { RuntimeKind, TriggerKind } from "./run-types.ts";

export interface NewRunRow {
  readonly id: string;
  readonly agentId: string;
  readonly channelId: string;
  readonly triggerKind: TriggerKind;
  readonly triggerKey: string;
  readonly triggerEventId: string | null;
  readonly asker: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
  readonly causationId: string;
  /** Names things by their ids; what was asked stays in Matrix. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A run that is new. */
export interface InsertedRun {
  readonly id: string;
  readonly agentId: string;
  readonly agentMatrixId: string | null;
  readonly channelId: string;
  readonly triggerKey: string;
  readonly asker: string | null;
  /** Whether it is another agent who asks. */
  readonly askedByAgent: boolean;
  readonly hop: number;
}

/** Writes runs as queued, in the order given, and gives those that no earlier call had written. */
export async function insertRuns(tx: Tx, rows: readonly NewRunRow[]): Promise<InsertedRun[]> {
  return tx.db.$queryRawUnsafe<InsertedRun[]>(
    `WITH inserted AS (
       INSERT INTO agent_runs (id, agent_id, channel_id, trigger_kind, trigger_key, trigger_event_id, asker, thread_root, hop,
                               causation_id, input, status, model, runtime, created_at, next_attempt_at)
       SELECT r.id, a.id, r."channelId", r."triggerKind", r."triggerKey", r."triggerEventId", r.asker, r."threadRoot", r.hop,
              r."causationId", r.input, 'queued', a.model, a.runtime, $2::timestamptz, $2::timestamptz
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
                id text, "agentId" uuid, "channelId" uuid, "triggerKind" text, "triggerKey" text, "triggerEventId" text,
                asker text, "threadRoot" text, hop int, "causationId" text, input jsonb)
              ) WITH ORDINALITY AS r(id, "agentId", "channelId", "triggerKind", "triggerKey", "triggerEventId", asker,
                                     "threadRoot", hop, "causationId", input, nth)
         JOIN LATERAL (${agentNow('r."agentId"')}) a ON true
        ORDER BY r.nth
       ON CONFLICT (agent_id, trigger_key) DO NOTHING
       RETURNING *
     )
     SELECT i.id, i.agent_id::text AS "agentId", a.matrix_id AS "agentMatrixId", i.channel_id::text AS "channelId",
            i.trigger_key AS "triggerKey", i.asker, i.hop,
            EXISTS (SELECT FROM agents o WHERE o.matrix_id = i.asker) AS "askedByAgent"
       FROM inserted i JOIN LATERAL (SELECT a.matrix_id FROM agents a WHERE a.id = i.agent_id LIMIT 1) a ON true
      ORDER BY i.seq`,
    JSON.stringify(rows),
    tx.now,
  );
}

/** SQL: what an agent runs on now, whose id the expression gives: its own settings over those of its blueprint. */
export function agentNow(id: string): string {
  const setting = (name: string) => `COALESCE(a.config ->> '${name}', b.config ->> '${name}')`;
  return `SELECT a.id, a.name, a.matrix_id, a.status, COALESCE(${setting("model")}, b.model) AS model,
                 CASE ${setting("runtime")} WHEN 'external' THEN 'external' ELSE 'builtin' END AS runtime,
                 CASE WHEN ${setting("concurrency")} ~ '^[1-9][0-9]{0,2}$' THEN ${setting("concurrency")}::int END AS concurrency
            FROM agents a JOIN agent_blueprints b ON b.id = a.blueprint_id WHERE a.id = ${id} LIMIT 1`;
}

/** A run as it ended, and where that is to be told. */
export interface EndedRun {
  readonly id: string;
  readonly agentId: string;
  readonly channelId: string;
  readonly sessionId: string | null;
  readonly triggerEventId: string | null;
  readonly asker: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
  readonly causationId: string;
  readonly runtime: RuntimeKind;
  readonly status: string;
  readonly attempts: number;
  readonly microdaoId: string;
  readonly teamId: string | null;
  /** Seconds since it was begun; null when it never was. */
  readonly seconds: number | null;
}

/** SQL around an `UPDATE agent_runs r … RETURNING r.*`: gives `EndedRun`s. */
function telling(update: string): string {
  return `WITH ended AS (${update} RETURNING r.*)
    SELECT e.id, e.agent_id::text AS "agentId", e.channel_id::text AS "channelId", e.session_id::text AS "sessionId",
           e.trigger_event_id AS "triggerEventId", e.asker, e.thread_root AS "threadRoot", e.hop,
           e.causation_id AS "causationId", e.runtime, e.status, e.attempts, c.microdao_id::text AS "microdaoId",
           c.team_id AS "teamId", extract(epoch FROM e.finished_at - e.started_at)::float8 AS seconds
      FROM ended e JOIN LATERAL (SELECT * FROM channels c WHERE c.id = e.channel_id LIMIT 1) c ON true
     ORDER BY e.seq`;
}

const held = `r.id = $1 AND r.lease_token = $2 AND r.status = 'started'`;
const letGo = `lease_token = NULL, leased_until = NULL, leased_by = NULL`;

/** Locks a run that is held with this token; false when it is not. */
export async function lockHeldRun(tx: Tx, runId: string, leaseToken: string): Promise<boolean> {
  const rows = await tx.db.$queryRawUnsafe<unknown[]>(
    `SELECT 1 FROM agent_runs r WHERE ${held} FOR NO KEY UPDATE`,
    runId,
    leaseToken,
  );
  return rows.length > 0;
}

export async function updateCompleted(
  tx: Tx,
  run: {
    readonly runId: string;
    readonly leaseToken: string;
    readonly output: object;
    readonly usage: object;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number | null;
    readonly answerMessageId: string | null;
  },
): Promise<EndedRun | undefined> {
  const rows = await tx.db.$queryRawUnsafe<EndedRun[]>(
    telling(`UPDATE agent_runs r
        SET status = 'completed', output = $3::jsonb, usage = $4::jsonb, input_tokens = $5, output_tokens = $6,
            cost_usd = $7::numeric, answer_message_id = $8::uuid, error = NULL, error_sentence = NULL, finished_at = $9, ${letGo}
      WHERE ${held}`),
    run.runId,
    run.leaseToken,
    JSON.stringify(run.output),
    JSON.stringify(run.usage),
    run.inputTokens,
    run.outputTokens,
    run.costUsd,
    run.answerMessageId,
    tx.now,
  );
  return rows[0];
}

/** Puts a held run back into the queue if it may be tried again, else ends it as failed; undefined when it is not held. */
export async function updateFailed(
  tx: Tx,
  run: {
    readonly runId: string;
    readonly leaseToken: string;
    readonly code: string;
    readonly sentence: string;
    /** Tried so often, it has failed for good. */
    readonly mostAttempts: number;
    /** How long to wait after the first, the second, … attempt; seconds. */
    readonly pauses: readonly number[];
  },
): Promise<EndedRun | undefined> {
  const rows = await tx.db.$queryRawUnsafe<EndedRun[]>(
    telling(`UPDATE agent_runs r
        SET status = CASE WHEN r.attempts < $5 THEN 'queued' ELSE 'failed' END, error = $3, error_sentence = $4,
            finished_at = CASE WHEN r.attempts < $5 THEN NULL ELSE $7::timestamptz END,
            next_attempt_at = $7::timestamptz + make_interval(secs => COALESCE(($6::float8[])[r.attempts], 60)), ${letGo}
      WHERE ${held}`),
    run.runId,
    run.leaseToken,
    run.code,
    run.sentence,
    run.mostAttempts,
    run.pauses,
    tx.now,
  );
  return rows[0];
}

/** Lets go of a run until then; the attempt does not count. */
export async function updateParked(
  tx: Tx,
  run: { readonly runId: string; readonly leaseToken: string; readonly until: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET status = 'queued', attempts = r.attempts - 1, next_attempt_at = $3, error = NULL, error_sentence = NULL, ${letGo} WHERE ${held}`,
    run.runId,
    run.leaseToken,
    run.until,
  );
}

/** Makes a run due that nobody holds. */
export async function updateDue(tx: Tx, runId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs SET next_attempt_at = $2 WHERE id = $1 AND status = 'queued'`,
    runId,
    tx.now,
  );
}

/** Ends runs that have not ended, whoever holds them. */
export async function updateEnded(
  tx: Tx,
  end: {
    readonly runIds: readonly string[];
    readonly status: "failed" | "cancelled";
    readonly code: string;
    readonly sentence: string | null;
    readonly by: string | null;
  },
): Promise<EndedRun[]> {
  return tx.db.$queryRawUnsafe<EndedRun[]>(
    telling(`UPDATE agent_runs r
        SET status = $2, error = $3, error_sentence = $4, cancelled_by = $5, finished_at = $6, ${letGo}
      WHERE r.id = ANY($1::text[]) AND r.status IN ('queued', 'started')`),
    end.runIds,
    end.status,
    end.code,
    end.sentence,
    end.by,
    tx.now,
  );
}
