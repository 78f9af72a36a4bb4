import type { DbClient } from "../../db/index.ts";
import type { AppError } from "../../kernel/errors.ts";
import { selectKeysToVerify, type VerifiableKeyRow } from "./access-keys-store.ts";
import { principalOf } from "./authenticate.ts";
import { accessKeyExpired, accessKeyInvalid, accessKeyRevoked } from "./errors.ts";
import type { Principal } from "./principal.ts";
import { isExpired } from "./revoke-access-key.ts";

/** Who holds a key now, or why it does not count any more. */
export type KeyCheck = { readonly principal: Principal } | { readonly ended: AppError };

/**
 * Looks again at keys whose secrets were compared when a long connection began: rights change and keys end while it
 * lasts. One statement, however many there are.
 */
export async function recheckKeys(
  db: DbClient,
  ids: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, KeyCheck>> {
  const rows = new Map((await selectKeysToVerify(db, ids)).map((row) => [row.id, row]));
  return new Map(ids.map((id) => [id, checkOf(rows.get(id), now)]));
}

function checkOf(row: VerifiableKeyRow | undefined, now: Date): KeyCheck {
  if (row === undefined) return { ended: accessKeyInvalid({}) };
  if (row.status === "revoked") return { ended: accessKeyRevoked({ holder: principalOf(row) }) };
  return isExpired(row, now)
    ? { ended: accessKeyExpired({ holder: principalOf(row) }) }
    : { principal: principalOf(row) };
}
