import type { DbClient, Tx } from "../../db/index.ts";

/** A room or space in a space, as its `m.space.child` event says. */
export interface SpaceChild {
  readonly roomId: string;
  readonly via: readonly string[];
  /** Null where there is none, or none that counts. */
  readonly order: string | null;
  readonly suggested: boolean;
  readonly addedBy: string;
  /** Milliseconds since 1970. */
  readonly addedTs: number;
}

/** Spaces within spaces are followed this far from the microDAO's own, which is 0. */
export const deepestSpace = 5;

/** A space that belongs to a microDAO: its own, or one within it. */
export interface SpaceHome {
  /** uuid */
  readonly microdaoId: string;
  readonly microdaoExternalId: string;
  /** 0 for the microDAO's own space. */
  readonly depth: number;
}

/** SQL: the spaces above a space, itself first. A circle ends where it began, and everything ends at the greatest depth. */
const spacesAbove = `
  WITH RECURSIVE above AS (
    SELECT $1::text AS space_id, 0 AS depth, ARRAY[$1::text] AS path
     UNION ALL
    SELECT p.space_id, a.depth + 1, a.path || p.space_id
      FROM above a
     CROSS JOIN LATERAL (SELECT k.space_id FROM matrix.space_children k WHERE k.room_id = a.space_id
                          ORDER BY k.added_ts, k.space_id LIMIT 20) p
     WHERE a.depth < ${deepestSpace} AND p.space_id <> ALL(a.path)
  )`;

/** The microDAO that a space or room belongs to, by the nearest space above it that is a microDAO's. */
export async function findSpaceHome(db: DbClient, roomId: string): Promise<SpaceHome | undefined> {
  const rows = await db.$queryRawUnsafe<SpaceHome[]>(
    `${spacesAbove}
     SELECT m.id::text AS "microdaoId", m.external_id AS "microdaoExternalId", a.depth
       FROM above a
      CROSS JOIN LATERAL (SELECT d.* FROM microdaos d WHERE d.matrix_space_id = a.space_id LIMIT 1) m
      ORDER BY a.depth, m.created_at LIMIT 1`,
    roomId,
  );
  return rows[0];
}

/**
 * Writes what is in a space, unless somebody wrote a later reading. `readAt`: when the reading of the space's state began.
 * Gives the rooms that wait to become channels, or undefined when nothing was written. What was put there anew does not wait.
 */
export async function replaceSpaceChildren(
  tx: Tx,
  spaceId: string,
  { readAt, children }: { readAt: Date; children: readonly SpaceChild[] },
): Promise<string[] | undefined> {
  const written = await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET space_read_at = $2
      WHERE room_id = $1 AND channel_id IS NULL AND (space_read_at IS NULL OR space_read_at <= $2)`,
    spaceId,
    readAt,
  );
  if (written === 0) return undefined;
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.space_children WHERE space_id = $1 AND room_id <> ALL($2::text[])`,
    spaceId,
    children.map(({ roomId }) => roomId),
  );
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.space_children AS k (space_id, room_id, via, order_key, suggested, added_by, added_ts)
     SELECT $1, c."roomId", ARRAY(SELECT jsonb_array_elements_text(c.via)), c."order", c.suggested, c."addedBy", c."addedTs"
       FROM jsonb_to_recordset($2::jsonb)
         AS c("roomId" text, via jsonb, "order" text, suggested boolean, "addedBy" text, "addedTs" bigint)
     ON CONFLICT (space_id, room_id) DO UPDATE
       SET (via, order_key, suggested, added_by, added_ts, waiting)
         = (EXCLUDED.via, EXCLUDED.order_key, EXCLUDED.suggested, EXCLUDED.added_by, EXCLUDED.added_ts,
            CASE WHEN k.added_ts = EXCLUDED.added_ts THEN k.waiting END)`,
    spaceId,
    JSON.stringify(children),
  );
  const waiting = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT room_id AS "roomId" FROM matrix.space_children WHERE space_id = $1 AND waiting IS NOT NULL`,
    spaceId,
  );
  return waiting.map(({ roomId }) => roomId);
}

