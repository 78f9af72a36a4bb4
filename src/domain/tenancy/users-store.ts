import type { DbClient, Tx } from "../../db/index.ts";

export interface User {
  readonly id: string;
  readonly externalId: string;
  readonly matrixId: string | null;
  readonly handle: string | null;
}

export async function selectUserByMatrixId(db: DbClient, matrixId: string): Promise<User | undefined> {
  const rows = await db.$queryRawUnsafe<User[]>(
    `SELECT id::text AS id, external_id AS "externalId", matrix_id AS "matrixId", handle
       FROM users WHERE matrix_id = $1`,
    matrixId,
  );
  return rows[0];
}

/** The Matrix id of a user (uuid), who may have none. */
export async function selectMatrixIdOf(db: DbClient, id: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ matrixId: string | null }[]>(
    `SELECT matrix_id AS "matrixId" FROM users WHERE id = $1::uuid`,
    id,
  );
  return rows[0]?.matrixId ?? undefined;
}

/**
 * Takes away what a user was called until a moment and ends their sessions. The user counts as erased then: what others
 * tell of the time until that moment is recorded without names and words. The Matrix id stays, the mark hangs on it.
 */
export async function eraseUser(tx: Tx, userId: string, until: Date): Promise<void> {
  await tx.db.$executeRawUnsafe(`DELETE FROM sessions WHERE user_id = $1::uuid`, userId);
  await tx.db.$executeRawUnsafe(
    `UPDATE users
        SET handle = NULL, email = NULL, erased_at = GREATEST(erased_at, $2),
            display_name = CASE WHEN to_timestamp(profile_ts / 1000.0) > $2 THEN display_name END,
            avatar_url = CASE WHEN to_timestamp(profile_ts / 1000.0) > $2 THEN avatar_url END
      WHERE id = $1::uuid`,
    userId,
    until,
  );
}
