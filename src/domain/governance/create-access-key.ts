import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { formatToken, type HashKey, hashSecret, mintToken } from "./access-key-token.ts";
import {
  type AccessKeyRow,
  insertKey,
  insertKeyRights,
  selectKeys,
  subjectExists,
} from "./access-keys-store.ts";
import { audit } from "./audit.ts";
import type { SubjectKind } from "./decide.ts";
import { accessKeyRefused } from "./errors.ts";
import { publicMicrodaoId } from "./public-microdao-id.ts";

export interface NewAccessKey {
  /** Whose key: `user` `user:93`, `agent` `agent:sofia`, `embassy` `emb_…`, `integration` a name of its own. */
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  /** What people call the key. */
  readonly name: string;
  /** Capability codes, such as `chat.message.send`. */
  readonly capabilities: readonly string[];
  /** Bundle names, such as `bundle.role.Member`. */
  readonly bundles?: readonly string[];
  /** uuid of the microDAO that the key is bound to. An integration key bound to none reaches every microDAO. */
  readonly microdaoId?: string | null;
  readonly teamId?: string | null;
  readonly expiresAt?: Date | null;
}

export interface CreatedAccessKey {
  readonly key: AccessKeyRow;
  /** The only time that the secret is seen. */
  readonly token: string;
}

const subjectIdPatterns: Record<SubjectKind, RegExp> = {
  user: /^user:[1-9]\d{0,17}$/,
  agent: /^agent:\P{C}{1,64}$/u,
  integration: /^[a-z0-9][a-z0-9._:-]{0,62}$/,
  embassy: /^emb_[0-9a-z]{26}$/,
};

/**
 * Makes an access key for a subject. The token is returned once; the database holds an HMAC of its secret.
 * Throws `access_key_refused` with what is wrong.
 */
export async function createAccessKey(
  tx: Tx,
  hashKey: HashKey,
  input: NewAccessKey,
): Promise<CreatedAccessKey> {
  const fault = faultOf(input, tx.now) ?? (await subjectFaultOf(tx, input.subject));
  if (fault !== undefined) throw accessKeyRefused({ what: fault });
  const token = mintToken(newId("ak", tx.now));
  await insertKey(tx, {
    id: token.id,
    subjectKind: input.subject.kind,
    subjectId: input.subject.id,
    teamId: input.teamId ?? null,
    microdaoId: input.microdaoId ?? null,
    name: input.name.trim(),
    secretHash: hashSecret(hashKey, token.secret),
    expiresAt: input.expiresAt ?? null,
  });
  await grantRights(tx, token.id, input);
  const [key] = await selectKeys(tx.db, { id: token.id });
  if (key === undefined) throw bug("an access key that was just made is not there");
  await tellCreated(tx, key);
  return { key, token: formatToken(token) };
}

function faultOf({ name, subject, microdaoId, expiresAt }: NewAccessKey, now: Date): string | undefined {
  if (!/^\P{C}{1,100}$/u.test(name.trim())) return "The name of a key has 1 to 100 printable characters.";
  if (!subjectIdPatterns[subject.kind].test(subject.id)) {
    return `"${subject.id.slice(0, 80)}" does not name a subject of the kind ${subject.kind}.`;
  }
  if (subject.kind === "embassy" && (microdaoId ?? null) === null) {
    return "An embassy's key must be bound to a microDAO.";
  }
  if (expiresAt != null && !(expiresAt.getTime() > now.getTime())) return "The expiry lies in the past.";
  return undefined;
}

async function subjectFaultOf(tx: Tx, { kind, id }: NewAccessKey["subject"]): Promise<string | undefined> {
  return (await subjectExists(tx.db, kind, id)) ? undefined : `There is no ${kind} "${id}".`;
}

async function grantRights(tx: Tx, keyId: string, input: NewAccessKey): Promise<void> {
  const capabilities = [...new Set(input.capabilities)];
  const bundles = [...new Set(input.bundles)];
  if (capabilities.length + bundles.length === 0) {
    throw accessKeyRefused({ what: "A key without any capability or bundle could do nothing." });
  }
  const known = await insertKeyRights(tx, keyId, { capabilities, bundles });
  const unknown = [...capabilities, ...bundles].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw accessKeyRefused({
      what: `There is no capability or bundle: ${unknown.join(", ").slice(0, 400)}.`,
    });
  }
}

async function tellCreated(tx: Tx, key: AccessKeyRow): Promise<void> {
  const about = {
    subject_kind: key.subjectKind,
    subject_id: key.subjectId,
    name: key.name,
    capabilities: key.capabilities,
    expires_at: key.expiresAt?.toISOString() ?? null,
  };
  tx.emit({
    topic: "access_key.created",
    key: key.id,
    at: tx.now,
    actor: tx.actor,
    payload: { key_id: key.id, ...about },
    microdaoId: publicMicrodaoId(key.microdaoId),
    teamId: key.teamId,
  });
  await audit(tx, {
    action: "access_key.created",
    resourceKind: "access_key",
    resourceId: key.id,
    microdaoId: key.microdaoId,
    teamId: key.teamId,
    data: about,
  });
}
