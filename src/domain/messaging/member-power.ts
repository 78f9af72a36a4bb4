import type { DbClient } from "../../db/index.ts";

/** What somebody may do in a room, as its power levels say. */
export interface MemberPower {
  readonly joined: boolean;
  /** Creators of rooms of version 12 and later are above all levels: infinity. */
  readonly power: number;
}

interface PowerRow {
  readonly joined: boolean;
  readonly creator: boolean;
  readonly power: number;
}

/** Client-server API, `m.room.power_levels`: a user without an own level has the default. */
export async function memberPower(db: DbClient, roomId: string, matrixId: string): Promise<MemberPower> {
  const rows = await db.$queryRawUnsafe<PowerRow[]>(
    `SELECT EXISTS (SELECT 1 FROM channel_members cm JOIN users u ON u.id = cm.member_user_id
                     WHERE cm.channel_id = r.channel_id AND u.matrix_id = $2 AND cm.membership = 'join') AS joined,
            $2 = ANY (r.creators) AS creator,
            coalesce((r.power_users ->> $2)::float8, r.power_default) AS power
       FROM matrix.rooms r WHERE r.room_id = $1`,
    roomId,
    matrixId,
  );
  const [row] = rows;
  if (row === undefined) return { joined: false, power: 0 };
  return { joined: row.joined, power: row.creator ? Number.POSITIVE_INFINITY : row.power };
}
