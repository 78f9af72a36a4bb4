import type { DbClient } from "../../db/index.ts";

export interface Surroundings {
  readonly channelName: string;
  readonly microdaoName: string;
  /** Whether agents must not learn what is said there. */
  readonly silent: boolean;
}

export async function selectSurroundings(db: DbClient, channelId: string): Promise<Surroundings | undefined> {
  const rows = await db.$queryRawUnsafe<Surroundings[]>(
    `SELECT COALESCE(c.name, c.slug) AS "channelName", d.name AS "microdaoName",
            c.encrypted OR COALESCE(t.mode = 'confidential', false) AS silent
       FROM channels c JOIN microdaos d ON d.id = c.microdao_id LEFT JOIN teams t ON t.id = c.team_id
      WHERE c.id = $1::uuid`,
    channelId,
  );
  return rows[0];
}

/** What people and agents are called in a channel, by Matrix id. */
export async function selectNames(
  db: DbClient,
  channelId: string,
  matrixIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.$queryRawUnsafe<{ matrixId: string; name: string }[]>(
    `SELECT u.matrix_id AS "matrixId", COALESCE(m.display_name, u.display_name) AS name
       FROM users u
       LEFT JOIN LATERAL (SELECT k.display_name FROM channel_members k
                           WHERE k.channel_id = $1::uuid AND k.member_user_id = u.id LIMIT 1) m ON true
      WHERE u.matrix_id = ANY($2::text[]) AND COALESCE(m.display_name, u.display_name) IS NOT NULL
      UNION ALL
     SELECT a.matrix_id, a.name FROM agents a WHERE a.matrix_id = ANY($2::text[])`,
    channelId,
    matrixIds,
  );
  return new Map(rows.map(({ matrixId, name }) => [matrixId, name]));
}

/** The uuid of a mirrored message of the channel. */
export async function selectMessageId(
  db: DbClient,
  channelId: string,
  eventId: string,
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text AS id FROM messages WHERE matrix_event_id = $2 AND channel_id = $1::uuid`,
    channelId,
    eventId,
  );
  return rows[0]?.id;
}
