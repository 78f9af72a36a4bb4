import type { DbClient, Tx } from "../../db/index.ts";

export interface AskedAgent {
  readonly name: string;
  readonly matrixId: string | null;
  readonly status: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  /** Whether it is an agent who asks. */
  readonly askedByAgent: boolean;
  /** Whether the message still stands there as the text that it was. */
  readonly stillAsked: boolean;
}

/**
 * The agent and the circumstances, or undefined when it or the channel is gone. Locks the agent's row, so that its
 * sessions and limits are counted by one transaction at a time.
 */
export async function lockAskedAgent(
  tx: Tx,
  asked: { agentId: string; channelId: string; triggerEventId: string; sender: string },
): Promise<AskedAgent | undefined> {
  const rows = await tx.db.$queryRawUnsafe<AskedAgent[]>(
    `SELECT a.name, a.matrix_id AS "matrixId", a.status, c.microdao_id::text AS "microdaoId", c.team_id AS "teamId",
            EXISTS (SELECT 1 FROM agents o WHERE o.matrix_id = $4) AS "askedByAgent",
            EXISTS (SELECT 1 FROM messages m WHERE m.matrix_event_id = $3 AND m.channel_id = c.id AND m.kind = 'text'
                       AND m.redacted_at IS NULL) AS "stillAsked"
       FROM agents a
       JOIN channels c ON c.id = $2::uuid
      WHERE a.id = $1::uuid
        FOR NO KEY UPDATE OF a`,
    asked.agentId,
    asked.channelId,
    asked.triggerEventId,
    asked.sender,
  );
  return rows[0];
}

export interface RunRow {
  readonly id: string;
  readonly sessionId: string;
  readonly status: "started" | "completed" | "failed";
  /** Times the model was asked in vain. */
  readonly failures: number;
}

export async function selectRun(
  db: DbClient,
  agentId: string,
  triggerEventId: string,
): Promise<RunRow | undefined> {
  const rows = await db.$queryRawUnsafe<RunRow[]>(
    `SELECT id, session_id::text AS "sessionId", status, COALESCE((output ->> 'failures')::int, 0) AS failures
       FROM agent_runs WHERE agent_id = $1::uuid AND trigger_event_id = $2`,
    agentId,
    triggerEventId,
  );
  return rows[0];
}

/** `input` names things by their ids; what was asked stays in Matrix. */
export async function insertRun(
  tx: Tx,
  run: {
    id: string;
    agentId: string;
    sessionId: string;
    triggerEventId: string;
    model: string;
    input: object;
  },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_runs (id, agent_id, session_id, trigger_event_id, status, model, input, created_at)
     VALUES ($1, $2::uuid, $3::uuid, $4, 'started', $5, $6::jsonb, $7)`,
    run.id,
    run.agentId,
    run.sessionId,
    run.triggerEventId,
    run.model,
    JSON.stringify(run.input),
    tx.now,
  );
}

export type RunEnd =
  | { readonly status: "completed"; readonly output: object; readonly usage: object }
  | { readonly status: "failed"; readonly error: string };

/** False when the run has ended already. */
export async function endRun(tx: Tx, runId: string, end: RunEnd): Promise<boolean> {
  const completed = end.status === "completed";
  const ended = await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs
        SET status = $2, output = $3::jsonb, usage = $4::jsonb, error = $5, finished_at = $6
      WHERE id = $1 AND status = 'started'`,
    runId,
    end.status,
    completed ? JSON.stringify(end.output) : null,
    completed ? JSON.stringify(end.usage) : null,
    completed ? null : end.error,
    tx.now,
  );
  return ended > 0;
}

export async function countFailure(tx: Tx, runId: string, failures: number): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs SET output = jsonb_build_object('failures', $2::int) WHERE id = $1 AND status = 'started'`,
    runId,
    failures,
  );
}

export async function countRunsSince(tx: Tx, sessionId: string, since: Date): Promise<number> {
  const rows = await tx.db.$queryRawUnsafe<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM agent_runs WHERE session_id = $1::uuid AND created_at > $2`,
    sessionId,
    since,
  );
  return rows[0]?.count ?? 0;
}
