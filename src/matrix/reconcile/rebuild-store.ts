import type { Tx } from "../../db/index.ts";

/** How far a room has been rebuilt. */
export interface Rebuild {
  readonly roomId: string;
  /** Where the next page begins; null for the present, unless it is complete. */
  readonly nextToken: string | null;
  readonly events: number;
  /** The beginning of the room has been reached. */
  readonly complete: boolean;
}

const columns = `room_id AS "roomId", next_token AS "nextToken", events::float8 AS events, complete`;

/** Begins a rebuild, or finds the one that was begun. */
export async function beginRebuild(tx: Tx, roomId: string): Promise<Rebuild | undefined> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.rebuilds (room_id, started_at, updated_at) VALUES ($1, $2, $2) ON CONFLICT (room_id) DO NOTHING`,
    roomId,
    tx.now,
  );
  const rows = await tx.db.$queryRawUnsafe<Rebuild[]>(
    `SELECT ${columns} FROM matrix.rebuilds WHERE room_id = $1`,
    roomId,
  );
  return rows[0];
}

/** Remembers which events the homeserver gave. */
export async function insertGiven(tx: Tx, roomId: string, eventIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.rebuilt_events (room_id, event_id)
     SELECT r.room_id, e.id FROM matrix.rebuilds r CROSS JOIN unnest($2::text[]) AS e(id) WHERE r.room_id = $1
     ON CONFLICT DO NOTHING`,
    roomId,
    eventIds,
  );
}

/** A page is done. Undefined when somebody else was faster. */
export async function advanceRebuild(
  tx: Tx,
  roomId: string,
  page: { from: string | null; next: string | null; events: number },
): Promise<Rebuild | undefined> {
  const rows = await tx.db.$queryRawUnsafe<Rebuild[]>(
    `UPDATE matrix.rebuilds SET next_token = $3, complete = $3::text IS NULL, pages = pages + 1, events = events + $4::int,
            updated_at = $5
      WHERE room_id = $1 AND next_token IS NOT DISTINCT FROM $2 AND NOT complete
      RETURNING ${columns}`,
    roomId,
    page.from,
    page.next,
    page.events,
    tx.now,
  );
  return rows[0];
}

/** Which of these events the homeserver did not give. */
export async function selectNotGiven(tx: Tx, roomId: string, eventIds: readonly string[]): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT e.id FROM unnest($2::text[]) AS e(id)
      WHERE NOT EXISTS (SELECT 1 FROM matrix.rebuilt_events g WHERE g.room_id = $1 AND g.event_id = e.id)`,
    roomId,
    eventIds,
  );
  return rows.map(({ id }) => id);
}

/** The rebuild is over, or begins anew with the next one. */
export async function deleteRebuild(tx: Tx, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`DELETE FROM matrix.rebuilds WHERE room_id = $1`, roomId);
}
