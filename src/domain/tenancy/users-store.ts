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

export async function insertMatrixUser(
  tx: Tx,
  user: { id: string; matrixId: string; handle: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO users (id, matrix_id, handle, created_at) VALUES ($1::uuid, $2, $3, $4)
     ON CONFLICT (matrix_id) DO NOTHING`,
    user.id,
    user.matrixId,
    user.handle,
    tx.now,
  );
}
