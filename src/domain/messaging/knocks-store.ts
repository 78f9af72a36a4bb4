import type { DbClient } from "../../db/index.ts";

/** Somebody who knocks at a channel, and what the bot may do about it. */
export interface Knock {
  readonly roomId: string;
  readonly roomStatus: string;
  readonly matrixId: string;
  readonly botPower: number;
  /** The bot created a room of version 12 or later: nothing is too high. */
  readonly botIsCreator: boolean;
  /** The levels that inviting and kicking take in this room. */
  readonly inviteLevel: number;
  readonly kickLevel: number;
}

/** SQL: a level of the room's power levels, old rooms' texts included; what is no level counts as absent. */
function levelOf(key: string, otherwise: number): string {
  return `CASE WHEN p.content ->> '${key}' ~ '^\\s*[+-]?\\d{1,9}\\s*$' THEN (p.content ->> '${key}')::int ELSE ${otherwise} END`;
}

/**
 * The knock of this user (uuid) at the channel's room. Client-server API, `m.room.power_levels`: inviting takes 0 and
 * kicking 50 unless the room says otherwise.
 */
export async function selectKnock(
  db: DbClient,
  channelId: string,
  userId: string,
): Promise<Knock | undefined> {
  const rows = await db.$queryRawUnsafe<Knock[]>(
    `SELECT r.room_id AS "roomId", r.status AS "roomStatus", u.matrix_id AS "matrixId",
            coalesce((r.power_users ->> bot.matrix_id)::float8, r.power_default) AS "botPower",
            bot.matrix_id = ANY (r.creators) AS "botIsCreator",
            ${levelOf("invite", 0)} AS "inviteLevel", ${levelOf("kick", 50)} AS "kickLevel"
       FROM channel_members m
       JOIN users u ON u.id = m.member_user_id
       JOIN channels c ON c.id = m.channel_id
       JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
       JOIN agents bot ON bot.external_id = 'agent:bridge'
       LEFT JOIN LATERAL (
         SELECT e.content FROM matrix.state_events e
          WHERE e.room_id = r.room_id AND e.type = 'm.room.power_levels' AND e.state_key = '' AND NOT e.overruled
          ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) p ON true
      WHERE m.channel_id = $1::uuid AND m.member_user_id = $2::uuid AND m.membership = 'knock'`,
    channelId,
    userId,
  );
  return rows[0];
}

/** Who knocks at a channel, the first first; `limit` at most. `userId`: uuid. */
export async function listKnocks(
  db: DbClient,
  channelId: string,
  limit: number,
): Promise<{ readonly userId: string; readonly matrixId: string; readonly name: string | null }[]> {
  return db.$queryRawUnsafe(
    `SELECT u.id::text AS "userId", u.matrix_id AS "matrixId", COALESCE(m.display_name, u.display_name) AS name
       FROM channel_members m JOIN users u ON u.id = m.member_user_id
      WHERE m.channel_id = $1::uuid AND m.membership = 'knock'
      ORDER BY m.id LIMIT $2::int`,
    channelId,
    limit,
  );
}
