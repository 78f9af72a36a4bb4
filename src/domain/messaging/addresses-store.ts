import type { DbClient } from "../../db/index.ts";
import type { RoomStatus } from "./rooms-store.ts";

/** A channel as its address finds it. */
export interface AddressedChannel {
  readonly channelId: string;
  readonly roomId: string | null;
  readonly status: "creating" | "failed" | "active" | "unlinked" | "archived";
  readonly roomStatus: RoomStatus | null;
  readonly joinRule: string | null;
}

/** The channel of this microDAO (uuid) with this slug. */
export async function findChannelBySlug(
  db: DbClient,
  microdaoId: string,
  slug: string,
): Promise<AddressedChannel | undefined> {
  const rows = await db.$queryRawUnsafe<AddressedChannel[]>(
    `SELECT c.id::text AS "channelId", c.matrix_room_id AS "roomId", c.status, r.status AS "roomStatus",
            c.join_rule AS "joinRule"
       FROM channels c LEFT JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
      WHERE c.microdao_id = $1::uuid AND c.slug = $2`,
    microdaoId,
    slug,
  );
  return rows[0];
}
