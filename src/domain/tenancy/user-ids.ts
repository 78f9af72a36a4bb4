import { uuidOfName } from "../../kernel/ids.ts";

/** The uuid that the user with this Matrix id has, whoever writes the row first. */
export function userIdOf(matrixId: string): string {
  return uuidOfName(matrixId);
}

/** The part of a Matrix id before the colon, `@alice`. */
export function handleOf(matrixId: string): string {
  return matrixId.slice(0, matrixId.indexOf(":"));
}
