import type { DbClient, Tx } from "../../db/index.ts";

export type BackfillStatus = "pending" | "running" | "done" | "failed";

/** How far a room's history has been read. */
export interface Backfill {
  readonly roomId: string;
  readonly status: BackfillStatus;
  /** Where the next page begins; null for the present. */
  readonly nextToken: string | null;
  readonly pages: number;
  /** Events read so far, known ones included. */
  readonly events: number;
  readonly error: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const columns = `room_id AS "roomId", status, next_token AS "nextToken", pages, events::float8 AS events, error,
  started_at AS "startedAt", finished_at AS "finishedAt"`;

export async function findBackfill(db: DbClient, roomId: string): Promise<Backfill | undefined> {
  const rows = await db.$queryRawUnsafe<Backfill[]>(
    `SELECT ${columns} FROM matrix.backfills WHERE room_id = $1`,
    roomId,
  );
  return rows[0];
}

/** Begins a room's history again at the present, whatever was read before. */
export async function resetBackfill(tx: Tx, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.backfills (room_id, status, updated_at) VALUES ($1, 'pending', $2)
     ON CONFLICT (room_id) DO UPDATE SET status = 'pending', next_token = NULL, pages = 0, events = 0, error = NULL,
       started_at = NULL, finished_at = NULL, updated_at = excluded.updated_at`,
    roomId,
    tx.now,
  );
}

/** Lets a backfill that failed go on where it stopped; a room without one begins. Done ones stay done. */
export async function continueBackfill(tx: Tx, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.backfills (room_id, status, updated_at) VALUES ($1, 'pending', $2)
     ON CONFLICT (room_id) DO UPDATE SET status = 'pending', error = NULL, updated_at = excluded.updated_at
       WHERE matrix.backfills.status = 'failed'`,
    roomId,
    tx.now,
  );
}

/** Marks a backfill that has work left as running. Undefined when there is nothing to do or the room is not mirrored. */
export async function startBackfill(tx: Tx, roomId: string): Promise<Backfill | undefined> {
  const rows = await tx.db.$queryRawUnsafe<Backfill[]>(
    `UPDATE matrix.backfills SET status = 'running', started_at = coalesce(started_at, $2), updated_at = $2
      WHERE room_id = $1 AND status IN ('pending', 'running')
        AND EXISTS (SELECT 1 FROM matrix.rooms r WHERE r.room_id = $1 AND r.mirrored AND r.channel_id IS NOT NULL)
      RETURNING ${columns}`,
    roomId,
    tx.now,
  );
  return rows[0];
}

/** One page that has been recorded. */
export interface ReadPage {
  readonly from: string | null;
  /** Where the next page begins; null at the beginning of the room. */
  readonly next: string | null;
  readonly events: number;
}

/**
 * Notes that a page has been recorded. Undefined when the backfill is not at that page any more: another run was
 * faster, it was begun again, or the room was unlinked. The caller then stops.
 */
export async function advanceBackfill(tx: Tx, roomId: string, page: ReadPage): Promise<Backfill | undefined> {
  const rows = await tx.db.$queryRawUnsafe<Backfill[]>(
    `UPDATE matrix.backfills
        SET next_token = $3, pages = pages + 1, events = events + $4::int, updated_at = $5,
            status = CASE WHEN $3::text IS NULL THEN 'done' ELSE 'running' END,
            finished_at = CASE WHEN $3::text IS NULL THEN $5::timestamptz END,
            error = CASE WHEN $3::text IS NULL THEN NULL ELSE error END
      WHERE room_id = $1 AND status = 'running' AND next_token IS NOT DISTINCT FROM $2
      RETURNING ${columns}`,
    roomId,
    page.from,
    page.next,
    page.events,
    tx.now,
  );
  return rows[0];
}

/** Ends a backfill that cannot go on. The token stays, so that it can be continued. */
export async function failBackfill(tx: Tx, roomId: string, error: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.backfills SET status = 'failed', error = $2, updated_at = $3
      WHERE room_id = $1 AND status IN ('pending', 'running')`,
    roomId,
    error.slice(0, 500),
    tx.now,
  );
}

/** The homeserver refused the token: the history is read again from the present, and `error` says why until it is done. */
export async function forgetToken(
  tx: Tx,
  roomId: string,
  forgotten: { token: string; error: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.backfills SET next_token = NULL, error = $3, updated_at = $4
      WHERE room_id = $1 AND next_token = $2 AND status = 'running'`,
    roomId,
    forgotten.token,
    forgotten.error.slice(0, 500),
    tx.now,
  );
}

/** Rooms whose history nobody has worked on since `before`, although there is work left. */
export async function findStalledBackfills(db: DbClient, before: Date): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT b.room_id AS "roomId" FROM matrix.backfills b JOIN matrix.rooms r USING (room_id)
      WHERE b.status IN ('pending', 'running') AND b.updated_at < $1 AND r.mirrored AND r.channel_id IS NOT NULL
      ORDER BY b.updated_at LIMIT 100`,
    before,
  );
  return rows.map((row) => row.roomId);
}
