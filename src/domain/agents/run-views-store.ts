import { type DbClient, microsecondsOf, type Tx } from "../../db/index.ts";
import type { RunStatus, RuntimeKind, TriggerKind } from "./run-types.ts";

/** A run as people and programs see it. Times are microseconds since 1970. */
export interface RunView {
  readonly id: string;
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  /** uuid */
  readonly sessionId: string | null;
  readonly kind: TriggerKind;
  readonly triggerEventId: string | null;
  readonly asker: string | null;
  readonly status: RunStatus;
  readonly runtime: RuntimeKind;
  readonly model: string | null;
  readonly attempts: number;
  readonly hop: number;
  readonly causationId: string | null;
  /** uuid */
  readonly answerMessageId: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** US dollars, as a decimal. */
  readonly costUsd: string | null;
  readonly error: string | null;
  readonly errorSentence: string | null;
  readonly cancelledBy: string | null;
  readonly createdUs: bigint;
  readonly startedUs: bigint | null;
  readonly finishedUs: bigint | null;
}

const columns = `r.id, r.agent_id::text AS "agentId", r.channel_id::text AS "channelId", r.session_id::text AS "sessionId",
  r.trigger_kind AS kind, r.trigger_event_id AS "triggerEventId", r.asker, r.status, r.runtime, r.model, r.attempts, r.hop,
  r.causation_id AS "causationId", r.answer_message_id::text AS "answerMessageId", r.input_tokens AS "inputTokens",
  r.output_tokens AS "outputTokens", r.cost_usd::text AS "costUsd", r.error, r.error_sentence AS "errorSentence",
  r.cancelled_by AS "cancelledBy", ${microsecondsOf("r.created_at")} AS "createdUs",
  ${microsecondsOf("r.started_at")} AS "startedUs", ${microsecondsOf("r.finished_at")} AS "finishedUs"`;

export interface RunRange {
  /** uuids: runs of other channels are left out. */
  readonly channelIds: readonly string[];
  /** uuid */
  readonly agentId: string | null;
  readonly status: RunStatus | null;
  /** The id of the last run of the page before. */
  readonly before: string | null;
  readonly limit: number;
}

/** Runs, the newest first. */
export function selectRuns(db: DbClient, range: RunRange): Promise<RunView[]> {
  return db.$queryRawUnsafe<RunView[]>(
    `SELECT ${columns}
       FROM unnest($1::uuid[]) AS c(id)
       JOIN LATERAL (SELECT * FROM agent_runs r
                      WHERE r.channel_id = c.id AND ($2::uuid IS NULL OR r.agent_id = $2::uuid)
                        AND ($3::text IS NULL OR r.status = $3) AND ($4::text IS NULL OR r.id < $4)
                      ORDER BY r.id DESC LIMIT $5) r ON true
      ORDER BY r.id DESC LIMIT $5`,
    range.channelIds,
    range.agentId,
    range.status,
    range.before,
    range.limit,
  );
}

export async function selectRun(db: DbClient, id: string): Promise<RunView | undefined> {
  const rows = await db.$queryRawUnsafe<RunView[]>(`SELECT ${columns} FROM agent_runs r WHERE r.id = $1`, id);
  return rows[0];
}

/** The run that a trigger key has led to. */
export async function selectRunByKey(
  db: DbClient,
  agentId: string,
  triggerKey: string,
): Promise<RunView | undefined> {
  const rows = await db.$queryRawUnsafe<RunView[]>(
    `SELECT ${columns} FROM agent_runs r WHERE r.agent_id = $1::uuid AND r.trigger_key = $2`,
    agentId,
    triggerKey,
  );
  return rows[0];
}

/** Open runs of a channel, locked: all of them, or those that somebody asked for. */
export async function lockOpenRuns(
  tx: Tx,
  of: { readonly channelId: string; readonly asker: string | null },
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT r.id FROM agent_runs r
      WHERE r.channel_id = $1::uuid AND r.status IN ('queued', 'started') AND ($2::text IS NULL OR r.asker = $2)
      ORDER BY r.seq FOR NO KEY UPDATE`,
    of.channelId,
    of.asker,
  );
  return rows.map(({ id }) => id);
}

/** Open runs that somebody asked for by this event, or whose answer it is so far, locked. */
export async function lockRunsAbout(
  tx: Tx,
  about: { readonly channelId: string; readonly asker: string; readonly eventId: string },
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT r.id FROM agent_runs r
      WHERE r.channel_id = $1::uuid AND r.asker = $2 AND r.status IN ('queued', 'started')
        AND (r.trigger_event_id = $3
             OR EXISTS (SELECT FROM matrix.sends s
                         WHERE s.event_id = $3 AND s.agent_id = r.agent_id
                           AND starts_with(s.idempotency_key, 'run:' || r.id)))
      ORDER BY r.seq FOR NO KEY UPDATE`,
    about.channelId,
    about.asker,
    about.eventId,
  );
  return rows.map(({ id }) => id);
}

/** A session as people see it. */
export interface SessionView {
  /** uuid */
  readonly id: string;
  /** uuid */
  readonly channelId: string;
  readonly status: "active" | "idle" | "closed";
  readonly runs: number;
  readonly startedUs: bigint;
  readonly lastActivityUs: bigint | null;
}

/** Sessions of an agent in these channels, the newest first. */
export function selectSessions(
  db: DbClient,
  range: {
    readonly agentId: string;
    readonly channelIds: readonly string[];
    readonly before: string | null;
    readonly limit: number;
  },
): Promise<SessionView[]> {
  return db.$queryRawUnsafe<SessionView[]>(
    `SELECT s.id::text AS id, s.channel_id::text AS "channelId", s.status,
            (SELECT count(*)::int FROM agent_runs r WHERE r.session_id = s.id) AS runs,
            ${microsecondsOf("s.started_at")} AS "startedUs", ${microsecondsOf("s.last_activity_at")} AS "lastActivityUs"
       FROM agent_sessions s
      WHERE s.agent_id = $1::uuid AND s.channel_id = ANY($2::uuid[]) AND ($3::uuid IS NULL OR s.id < $3::uuid)
      ORDER BY s.id DESC LIMIT $4`,
    range.agentId,
    range.channelIds,
    range.before,
    range.limit,
  );
}
