import type { DbClient, Tx } from "../../db/index.ts";
import { lockRoomsOfChannel } from "./rooms-store.ts";

/** How long a channel's words are kept. */
export interface Retention {
  /** uuid */
  readonly channelId: string;
  /** As it was set here; null: without limit. */
  readonly days: number | null;
  /** `max_lifetime` of the room's own `m.room.retention` (MSC1763), in milliseconds; null: none. The shorter one counts. */
  readonly roomLifetimeMs: number | null;
  /** What was said before is gone already. */
  readonly keptFrom: Date | null;
}

const columns = `c.id::text AS "channelId", c.retention_days AS days, c.kept_from AS "keptFrom",
  life.ms AS "roomLifetimeMs"`;

/** The room's own wish, if it is a number that can be one: a day is the least that is honoured. */
const roomLifetime = `LEFT JOIN LATERAL (
    SELECT GREATEST((e.content ->> 'max_lifetime')::numeric, 86400000)::float8 AS ms
      FROM (SELECT s.content FROM matrix.state_events s
             WHERE s.room_id = c.matrix_room_id AND s.type = 'm.room.retention' AND s.state_key = '' AND NOT s.overruled
             ORDER BY s.origin_server_ts DESC, s.event_id COLLATE "C" DESC LIMIT 1) e
     WHERE jsonb_typeof(e.content -> 'max_lifetime') = 'number') life ON true`;

export async function findRetention(db: DbClient, channelId: string): Promise<Retention | undefined> {
  const rows = await db.$queryRawUnsafe<Retention[]>(
    `SELECT ${columns} FROM channels c ${roomLifetime} WHERE c.id = $1::uuid`,
    channelId,
  );
  return rows[0];
}

/** Channels whose words are not kept for ever, and those in which removing was cut off. */
export async function selectLimitedChannels(db: DbClient): Promise<Retention[]> {
  return db.$queryRawUnsafe<Retention[]>(
    `SELECT ${columns} FROM channels c ${roomLifetime}
      WHERE c.retention_days IS NOT NULL OR life.ms IS NOT NULL OR c.kept_from IS DISTINCT FROM c.emptied_until
      ORDER BY c.id`,
  );
}

export async function updateRetention(tx: Tx, channelId: string, days: number | null): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET retention_days = $2::int WHERE id = $1::uuid`,
    channelId,
    days,
  );
}

/**
 * Moves the moment forward from which on words are kept, while nobody records anything in the channel's rooms. Gives how
 * far removing has come and has to go; undefined when there is nothing to remove.
 */
export async function advanceKeptFrom(
  tx: Tx,
  channelId: string,
  keptFrom: Date | null,
): Promise<{ from: Date | null; until: Date } | undefined> {
  await lockRoomsOfChannel(tx, channelId);
  const rows = await tx.db.$queryRawUnsafe<{ from: Date | null; until: Date | null }[]>(
    `UPDATE channels SET kept_from = GREATEST(kept_from, $2::timestamptz) WHERE id = $1::uuid
     RETURNING emptied_until AS "from", kept_from AS until`,
    channelId,
    keptFrom,
  );
  const [row] = rows;
  return row === undefined || row.until === null ? undefined : { from: row.from, until: row.until };
}

/** Remembers how far removing has come; it only moves forward, whoever else is at it. */
export async function updateEmptiedUntil(tx: Tx, channelId: string, until: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET emptied_until = GREATEST(emptied_until, $2::timestamptz) WHERE id = $1::uuid`,
    channelId,
    until,
  );
}
