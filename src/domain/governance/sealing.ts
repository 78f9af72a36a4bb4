import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from "node:crypto";
import { declareError } from "../../kernel/errors.ts";

/** Keeps secrets that must be read again, such as those of webhooks and of model providers, in the database. */
export interface Sealer {
  /**
   * Seals a secret for one place. `place` names the row and the column, as `agent_webhooks.secret:hook_…`: what is copied
   * to another place cannot be opened there.
   */
  seal(place: string, secret: string): string;
  /** Throws `seal_broken` when it was changed, or sealed for another place or with another SECRETS_KEK. */
  open(place: string, sealed: string): string;
}

export const sealBroken = declareError<{ place: string; reason: string }>(
  "seal_broken",
  "unavailable",
  ({ place, reason }) => `The secret kept in ${place} cannot be opened: ${reason}.`,
);

const version = "v1";
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM under a key derived from SECRETS_KEK (HKDF-SHA-256), the place as additional data. A sealed secret is
 * `v1.<key id>.<iv, ciphertext and tag in base64url>`; the key id tells another key from a change. What was sealed with one
 * of the older keys can still be opened; what is sealed is sealed with the first.
 */
export function openSealer(kek: Uint8Array, ...older: readonly Uint8Array[]): Sealer {
  const keys = [kek, ...older].map(sealingKey);
  const [first = sealingKey(kek)] = keys;
  return {
    seal(place, secret) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", first.key, iv).setAAD(Buffer.from(place));
      const body = Buffer.concat([iv, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${first.id}.${body.toString("base64url")}`;
    },
    open(place, sealed) {
      const [, sealedWith = "", text = ""] = /^v1\.([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? [];
      const body = Buffer.from(text, "base64url");
      if (body.length < ivBytes + tagBytes) throw sealBroken({ place, reason: "it is no sealed secret" });
      const known = keys.find(({ id }) => id === sealedWith);
      if (known === undefined) throw sealBroken({ place, reason: "it was sealed with another SECRETS_KEK" });
      try {
        const decipher = createDecipheriv("aes-256-gcm", known.key, body.subarray(0, ivBytes))
          .setAAD(Buffer.from(place))
          .setAuthTag(body.subarray(-tagBytes));
        const opened = [decipher.update(body.subarray(ivBytes, -tagBytes)), decipher.final()];
        return Buffer.concat(opened).toString("utf8");
      } catch (error) {
        throw sealBroken({ place, reason: "it was changed, or belongs somewhere else" }, { cause: error });
      }
    },
  };
}

function sealingKey(kek: Uint8Array): { readonly key: Uint8Array<ArrayBuffer>; readonly id: string } {
  const key = new Uint8Array(hkdfSync("sha256", kek, "", "microdao sealed secret v1", 32));
  return { key, id: hash("sha256", key, "buffer").toString("base64url").slice(0, 8) };
}
