import { sqlState } from "../../db/index.ts";

/**
 * Why something failed, as fields for the log. What PostgreSQL says of a row it refuses quotes the row, and a row may
 * hold what was said in a room: of its errors only the code is told.
 */
export function reasonOf(error: unknown): { sqlState: string } | { err: unknown } {
  const state = sqlState(error);
  return state === undefined ? { err: error } : { sqlState: state };
}
