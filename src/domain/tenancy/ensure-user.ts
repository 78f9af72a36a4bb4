import type { DbClient, Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { matrixIdInvalid } from "./errors.ts";
import { ensureMatrixUsers } from "./matrix-users-store.ts";
import { selectUserByMatrixId, type User } from "./users-store.ts";

/** Historical user ids included (Matrix specification, appendices, "User identifiers"). */
const matrixIdPattern = /^@[\x21-\x39\x3b-\x7e]*:[A-Za-z0-9.:[\]-]{1,230}$/;

/** The user with this Matrix id; made if there is none yet. Throws `matrix_id_invalid`. */
export async function ensureUserByMatrixId(tx: Tx, matrixId: string): Promise<User> {
  if (matrixId.length > 255 || !matrixIdPattern.test(matrixId)) throw matrixIdInvalid({ matrixId });
  const known = await selectUserByMatrixId(tx.db, matrixId);
  if (known !== undefined) return known;
  await ensureMatrixUsers(tx, [matrixId]);
  const made = await selectUserByMatrixId(tx.db, matrixId);
  if (made === undefined) throw bug("a user that was just made is not there");
  return made;
}

/** The user with this Matrix id, if the bridge has met them. */
export function findUserByMatrixId(db: DbClient, matrixId: string): Promise<User | undefined> {
  return selectUserByMatrixId(db, matrixId);
}
