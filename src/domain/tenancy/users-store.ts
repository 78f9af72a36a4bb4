import type { DbClient } from "../../db/index.ts";

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
