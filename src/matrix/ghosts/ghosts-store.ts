import type { DbClient, Tx } from "../../db/index.ts";

export interface GhostRow {
  readonly matrixId: string;
  readonly registeredAt: Date | null;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  readonly parkedReason: string | null;
  readonly deviceId: string | null;
}

export async function selectGhost(db: DbClient, agentId: string): Promise<GhostRow | undefined> {
  const rows = await db.$queryRawUnsafe<GhostRow[]>(
    `SELECT matrix_id AS "matrixId", registered_at AS "registeredAt", display_name AS "displayName",
            avatar_url AS "avatarUrl", parked_reason AS "parkedReason", device_id AS "deviceId"
       FROM matrix.ghosts WHERE agent_id = $1::uuid`,
    agentId,
  );
  return rows[0];
}

export async function insertGhost(tx: Tx, agentId: string, matrixId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.ghosts (matrix_id, agent_id, created_at) VALUES ($1, $2::uuid, $3)
     ON CONFLICT (agent_id) DO NOTHING`,
    matrixId,
    agentId,
    tx.now,
  );
}

/** What is known of a ghost now; what is left out stays. */
export interface GhostNews {
  readonly registered?: true;
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly parkedReason?: string;
}

export async function updateGhost(tx: Tx, agentId: string, news: GhostNews): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ghosts
        SET registered_at = CASE WHEN $2 THEN COALESCE(registered_at, $6) ELSE registered_at END,
            display_name = COALESCE($3, display_name), avatar_url = COALESCE($4, avatar_url),
            parked_reason = COALESCE($5, parked_reason)
      WHERE agent_id = $1::uuid`,
    agentId,
    news.registered === true,
    news.displayName ?? null,
    news.avatarUrl ?? null,
    news.parkedReason ?? null,
    tx.now,
  );
}

/** The device that it has from now on; null when it has none. */
export async function updateGhostDevice(tx: Tx, agentId: string, deviceId: string | null): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ghosts SET device_id = $2::text, device_since = CASE WHEN $2::text IS NOT NULL THEN $3::timestamptz END
      WHERE agent_id = $1::uuid`,
    agentId,
    deviceId,
    tx.now,
  );
}

/**
 * Agents whose Matrix user is not there yet, shows another name or picture than the agent has, or, where devices are made,
 * has none. Oldest first.
 */
export async function selectUnfinishedGhosts(
  db: DbClient,
  { except, limit, devices }: { except: readonly string[]; limit: number; devices: boolean },
): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT a.id::text AS id
       FROM agents a
       LEFT JOIN matrix.ghosts g ON g.agent_id = a.id
      WHERE a.status = 'active' AND g.parked_reason IS NULL AND a.id <> ALL ($1::uuid[])
        AND (a.matrix_id IS NULL OR g.registered_at IS NULL OR g.display_name IS DISTINCT FROM a.name
             OR ($3::boolean AND g.device_id IS NULL)
             OR (a.avatar_url LIKE 'mxc://%' AND g.avatar_url IS DISTINCT FROM a.avatar_url)
             OR (a.avatar_url IS NULL AND g.avatar_url <> ''))
      ORDER BY a.created_at, a.id
      LIMIT $2`,
    except,
    limit,
    devices,
  );
  return rows.map(({ id }) => id);
}

export interface UnretiredGhost {
  /** uuid */
  readonly agentId: string;
  readonly matrixId: string;
  /** Rooms that it was invited to, as far as the mirror knows. */
  readonly invitedTo: readonly string[];
}

/** Users of revoked agents that may still be in rooms: they have not left yet, or were let into one since. */
export async function selectUnretiredGhosts(
  db: DbClient,
  { except, limit }: { except: readonly string[]; limit: number },
): Promise<UnretiredGhost[]> {
  return db.$queryRawUnsafe<UnretiredGhost[]>(
    `SELECT a.id::text AS "agentId", g.matrix_id AS "matrixId",
            ARRAY(SELECT c.matrix_room_id FROM channel_members m JOIN channels c ON c.id = m.channel_id
                   WHERE m.member_agent_id = a.id AND m.membership = 'invite' AND c.matrix_room_id IS NOT NULL) AS "invitedTo"
       FROM agents a
       JOIN matrix.ghosts g ON g.agent_id = a.id
      WHERE a.status = 'revoked' AND g.registered_at IS NOT NULL AND g.parked_reason IS NULL
        AND a.id <> ALL ($1::uuid[])
        AND (g.retired_at IS NULL
             OR EXISTS (SELECT 1 FROM channel_members m
                         WHERE m.member_agent_id = a.id AND m.membership = 'join' AND m.joined_at > g.retired_at))
      ORDER BY a.created_at, a.id
      LIMIT $2`,
    except,
    limit,
  );
}

export async function updateGhostRetired(tx: Tx, agentId: string, at: Date): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ghosts SET retired_at = $2 WHERE agent_id = $1::uuid`,
    agentId,
    at,
  );
}
