import type { DbClient, Tx } from "../../db/index.ts";

export interface Memory {
  /** `comem_…` */
  readonly id: string;
  readonly text: string;
  readonly at: Date;
}

const silent = `(c.encrypted OR EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential'))`;

/** False for channels whose words are not kept. */
export async function insertMemory(
  tx: Tx,
  row: Memory & { readonly channelId: string; readonly agentId: string },
): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO comemory_items (id, team_id, channel_id, agent_id, summary, created_at)
     SELECT $1, c.team_id, c.id, $3::uuid, $4, $5 FROM channels c WHERE c.id = $2::uuid AND NOT ${silent}`,
    row.id,
    row.channelId,
    row.agentId,
    row.text,
    row.at,
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
