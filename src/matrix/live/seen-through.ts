import type { DbClient } from "../../db/index.ts";

/** Through more channels than these nobody needs to be seen. */
const mostChannels = 100;

/** The channels (uuids) of rooms that are mirrored now. */
export async function readChannelsOfRooms(
  db: DbClient,
  roomIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.$queryRawUnsafe<{ id: string; channels: string[] }[]>(
    `SELECT room_id AS id, ARRAY[channel_id::text] AS channels FROM matrix.rooms
      WHERE room_id = ANY($1::text[]) AND mirrored AND status = 'joined' AND channel_id IS NOT NULL`,
    roomIds,
  );
  return new Map(rows.map(({ id, channels }) => [id, channels]));
}

/** The channels (uuids) that these people, by Matrix ID, have joined. Who is in none is left out. */
export async function readChannelsOfUsers(
  db: DbClient,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.$queryRawUnsafe<{ id: string; channels: string[] }[]>(
    `SELECT u.matrix_id AS id, array_agg(c.channel_id::text) AS channels
       FROM users u
       JOIN LATERAL (SELECT m.channel_id FROM channel_members m
                      WHERE m.member_user_id = u.id AND m.membership = 'join' LIMIT ${mostChannels}) c ON true
      WHERE u.matrix_id = ANY($1::text[]) GROUP BY u.matrix_id`,
    userIds,
  );
  return new Map(rows.map(({ id, channels }) => [id, channels]));
}
