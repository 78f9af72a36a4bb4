import type { DbClient } from "../../db/index.ts";
import { type AccessKeyRow, type KeyPlace, selectKeys } from "./access-keys-store.ts";
import { requireCapability } from "./authorize.ts";
import { authorizeMicrodao, microdaoHidden } from "./authorize-microdao.ts";
import { accessKeyMissing } from "./errors.ts";
import { actsForAll } from "./grant-access-key.ts";
import type { Principal } from "./principal.ts";
import { isExpired } from "./revoke-access-key.ts";

/** `own`: a key may do this to itself, without a capability. */
export interface KeyAccess {
  readonly own: boolean;
}

/**
 * An access key, if the one that asks may have to do with it: with `key.manage` those that are bound to its microDAO, and
 * its team if it is bound to one. Throws 403 with the clause, and `access_key_not_found` for what is not there or not to
 * be seen.
 */
export async function authorizeKey(
  db: DbClient,
  principal: Principal,
  id: string,
  { own }: KeyAccess,
): Promise<AccessKeyRow> {
  const isOwn = own && principal.keyId === id;
  if (!isOwn) requireCapability(principal, "key.manage");
  const [key] = await selectKeys(db, { id });
  if (key === undefined) throw accessKeyMissing({ id });
  if (isOwn || actsForAll(principal)) return key;
  if (key.microdaoId === null || !isInTeam(principal, key)) throw accessKeyMissing({ id });
  try {
    await authorizeMicrodao(db, principal, "key.manage", key.microdaoId);
  } catch (error) {
    throw microdaoHidden.is(error) ? accessKeyMissing({ id }, { cause: error }) : error;
  }
  return key;
}

function isInTeam({ scope }: Principal, key: AccessKeyRow): boolean {
  return scope.teamId === null || scope.teamId === key.teamId;
}

export interface KeyPage {
  /** uuid; whoever operates the bridge may leave it out. */
  readonly microdaoId: string | undefined;
  readonly subjectId: string | undefined;
  readonly after: KeyPlace | null;
  readonly limit: number;
}

/** The next keys that are bound to a microDAO, oldest first, without their secrets. Throws as `authorizeMicrodao`. */
export async function listKeysFor(
  db: DbClient,
  principal: Principal,
  page: KeyPage,
  now: Date,
): Promise<AccessKeyRow[]> {
  const { microdaoId = principal.scope.microdaoId ?? undefined } = page;
  requireCapability(principal, "key.manage");
  if (microdaoId !== undefined || !actsForAll(principal)) {
    await authorizeMicrodao(db, principal, "key.manage", microdaoId);
  }
  const keys = await selectKeys(db, { ...page, microdaoId, teamId: principal.scope.teamId ?? undefined });
  return keys.map((key) => (isExpired(key, now) ? { ...key, status: "expired" } : key));
}
