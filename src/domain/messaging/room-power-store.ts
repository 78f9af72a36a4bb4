import type { DbClient } from "../../db/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { RoomStatus } from "./rooms-store.ts";

/** Who has which power in the room of a channel, as the mirror knows it. */
export interface RoomPower {
  readonly roomId: string;
  readonly roomStatus: RoomStatus;
  readonly channelStatus: string;
  /** The microDAO's space. */
  readonly spaceId: string | null;
  /** Of rooms of version 12 and later: users above all levels. */
  readonly creators: readonly string[];
  readonly users: Readonly<Record<string, number>>;
  readonly usersDefault: number;
  /** The content of `m.room.power_levels`; null when the room has none. */
  readonly levels: JsonObject | null;
  readonly botId: string | null;
  /** What people call a confidential team's room is not stored, jobs included. */
  readonly confidential: boolean;
}

const select = `
     SELECT r.room_id AS "roomId", r.status AS "roomStatus", c.status AS "channelStatus", d.matrix_space_id AS "spaceId",
            r.creators, r.power_users AS users, r.power_default AS "usersDefault", p.content AS levels,
            coalesce((SELECT t.mode = 'confidential' FROM teams t WHERE t.id = c.team_id), false) AS confidential,
            (SELECT a.matrix_id FROM agents a WHERE a.external_id = 'agent:bridge') AS "botId"
       FROM channels c
       JOIN microdaos d ON d.id = c.microdao_id
       JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
       LEFT JOIN LATERAL (
         SELECT e.content FROM matrix.state_events e
          WHERE e.room_id = r.room_id AND e.type = 'm.room.power_levels' AND e.state_key = '' AND NOT e.overruled
          ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) p ON true`;

/** Undefined when the channel has no room. */
export async function selectRoomPower(db: DbClient, channelId: string): Promise<RoomPower | undefined> {
  const rows = await db.$queryRawUnsafe<RoomPower[]>(`${select} WHERE c.id = $1::uuid`, channelId);
  return rows[0];
}

/** Of the rooms of a microDAO's channels that somebody (the user's uuid) is in, or invited to. */
export async function selectRoomPowersOf(
  db: DbClient,
  microdaoId: string,
  userId: string,
): Promise<RoomPower[]> {
  return db.$queryRawUnsafe<RoomPower[]>(
    `${select}
       JOIN channel_members k ON k.channel_id = c.id AND k.member_user_id = $2::uuid
      WHERE c.microdao_id = $1::uuid AND k.membership IN ('join', 'invite') AND c.status = 'active' AND r.status = 'joined'
      ORDER BY c.id`,
    microdaoId,
    userId,
  );
}

export interface PersonInChannel {
  readonly matrixId: string;
  readonly membership: string;
}

/** Somebody (the user's uuid) who is, or was, anything to a channel. */
export async function selectPersonInChannel(
  db: DbClient,
  channelId: string,
  userId: string,
): Promise<PersonInChannel | undefined> {
  const rows = await db.$queryRawUnsafe<PersonInChannel[]>(
    `SELECT u.matrix_id AS "matrixId", m.membership FROM channel_members m JOIN users u ON u.id = m.member_user_id
      WHERE m.channel_id = $1::uuid AND m.member_user_id = $2::uuid AND u.matrix_id IS NOT NULL`,
    channelId,
    userId,
  );
  return rows[0];
}
