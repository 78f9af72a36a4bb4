import type { Tx } from "../../db/index.ts";

const silent = `(c.encrypted OR EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential'))`;

/**
 * Forgets what agents were asked without an event, by the API and by schedules: of runs that have ended, where nothing may
 * be kept and where the channel's retention has passed. Schedules go where agents are not asked any more.
 */
export async function clearOldPrompts(tx: Tx): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_runs r SET input = r.input - 'prompt'
       FROM channels c
      WHERE (c.kept_from IS NOT NULL OR ${silent}) AND r.channel_id = c.id AND r.input ? 'prompt'
        AND r.status IN ('completed', 'failed', 'cancelled') AND (r.created_at < c.kept_from OR ${silent})`,
  );
  await tx.db.$executeRawUnsafe(
    `DELETE FROM agent_schedules s WHERE s.channel_id = ANY(ARRAY(SELECT c.id FROM channels c WHERE ${silent}))`,
  );
}
