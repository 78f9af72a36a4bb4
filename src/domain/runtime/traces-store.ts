import type { DbClient, Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { runHasWords } from "../agents/index.ts";
import type { AgentTraceCounts, Person } from "../messaging/index.ts";
import { callHasWords } from "./tool-calls-store.ts";

/** SQL after `direct (id, trigger_key)`: all of these runs, and those that agents asked for because of them. */
const withChains = `every_run AS MATERIALIZED (
     SELECT id FROM direct
      UNION
     SELECT r.id FROM agent_runs r WHERE r.hop > 0 AND r.causation_id = ANY(ARRAY(SELECT trigger_key FROM direct)))`;

/** Runs that these messages (Matrix event ids) asked for, by themselves or by a reaction to them, and what agents asked then. */
export async function selectRunsAbout(tx: Tx, eventIds: readonly string[]): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `WITH direct AS MATERIALIZED (
       SELECT r.id, r.trigger_key FROM agent_runs r WHERE r.trigger_event_id = ANY($1::text[])
     ), ${withChains}
     SELECT id FROM every_run ORDER BY id`,
    eventIds,
  );
  return rows.map(({ id }) => id);
}

/**
 * SQL: the runs that a person asked for: by an event, by a reaction, by a key of theirs, by a schedule that they made; those
 * that others asked for about what they said; and what agents asked then. $1: uuid, $2: Matrix id, $3: until when, $4: `u_…`.
 */
const runsOfPerson = `direct AS MATERIALIZED (
     SELECT r.id, r.trigger_key FROM agent_runs r WHERE r.asker = $2 AND r.created_at <= $3
      UNION
     SELECT r.id, r.trigger_key FROM messages m JOIN agent_runs r ON r.trigger_event_id = m.matrix_event_id
      WHERE m.sender_user_id = $1::uuid AND m.created_at <= $3
      UNION
     SELECT r.id, r.trigger_key FROM audit_log a JOIN agent_runs r ON r.id = a.resource_id
      WHERE a.actor_id = $4 AND a.action = 'run.invoked' AND a.created_at <= $3
      UNION
     SELECT r.id, r.trigger_key FROM agent_runs r
      WHERE r.trigger_kind = 'schedule' AND split_part(r.trigger_key, ':', 2) = ANY(ARRAY(
        SELECT a.data ->> 'schedule_id' FROM audit_log a
         WHERE a.actor_id = $4 AND a.action = 'agent.schedule.created' AND a.created_at <= $3))
   ), ${withChains}`;

const isRemembered = `EXISTS (SELECT FROM comemory_items i WHERE i.run_id = e.id)`;
const wasCalled = `EXISTS (SELECT FROM tool_calls t WHERE t.run_id = e.id AND ${callHasWords("t")})`;

/** The next runs of a person that have not ended, or that words are left of. */
export async function selectTalkingRuns(db: DbClient, person: Person, limit: number): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `WITH ${runsOfPerson}
     SELECT e.id FROM every_run e JOIN agent_runs r ON r.id = e.id
      WHERE r.status IN ('queued', 'started') OR ${runHasWords("r")} OR ${isRemembered} OR ${wasCalled}
      ORDER BY e.id LIMIT $5::int`,
    ...valuesOf(person),
    limit,
  );
  return rows.map(({ id }) => id);
}

/** What is left of a person in runs and schedules, and remembered because of them, by table. */
export async function countTraces(db: DbClient, person: Person): Promise<AgentTraceCounts> {
  const [counts] = await db.$queryRawUnsafe<[AgentTraceCounts]>(
    `WITH ${runsOfPerson}
     SELECT (SELECT count(*) FROM every_run e JOIN comemory_items i ON i.run_id = e.id)::int AS memories,
            (SELECT count(*) FROM every_run e JOIN agent_runs r ON r.id = e.id WHERE ${runHasWords("r")})::int AS runs,
            (SELECT count(*) FROM every_run e JOIN tool_calls t ON t.run_id = e.id WHERE ${callHasWords("t")})::int AS "toolCalls",
            (SELECT count(*) FROM agent_schedules s WHERE s.created_by = $4 AND s.created_at <= $3)::int AS schedules`,
    ...valuesOf(person),
  );
  return counts;
}

function valuesOf({ userId, matrixId, until }: Person): [string, string, Date, string] {
  return [userId, matrixId, until, encodeId("u", userId)];
}
