import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import type { HashKey } from "./access-key-token.ts";
import { type AccessKeyRow, selectKeys } from "./access-keys-store.ts";
import { findAgent } from "./agents.ts";
import { authorizeMicrodao } from "./authorize-microdao.ts";
import { createAccessKey, type NewAccessKey } from "./create-access-key.ts";
import { accessKeyRefused, capabilityNotHeld, grantRefused, keyRequestReused } from "./errors.ts";
import { insertKeyRequest, selectKeyRequest } from "./key-requests-store.ts";
import { selectHeldCapabilities, selectTeamMicrodao } from "./microdao-rights-store.ts";
import type { Principal } from "./principal.ts";

export interface GrantWish extends NewAccessKey {
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
}

export interface GrantedKey {
  readonly key: AccessKeyRow;
  /** Null when an earlier request with the same idempotency key made it: a secret is shown once. */
  readonly token: string | null;
}

/** Whether a key acts for the whole installation: a program's that is bound to nothing. */
export function actsForAll({ subject, scope }: Principal): boolean {
  return subject.kind === "integration" && scope.microdaoId === null && scope.teamId === null;
}

/**
 * Makes an access key on behalf of another one, which cannot give what it does not hold: neither capabilities, nor reach,
 * nor time, nor another person's name. Throws 403 with the clause, `microdao_not_found`, `access_key_refused`,
 * `idempotency_key_reused`.
 */
export async function grantAccessKey(
  tx: Tx,
  hashKey: HashKey,
  { principal, wish }: { readonly principal: Principal; readonly wish: GrantWish },
): Promise<GrantedKey> {
  await requireReach(tx, principal, wish);
  const request = requestOf(principal, wish);
  const earlier = request && (await selectKeyRequest(tx.db, request));
  if (earlier !== undefined) return repeated(tx, earlier, request?.requestHash);
  await requireOwnSubject(tx, principal, wish);
  const made = await createAccessKey(tx, hashKey, wish);
  await requireHeld(tx, principal, made.key);
  if (request !== undefined) {
    const keyUuid = decodeId("ak", made.key.id);
    if (keyUuid === undefined) throw bug("an access key has an id that is none");
    // Whoever comes second at the same moment is undone, and finds the key when it tries again.
    if (!(await insertKeyRequest(tx, { ...request, keyUuid }))) throw keyRequestReused({});
  }
  return made;
}

/** What a key allows must be allowed to whoever gets to see its secret. Throws `capability_not_held`, `grant_refused`. */
export async function requireHeld(tx: Tx, principal: Principal, key: AccessKeyRow): Promise<void> {
  const { microdaoId, capabilities, expiresAt } = key;
  const userId = principal.subject.kind === "user" ? principal.subject.uuid : null;
  const byRights =
    microdaoId === null ? undefined : await selectHeldCapabilities(tx.db, { microdaoId, userId });
  const missing = capabilities.filter(
    (code) =>
      !principal.capabilities.has(code) ||
      (byRights !== undefined && !actsForAll(principal) && !byRights.has(code)),
  );
  if (missing.length > 0) throw capabilityNotHeld({ missing });
  const until = principal.expiresAt;
  if (until !== null && (expiresAt === null || expiresAt.getTime() > until.getTime())) {
    throw grantRefused({ what: `A key cannot outlive the one that makes it, ${until.toISOString()}.` });
  }
}

/** The microDAO and the team that the key is to be bound to lie within those of whoever asks. */
async function requireReach(tx: Tx, principal: Principal, wish: GrantWish): Promise<void> {
  const { microdaoId = null, teamId = null } = wish;
  if (microdaoId === null) {
    if (!actsForAll(principal)) throw grantRefused({ what: "Say which microDAO the key is bound to." });
    return;
  }
  await authorizeMicrodao(tx.db, principal, "key.manage", microdaoId);
  const within = principal.scope.teamId;
  if (within !== null && within !== teamId) {
    throw grantRefused({ what: "Your key is bound to a team; bind the new one to it, too." });
  }
  if (teamId !== null && (await selectTeamMicrodao(tx.db, teamId)) !== microdaoId) {
    throw accessKeyRefused({ what: "There is no such team in this microDAO." });
  }
}

/** Names under which the bridge and those who operate it appear in the audit log. */
const reserved = new Set(["bridge", "cli"]);

/** Whoever holds a key acts as its subject: nobody makes one for another person, or for another microDAO's agent. */
export async function requireOwnSubject(
  tx: Tx,
  principal: Principal,
  { subject, microdaoId = null }: Pick<NewAccessKey, "subject" | "microdaoId">,
): Promise<void> {
  if (subject.kind === "integration" && reserved.has(subject.id)) {
    throw accessKeyRefused({ what: `"${subject.id}" is a name of the bridge's own.` });
  }
  const fault = actsForAll(principal) ? undefined : foreignSubjectFault(principal, subject);
  if (fault !== undefined) throw grantRefused({ what: fault });
  if (actsForAll(principal) || subject.kind !== "agent") return;
  if ((await findAgent(tx.db, subject.id))?.microdaoId !== microdaoId) {
    throw accessKeyRefused({ what: "There is no such agent in this microDAO." });
  }
}

function foreignSubjectFault(
  { subject: own }: Principal,
  { kind, id }: NewAccessKey["subject"],
): string | undefined {
  if (kind === "embassy") return "An embassy's key is made by whoever operates the bridge.";
  if (kind !== "user" || (own.kind === "user" && own.id === id)) return undefined;
  return "A person's key is made by that person, or by whoever operates the bridge.";
}

interface KeyRequest {
  readonly scope: string;
  readonly key: string;
  readonly requestHash: Uint8Array;
}

function requestOf(principal: Principal, wish: GrantWish): KeyRequest | undefined {
  const { idempotencyKey: key, ...asked } = wish;
  if (key === undefined) return undefined;
  const requestHash = hash("sha256", JSON.stringify(asked), "buffer");
  return { scope: `access key ${principal.actor.id}`, key, requestHash };
}

async function repeated(
  tx: Tx,
  earlier: { readonly keyUuid: string; readonly requestHash: Uint8Array },
  asked: Uint8Array | undefined,
): Promise<GrantedKey> {
  if (asked === undefined || Buffer.compare(earlier.requestHash, asked) !== 0) throw keyRequestReused({});
  const [key] = await selectKeys(tx.db, { id: encodeId("ak", earlier.keyUuid) });
  if (key === undefined) throw bug("a key that was made by a request is not there");
  return { key, token: null };
}
