import type { DbClient, Tx } from "../../db/index.ts";

export interface Memory {
  /** `comem_…` */
  readonly id: string;
  readonly text: string;
  readonly at: Date;
}

const silent = `(c.encrypted OR EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential'))`;

/** False for channels whose words are not kept, and for a run that is not under way: its question may be gone. */
export async function insertMemory(
  tx: Tx,
  row: Memory & { readonly channelId: string; readonly agentId: string; readonly runId: string },
): Promise<boolean> {
  // Locked: whoever ends the run and forgets what came of it waits, and then finds this, too.
  const inserted = await tx.db.$executeRawUnsafe(
    `WITH asked AS MATERIALIZED (SELECT r.id FROM agent_runs r WHERE r.id = $6 AND r.status = 'started' FOR SHARE)
     INSERT INTO comemory_items (id, team_id, channel_id, agent_id, summary, created_at, run_id)
     SELECT $1, c.team_id, c.id, $3::uuid, $4, $5, a.id
       FROM asked a CROSS JOIN channels c WHERE c.id = $2::uuid AND NOT ${silent}`,
    row.id,
    row.channelId,
    row.agentId,
    row.text,
    row.at,
    row.runId,
  );
  return inserted > 0;
}

/** Without words, the newest. */
export function selectMemories(
  db: DbClient,
  { channelId, words, limit }: { channelId: string; words: readonly string[]; limit: number },
): Promise<Memory[]> {
  return db.$queryRawUnsafe<Memory[]>(
    `SELECT i.id, i.summary AS text, i.created_at AS at
       FROM comemory_items i
       CROSS JOIN LATERAL (SELECT count(*) AS hits FROM unnest($2::text[]) AS w(word)
                            WHERE position(w.word IN lower(i.summary)) > 0) found
      WHERE i.channel_id = $1::uuid AND i.summary IS NOT NULL AND (found.hits > 0 OR cardinality($2::text[]) = 0)
      ORDER BY found.hits DESC, i.created_at DESC, i.id DESC LIMIT $3`,
    channelId,
    words,
    limit,
  );
}

export function deleteSilenced(tx: Tx): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `DELETE FROM comemory_items i USING channels c
      WHERE (c.kept_from IS NOT NULL OR ${silent}) AND i.channel_id = c.id
        AND (i.created_at < c.kept_from OR ${silent})`,
  );
}

/** What was remembered in these runs. */
export function deleteOfRuns(tx: Tx, runIds: readonly string[]): Promise<number> {
  return tx.db.$executeRawUnsafe(`DELETE FROM comemory_items WHERE run_id = ANY($1::text[])`, runIds);
}
