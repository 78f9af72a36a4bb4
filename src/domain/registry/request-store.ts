import type { DbClient } from "../../db/index.ts";

/**
 * The channel in which a request is told when nobody names one: of the agent's team, or else of no team; the lobby, or
 * else the oldest. Never one that is encrypted, or a confidential team's.
 */
export async function selectLobby(
  db: DbClient,
  { microdaoId, teamId }: { readonly microdaoId: string; readonly teamId: string | null },
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT c.id::text AS id
       FROM channels c
       JOIN matrix.rooms r ON r.room_id = c.matrix_room_id AND r.status = 'joined'
       LEFT JOIN teams t ON t.id = c.team_id
      WHERE c.microdao_id = $1::uuid AND c.status = 'active' AND NOT c.encrypted
        AND (c.team_id IS NULL OR c.team_id = $2) AND t.mode IS DISTINCT FROM 'confidential'
        AND NOT EXISTS (SELECT 1 FROM teams own WHERE own.id = $2 AND own.mode = 'confidential')
      ORDER BY c.team_id IS NULL, c.slug <> 'lobby', c.created_at, c.id LIMIT 1`,
    microdaoId,
    teamId,
  );
  return rows[0]?.id;
}

/** Whether a request may be told in this channel (uuid): it is this microDAO's, and no confidential team's. */
export async function selectMayTell(
  db: DbClient,
  { channelId, microdaoId }: { readonly channelId: string; readonly microdaoId: string },
): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<object[]>(
    `SELECT 1 AS one FROM channels c LEFT JOIN teams t ON t.id = c.team_id
      WHERE c.id = $1::uuid AND c.microdao_id = $2::uuid AND t.mode IS DISTINCT FROM 'confidential'`,
    channelId,
    microdaoId,
  );
  return rows.length > 0;
}
