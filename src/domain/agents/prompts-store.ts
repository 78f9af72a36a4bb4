import type { Tx } from "../../db/index.ts";

const silent = `(c.encrypted OR EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential'))`;

/** SQL: what agents were asked without an event goes, and what programs said about a run that failed. */
const emptied = `input = input - 'prompt', error_sentence = NULL`;

/** SQL: whether a run (`agent_runs`) still has any of that. */
export function runHasWords(run: string): string {
  return `(${run}.input ? 'prompt' OR ${run}.error_sentence IS NOT NULL)`;
}

/**
 * Forgets what agents were asked without an event, by the API and by schedules: of runs that have ended, where nothing may
 * be kept and where the channel's retention has passed. Schedules go where agents are not asked any more.
 */
export async function clearOldPrompts(tx: Tx): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET ${emptied}
       FROM channels c
      WHERE (c.kept_from IS NOT NULL OR ${silent}) AND r.channel_id = c.id AND ${runHasWords("r")}
        AND r.status IN ('completed', 'failed', 'cancelled') AND (r.created_at < c.kept_from OR ${silent})`,
  );
  await tx.db.$executeRawUnsafe(
    `DELETE FROM agent_schedules s WHERE s.channel_id = ANY(ARRAY(SELECT c.id FROM channels c WHERE ${silent}))`,
  );
}

/** Forgets what agents were asked in these runs, and what was said about those that failed. */
export async function clearPromptsOf(tx: Tx, runIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET ${emptied} WHERE r.id = ANY($1::text[]) AND ${runHasWords("r")}`,
    runIds,
  );
}

/** Schedules that somebody (`u_…`) made until a moment go with what they ask. */
export async function deleteSchedulesBy(tx: Tx, by: string, until: Date): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM agent_schedules WHERE created_by = $1 AND created_at <= $2`,
    by,
    until,
  );
}
