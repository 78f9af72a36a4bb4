import type { Tx } from "../../db/index.ts";

/** Remembers fresh messages that were read back before they were pushed. */
export async function insertUnheard(tx: Tx, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.unheard (event_id, read_at) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING`,
    eventIds,
    tx.now,
  );
}

/** Which of these pushed messages had been read back and are heard for the first time now; each is given once. */
export async function takeUnheard(tx: Tx, eventIds: readonly string[]): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `DELETE FROM matrix.unheard WHERE event_id = ANY($1::text[]) RETURNING event_id AS id`,
    eventIds,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Forgets those that nobody would answer any more. */
export async function deleteUnheard(tx: Tx, before: Date): Promise<void> {
  await tx.db.$executeRawUnsafe(`DELETE FROM matrix.unheard WHERE read_at < $1`, before);
}
