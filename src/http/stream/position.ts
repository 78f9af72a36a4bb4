import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { decodeId, encodeId } from "../../kernel/ids.ts";

/** Turns the id of an event that a reader may not know of into a position that it can come back to, and back. */
export interface Positions {
  /** Of an event's id; of nothing, the position before every event. */
  seal(eventId: string): string;
  /** The event's id, empty for the position before every event; undefined when the text is no position. */
  open(position: string): string | undefined;
}

const nil = "00000000-0000-0000-0000-000000000000";

/**
 * A stream passes over events that its reader may not see, and the reader must be able to go on behind them without
 * learning their ids, which tell when they happened. The 128 bits are one block of AES-256 under a key derived from
 * SECRETS_KEK (HKDF-SHA-256), so every process of the bridge reads the positions of the others. A forged one names no
 * event.
 */
export function openPositions(secretsKey: Uint8Array): Positions {
  const key = new Uint8Array(hkdfSync("sha256", secretsKey, "", "microdao stream position v1", 32));
  return {
    seal(eventId) {
      const uuid = eventId === "" ? nil : (decodeId("evt", eventId) ?? nil);
      const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
      return `pos_${cipher.update(uuid.replaceAll("-", ""), "hex", "base64url")}${cipher.final("base64url")}`;
    },
    open(position) {
      if (!/^pos_[A-Za-z0-9_-]{22}$/.test(position)) return undefined;
      const decipher = createDecipheriv("aes-256-ecb", key, null).setAutoPadding(false);
      const hex = decipher.update(position.slice(4), "base64url", "hex") + decipher.final("hex");
      const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      return uuid === nil ? "" : encodeId("evt", uuid);
    },
  };
}
