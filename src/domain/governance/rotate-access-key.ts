import type { Tx } from "../../db/index.ts";
import { formatToken, type HashKey, hashSecret, mintToken } from "./access-key-token.ts";
import { type AccessKeyRow, updateKeySecret } from "./access-keys-store.ts";
import { audit } from "./audit.ts";
import type { CreatedAccessKey } from "./create-access-key.ts";
import { accessKeyRefused } from "./errors.ts";
import { requireHeld, requireOwnSubject } from "./grant-access-key.ts";
import type { Principal } from "./principal.ts";
import { isExpired } from "./revoke-access-key.ts";

/**
 * Gives a key another secret; the old one ends with the commit. Whoever asks sees the new one, so it takes what making
 * such a key takes. Throws 403 with the clause, `access_key_refused` for a key that has ended.
 */
export async function rotateAccessKey(
  tx: Tx,
  hashKey: HashKey,
  { principal, key }: { readonly principal: Principal; readonly key: AccessKeyRow },
): Promise<CreatedAccessKey> {
  if (key.status === "revoked" || isExpired(key, tx.now)) {
    throw accessKeyRefused({ what: "The key has ended; make a new one." });
  }
  const { subjectKind: kind, subjectId: id, microdaoId, teamId } = key;
  await requireOwnSubject(tx, principal, { subject: { kind, id }, microdaoId });
  await requireHeld(tx, principal, key);
  const token = mintToken(key.id);
  await updateKeySecret(tx, key.id, hashSecret(hashKey, token.secret));
  await audit(tx, {
    action: "access_key.rotated",
    resourceKind: "access_key",
    resourceId: key.id,
    microdaoId,
    teamId,
    data: { key_id: principal.keyId, subject_kind: kind, subject_id: id },
  });
  return { key, token: formatToken(token) };
}
