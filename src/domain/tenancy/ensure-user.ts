import type { DbClient, Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { uuidOfName } from "../../kernel/ids.ts";
import { matrixIdInvalid } from "./errors.ts";
import { insertMatrixUser, selectUserByMatrixId, type User } from "./users-store.ts";

/** Historical user ids included (Matrix specification, appendices, "User identifiers"). */
const matrixIdPattern = /^@[\x21-\x39\x3b-\x7e]*:[A-Za-z0-9.:[\]-]{1,230}$/;

/** The uuid that the user with this Matrix id has, whoever writes the row first. */
export function userIdOf(matrixId: string): string {
  return uuidOfName(matrixId);
}

/** The part of a Matrix id before the colon, `@alice`. */
export function handleOf(matrixId: string): string {
  return matrixId.slice(0, matrixId.indexOf(":"));
}

/** The user with this Matrix id; made if there is none yet. Throws `matrix_id_invalid`. */
export async function ensureUserByMatrixId(tx: Tx, matrixId: string): Promise<User> {
  if (matrixId.length > 255 || !matrixIdPattern.test(matrixId)) throw matrixIdInvalid({ matrixId });
  const known = await selectUserByMatrixId(tx.db, matrixId);
  if (known !== undefined) return known;
  await insertMatrixUser(tx, { id: userIdOf(matrixId), matrixId, handle: handleOf(matrixId) });
  const made = await selectUserByMatrixId(tx.db, matrixId);
  if (made === undefined) throw bug("a user that was just made is not there");
  return made;
}

/** The user with this Matrix id, if the bridge has met them. */
export function findUserByMatrixId(db: DbClient, matrixId: string): Promise<User | undefined> {
  return selectUserByMatrixId(db, matrixId);
}
