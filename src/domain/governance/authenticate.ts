import { type Database, transact } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type HashKey, parseToken, secretMatches } from "./access-key-token.ts";
import { selectKeyToVerify, updateKeyUsed, type VerifiableKeyRow } from "./access-keys-store.ts";
import { accessKeyExpired, accessKeyInvalid, accessKeyRevoked } from "./errors.ts";
import type { Principal } from "./principal.ts";
import { publicMicrodaoId } from "./public-microdao-id.ts";
import { isExpired } from "./revoke-access-key.ts";

const usedEveryMs = 60_000;

/**
 * Whose token this is. One statement, so that a revocation anywhere counts at once; the time of use is written at most
 * once a minute. Throws `access_key_invalid`, `access_key_revoked`, `access_key_expired`.
 */
export async function authenticate(database: Database, hashKey: HashKey, text: string): Promise<Principal> {
  const token = parseToken(text);
  if (token === undefined) throw accessKeyInvalid({});
  const row = await selectKeyToVerify(database.db, token.id);
  // The secret is compared first and always: who does not hold it learns nothing about the key.
  const matches = secretMatches(hashKey, token.secret, row?.secretHash);
  if (row === undefined || !matches) throw accessKeyInvalid({});
  const now = database.clock.now();
  if (row.status === "revoked") throw accessKeyRevoked({ holder: principalOf(row) });
  if (isExpired(row, now)) throw accessKeyExpired({ holder: principalOf(row) });
  const principal = principalOf(row);
  if (row.lastUsedAt === null || now.getTime() - row.lastUsedAt.getTime() > usedEveryMs) {
    await recordKeyUsed(database, principal);
  }
  return principal;
}

/**
 * Whom a key belongs to, by its id: for what the key's holder was given before, such as a signed link. Whether the key is
 * good is looked at anew. Throws `access_key_invalid`, `access_key_revoked`, `access_key_expired`.
 */
export async function recallPrincipal({ db, clock }: Database, keyId: string): Promise<Principal> {
  const row = await selectKeyToVerify(db, keyId);
  if (row === undefined) throw accessKeyInvalid({});
  if (row.status === "revoked") throw accessKeyRevoked({ holder: principalOf(row) });
  if (isExpired(row, clock.now())) throw accessKeyExpired({ holder: principalOf(row) });
  return principalOf(row);
}

async function recordKeyUsed(database: Database, { keyId, actor, scope }: Principal): Promise<void> {
  await transact(database, actor, async (tx) => {
    if (!(await updateKeyUsed(tx, keyId))) return;
    tx.emit({
      topic: "access_key.used",
      key: `${keyId} ${tx.now.toISOString()}`,
      at: tx.now,
      actor,
      payload: { key_id: keyId },
      microdaoId: publicMicrodaoId(scope.microdaoId),
      teamId: scope.teamId,
    });
  });
}

/** Who holds a key whose secret has been compared. */
export function principalOf(row: VerifiableKeyRow): Principal {
  return {
    keyId: row.id,
    actor: actorOf(row),
    capabilities: new Set(row.capabilities),
    expiresAt: row.expiresAt,
    scope: { microdaoId: row.microdaoId, teamId: row.teamId },
    subject: {
      kind: row.subjectKind,
      id: row.subjectId,
      uuid: row.subjectUuid,
      active: row.subjectKind !== "agent" || row.agentStatus === "active",
      microdaoId: row.agentMicrodaoId,
      teamId: row.agentTeamId,
    },
  };
}

/**
 * A person who acts in Matrix, without a key: what would be the key's is given, where and by which role they may is
 * decided as ever.
 */
export function principalOfPerson(
  user: { readonly id: string; readonly externalId: string },
  capabilities: readonly string[],
): Principal {
  return {
    keyId: "matrix",
    actor: { id: encodeId("u", user.id), kind: "user" },
    capabilities: new Set(capabilities),
    expiresAt: null,
    scope: { microdaoId: null, teamId: null },
    subject: {
      kind: "user",
      id: user.externalId,
      uuid: user.id,
      active: true,
      microdaoId: null,
      teamId: null,
    },
  };
}

function actorOf({ subjectKind, subjectId, subjectUuid }: VerifiableKeyRow): Actor {
  if (subjectKind === "embassy") return { id: subjectId, kind: "embassy" };
  if (subjectKind === "integration") return { id: subjectId, kind: "service" };
  const id = subjectUuid === null ? subjectId : encodeId(subjectKind === "agent" ? "ag" : "u", subjectUuid);
  return { id, kind: subjectKind };
}
