import type { DbClient } from "../../db/index.ts";

/** Another channel of the same microDAO. */
export interface Neighbour {
  readonly slug: string;
  readonly name: string;
  readonly canonicalAlias: string | null;
}

/** How many of each list are shown at most; one more tells that there are more. */
export const shownAtMost = 20;

/**
 * Channels that everybody in this channel may know of: public ones, and where this one is open to its microDAO only, those
 * that are so as well. The answer is read by all in the room, so what only the asker may see is left out.
 */
export async function readNeighbours(db: DbClient, channelId: string): Promise<Neighbour[]> {
  return db.$queryRawUnsafe<Neighbour[]>(
    `SELECT o.slug, o.name, o.canonical_alias AS "canonicalAlias"
       FROM channels c
       JOIN channels o ON o.microdao_id = c.microdao_id AND o.id <> c.id AND o.status = 'active'
       LEFT JOIN teams t ON t.id = o.team_id
      WHERE c.id = $1::uuid AND COALESCE(t.mode, 'public') <> 'confidential'
        AND (o.visibility = 'public' OR (o.visibility = 'microdao' AND c.visibility = 'microdao'))
      ORDER BY o.slug LIMIT $2::int`,
    channelId,
    shownAtMost + 1,
  );
}

/** Agents of the channel's microDAO that are not in it and could be invited. */
export async function readInvitableAgents(
  db: DbClient,
  channelId: string,
): Promise<{ name: string; matrixId: string }[]> {
  return db.$queryRawUnsafe<{ name: string; matrixId: string }[]>(
    `SELECT a.name, a.matrix_id AS "matrixId"
       FROM channels c JOIN agents a ON a.microdao_id = c.microdao_id
      WHERE c.id = $1::uuid AND a.status = 'active' AND a.kind <> 'system' AND a.matrix_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM channel_members m
                         WHERE m.channel_id = c.id AND m.member_agent_id = a.id AND m.membership = 'join')
      ORDER BY a.name, a.id LIMIT $2::int`,
    channelId,
    shownAtMost + 1,
  );
}

export interface MemberCount {
  readonly role: string;
  readonly count: number;
  /** Some of them, by name. */
  readonly names: readonly string[];
}

/** Who has joined, by role. */
export async function readMemberCounts(db: DbClient, channelId: string): Promise<MemberCount[]> {
  return db.$queryRawUnsafe<MemberCount[]>(
    `SELECT role, count(*)::int AS count, (array_agg(name ORDER BY name))[1:5] AS names
       FROM (SELECT m.role, COALESCE(m.display_name, u.display_name, a.name, u.matrix_id, '') AS name
               FROM channel_members m
               LEFT JOIN users u ON u.id = m.member_user_id
               LEFT JOIN agents a ON a.id = m.member_agent_id
              WHERE m.channel_id = $1::uuid AND m.membership = 'join') x
      GROUP BY role
      ORDER BY array_position(ARRAY['owner', 'admin', 'member', 'guest', 'agent'], role)`,
    channelId,
  );
}

export interface Asker {
  readonly externalId: string;
  readonly role: string;
  /** In the channel's microDAO; null: none. */
  readonly microdaoRole: string | null;
  readonly microdaoName: string;
}

/** Who somebody is to a channel. */
export async function readAsker(
  db: DbClient,
  channelId: string,
  matrixId: string,
): Promise<Asker | undefined> {
  const rows = await db.$queryRawUnsafe<Asker[]>(
    `SELECT u.external_id AS "externalId", m.role, mm.role AS "microdaoRole", d.name AS "microdaoName"
       FROM channels c
       JOIN microdaos d ON d.id = c.microdao_id
       JOIN users u ON u.matrix_id = $2
       JOIN channel_members m ON m.channel_id = c.id AND m.member_user_id = u.id
       LEFT JOIN microdao_members mm ON mm.microdao_id = c.microdao_id AND mm.user_id = u.id
      WHERE c.id = $1::uuid`,
    channelId,
    matrixId,
  );
  return rows[0];
}
