import { uuidOfName } from "../../kernel/ids.ts";

/** The uuid that the user with this Matrix id has, whoever writes the row first. */
export function userIdOf(matrixId: string): string {
  return uuidOfName(matrixId);
}

/** The part of a Matrix id before the colon, `@alice`; the whole where there is none. */
export function handleOf(matrixId: string): string {
  const [handle = matrixId] = matrixId.split(":", 1);
  return handle;
}
