import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { decodeId } from "../../kernel/ids.ts";
import { randomToken } from "../../kernel/random.ts";

/** The key that secrets are hashed under. Branded, so that nobody passes the key-encryption key itself. */
export type HashKey = Uint8Array & { readonly brand: "access-key-hash-key" };

/** An access key as its holder shows it: `ak_<26 characters>_<43 characters>`. */
export interface AccessKeyToken {
  readonly id: string;
  readonly secret: string;
}

const tokenPattern = /^(ak_[0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

/** Derives the hash key from SECRETS_KEK (HKDF-SHA-256, RFC 5869). One purpose, one derived key. */
export function hashKeyOf(kek: Uint8Array): HashKey {
  return new Uint8Array(hkdfSync("sha256", kek, "", "microdao access key v1", 32)) as HashKey;
}

/** A new secret for the key with this id: 256 random bits. */
export function mintToken(id: string): AccessKeyToken {
  return { id, secret: randomToken(32) };
}

export function formatToken(token: AccessKeyToken): string {
  return `${token.id}_${token.secret}`;
}

/** The parts of a token, or undefined when the text is none. */
export function parseToken(text: string): AccessKeyToken | undefined {
  const [, id = "", secret = ""] = tokenPattern.exec(text) ?? [];
  return decodeId("ak", id) === undefined ? undefined : { id, secret };
}

/** What is stored of a secret: HMAC-SHA-256 under the derived key. The secret has 256 bits, so no slow hash is needed. */
export function hashSecret(key: HashKey, secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac("sha256", key).update(secret).digest());
}

/** Compares in constant time. A key that is not there is compared with zeros, so that both take as long. */
export function secretMatches(key: HashKey, secret: string, stored: Uint8Array | null | undefined): boolean {
  const known = stored?.length === 32;
  const same = timingSafeEqual(hashSecret(key, secret), known ? stored : new Uint8Array(32));
  return same && known;
}
