import type { DbClient } from "../../db/index.ts";

/** What an agent said, mirrored or only posted so far. */
export interface AgentUtterance {
  /** uuid */
  readonly channelId: string;
  /** uuid */
  readonly agentId: string;
  /** The run that it was posted for, as the bridge wrote it; null when it names none, or is not kept any more. */
  readonly runId: string | null;
}

/** The message with this uuid; undefined when there is none, or a person said it. */
export async function selectUtterance(db: DbClient, id: string): Promise<AgentUtterance | undefined> {
  const rows = await db.$queryRawUnsafe<AgentUtterance[]>(
    `WITH said AS (
       SELECT s.channel_id, s.agent_id, s.content #>> '{org.microdao.cause,run}' AS run_id
         FROM matrix.sends s WHERE s.id = $1::uuid AND s.kind = 'message'
     )
     SELECT channel_id::text AS "channelId", agent_id::text AS "agentId", run_id AS "runId"
       FROM said WHERE agent_id IS NOT NULL
      UNION ALL
     SELECT m.channel_id::text, m.sender_agent_id::text, NULL
       FROM messages m WHERE m.id = $1::uuid AND m.sender_agent_id IS NOT NULL AND NOT EXISTS (SELECT FROM said)`,
    id,
  );
  return rows[0];
}