/** Why a room of a space is no channel yet; null when it is one. */
export async function updateChildWaiting(
  tx: Tx,
  spaceId: string,
  { roomId, waiting }: { roomId: string; waiting: string | null },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.space_children SET waiting = $3
      WHERE space_id = $1 AND room_id = $2 AND waiting IS DISTINCT FROM $3`,
    spaceId,
    roomId,
    waiting?.slice(0, 500) ?? null,
  );
}

/** The spaces among these rooms that the bot is in. */
export async function selectSpacesAmong(tx: Tx, roomIds: readonly string[]): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT room_id AS "roomId" FROM matrix.rooms
      WHERE room_id = ANY($1::text[]) AND channel_id IS NULL AND status = 'joined'`,
    roomIds,
  );
  return rows.map(({ roomId }) => roomId);
}

/** Spaces that the bot is in and that nobody has read since `before`, the longest unread first. */
export async function selectUnreadSpaces(db: DbClient, before: Date, limit: number): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT room_id AS "roomId" FROM matrix.rooms
      WHERE channel_id IS NULL AND status = 'joined' AND coalesce(space_read_at, created_at) < $1
      ORDER BY coalesce(space_read_at, created_at), room_id LIMIT $2::int`,
    before,
    limit,
  );
  return rows.map(({ roomId }) => roomId);
}

/** A room of a microDAO's space, or of a space within it. */
export interface HierarchyRow {
  readonly spaceId: string;
  readonly roomId: string;
  readonly depth: number;
  readonly order: string | null;
  readonly suggested: boolean;
  readonly addedTs: number;
  readonly waiting: string | null;
  readonly isSpace: boolean;
  /** uuid of the channel that mirrors it, if one does. */
  readonly channelId: string | null;
  readonly channelName: string | null;
}

const mostRows = 5_000;

/**
 * Everything in a space and in the spaces within it, each room once per space; a circle is not followed, and neither is what
 * lies deeper than `deepestSpace`. In no order.
 */
export async function selectHierarchy(db: DbClient, spaceId: string): Promise<HierarchyRow[]> {
  return db.$queryRawUnsafe<HierarchyRow[]>(
    `WITH RECURSIVE tree AS (
       SELECT k.*, 1 AS depth, ARRAY[k.space_id, k.room_id] AS path
         FROM matrix.space_children k WHERE k.space_id = $1
        UNION ALL
       SELECT k.*, t.depth + 1, t.path || k.room_id
         FROM tree t
        CROSS JOIN LATERAL (SELECT x.* FROM matrix.space_children x WHERE x.space_id = t.room_id LIMIT ${mostRows}) k
        WHERE t.depth < ${deepestSpace} AND k.room_id <> ALL(t.path)
     ), once AS (
       SELECT DISTINCT ON (t.space_id, t.room_id) t.* FROM (SELECT * FROM tree LIMIT ${mostRows}) t
        ORDER BY t.space_id, t.room_id, t.depth
     )
     SELECT o.space_id AS "spaceId", o.room_id AS "roomId", o.depth, o.order_key AS "order", o.suggested,
            o.added_ts::float8 AS "addedTs", o.waiting,
            r.room_id IS NOT NULL AND r.channel_id IS NULL AND r.status = 'joined' AS "isSpace",
            c.id::text AS "channelId", c.name AS "channelName"
       FROM once o
       LEFT JOIN LATERAL (SELECT x.* FROM matrix.rooms x WHERE x.room_id = o.room_id LIMIT 1) r ON true
       LEFT JOIN LATERAL (SELECT x.id, x.name FROM channels x WHERE x.id = r.channel_id LIMIT 1) c ON true`,
    spaceId,
  );
}

/** The rooms of a microDAO's private channels whose join rule names other rooms, in the order in which rooms are locked. */
export async function selectRestrictedRooms(tx: Tx, microdaoId: string): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT matrix_room_id AS "roomId" FROM channels
      WHERE microdao_id = $1::uuid AND visibility = 'private' AND join_rule IN ('restricted', 'knock_restricted')
        AND matrix_room_id IS NOT NULL
      ORDER BY matrix_room_id COLLATE "C"`,
    microdaoId,
  );
  return rows.map(({ roomId }) => roomId);
}
