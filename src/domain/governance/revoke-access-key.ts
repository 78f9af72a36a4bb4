import type { DbClient, Tx } from "../../db/index.ts";
import { type AccessKeyRow, selectKeys, updateKeyRevoked } from "./access-keys-store.ts";
import { audit } from "./audit.ts";
import { accessKeyMissing } from "./errors.ts";
import { publicMicrodaoId } from "./public-microdao-id.ts";

/** Ends a key for ever, from the next request on. Safe to repeat. Throws `access_key_not_found`. */
export async function revokeAccessKey(tx: Tx, id: string): Promise<AccessKeyRow> {
  const revoked = await updateKeyRevoked(tx, id);
  const [key] = await selectKeys(tx.db, { id });
  if (key === undefined) throw accessKeyMissing({ id });
  if (!revoked) return key;
  tx.emit({
    topic: "access_key.revoked",
    key: id,
    at: tx.now,
    actor: tx.actor,
    payload: { key_id: id, subject_kind: key.subjectKind, subject_id: key.subjectId },
    microdaoId: publicMicrodaoId(key.microdaoId),
    teamId: key.teamId,
  });
  await audit(tx, {
    action: "access_key.revoked",
    resourceKind: "access_key",
    resourceId: id,
    microdaoId: key.microdaoId,
    teamId: key.teamId,
  });
  return key;
}

/** An access key by its id, without its secret. */
export async function findAccessKey(db: DbClient, id: string): Promise<AccessKeyRow | undefined> {
  const [key] = await selectKeys(db, { id });
  return key;
}

/**
 * Access keys, oldest first, without their secrets. A key whose time is over is shown as expired, whatever its row
 * says.
 */
export async function listAccessKeys(
  db: DbClient,
  now: Date,
  filter: { subjectId?: string | undefined; microdaoId?: string | undefined } = {},
): Promise<AccessKeyRow[]> {
  const keys = await selectKeys(db, filter);
  return keys.map((key) => (isExpired(key, now) ? { ...key, status: "expired" } : key));
}

export function isExpired(key: Pick<AccessKeyRow, "status" | "expiresAt">, now: Date): boolean {
  if (key.status === "revoked") return false;
  return key.status === "expired" || (key.expiresAt !== null && key.expiresAt.getTime() <= now.getTime());
}
