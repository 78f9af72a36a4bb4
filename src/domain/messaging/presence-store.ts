import type { DbClient, Tx } from "../../db/index.ts";
import type { Membership } from "./facts.ts";

/** SQL: the latest membership event of `a.matrix_id` in the room `r`. */
const latest = `(SELECT e.membership, e.sender, e.user_id FROM matrix.member_events e
  WHERE e.room_id = r.room_id AND e.user_id = a.matrix_id AND NOT e.overruled
  ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1)`;

/**
 * Marks those of these rooms in which none of the bridge's users is any more, and unmarks those in which one is again:
 * the homeserver pushes nothing of a room that none of them is in.
 */
export async function updateDetached(tx: Tx, roomIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms x SET detached_at = CASE WHEN w.present THEN NULL ELSE $2::timestamptz END
       FROM (SELECT r.room_id,
                    EXISTS (SELECT FROM channel_members m
                              JOIN agents a ON a.id = m.member_agent_id
                             CROSS JOIN LATERAL ${latest} l
                             WHERE m.channel_id = r.channel_id AND l.membership = 'join') AS present
               FROM matrix.rooms r WHERE r.room_id = ANY($1::text[]) AND r.channel_id IS NOT NULL) w
      WHERE x.room_id = w.room_id AND x.room_id = ANY($1::text[]) AND (x.detached_at IS NOT NULL) = w.present`,
    roomIds,
    tx.now,
  );
}

export interface EarlierMembership {
  readonly membership: Membership;
  /** Whether somebody else made it so. */
  readonly byOthers: boolean;
}

/** What a user of ours was in the last room of the channel, before this one, that knows it. */
export async function findEarlierMembership(
  db: DbClient,
  roomId: string,
  matrixId: string,
): Promise<EarlierMembership | undefined> {
  const rows = await db.$queryRawUnsafe<EarlierMembership[]>(
    `SELECT l.membership, l.sender <> l.user_id AS "byOthers"
       FROM matrix.rooms present
       JOIN matrix.rooms r ON r.channel_id = present.channel_id AND r.generation < present.generation
      CROSS JOIN (SELECT $2::text AS matrix_id) a
      CROSS JOIN LATERAL ${latest} l
      WHERE present.room_id = $1
      ORDER BY r.generation DESC LIMIT 1`,
    roomId,
    matrixId,
  );
  return rows[0];
}
