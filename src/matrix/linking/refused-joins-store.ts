import type { Tx } from "../../db/index.ts";

/** One of our users who was invited to a room. */
export interface Invited {
  readonly roomId: string;
  /** Matrix id of the bot or of an agent. */
  readonly userId: string;
}

/**
 * Counts a refusal and gives how many there were since this invitation; another invitation begins anew. One that is not
 * known counts for the last.
 */
export async function upsertRefusal(
  tx: Tx,
  { roomId, userId }: Invited,
  refused: { inviteEventId: string | undefined; reason: string },
): Promise<number> {
  const rows = await tx.db.$queryRawUnsafe<{ tries: number }[]>(
    `INSERT INTO matrix.refused_joins AS j (room_id, user_id, invite_event_id, tries, reason, refused_at, created_at)
     VALUES ($1, $2, $3, 1, $4, $5, $5)
     ON CONFLICT (room_id, user_id) DO UPDATE
       SET tries = CASE WHEN $3::text IS NULL OR j.invite_event_id = $3 THEN j.tries + 1 ELSE 1 END,
           invite_event_id = coalesce($3, j.invite_event_id), reason = $4, refused_at = $5
     RETURNING tries`,
    roomId,
    userId,
    refused.inviteEventId ?? null,
    refused.reason,
    tx.now,
  );
  return rows[0]?.tries ?? 1;
}

/** When it is tried again; null for never. */
export async function updateNextTry(tx: Tx, { roomId, userId }: Invited, at: Date | null): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.refused_joins SET next_try_at = $3 WHERE room_id = $1 AND user_id = $2`,
    roomId,
    userId,
    at,
  );
}

/** The user is in the room, or is not invited any more. */
export async function deleteRefusal(tx: Tx, { roomId, userId }: Invited): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.refused_joins WHERE room_id = $1 AND user_id = $2`,
    roomId,
    userId,
  );
}

/** Forgets those that were given up long ago. */
export async function deleteOldRefusals(tx: Tx, before: Date): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.refused_joins WHERE next_try_at IS NULL AND refused_at < $1`,
    before,
  );
}
