import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "../kernel/clock.ts";
import { mediaLinkExpired, mediaLinkInvalid } from "./errors.ts";

/** What a link names: a file of a message, for the holder of a key. */
export interface LinkedMedia {
  /** `m_…`. */
  readonly messageId: string;
  /** Which of the message's files, from 0. */
  readonly item: number;
  /** `ak_…` of the key that asked for the link. No secret. */
  readonly keyId: string;
}

export interface SignedLink extends LinkedMedia {
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

export interface MediaLinks {
  /** A path that gives the file without an `Authorization` header, for a while. */
  pathOf(media: LinkedMedia): string;
  /** Throws `media_link_invalid`, `media_link_expired`. */
  check(link: SignedLink): void;
}

/** Links for whoever asks. */
export function linksFor(links: MediaLinks, { keyId }: { readonly keyId: string }) {
  return (messageId: string, item: number) => links.pathOf({ messageId, item, keyId });
}

/** Links stay the same for a quarter of their life, so that browsers find what they have. */
const steps = 4;

/**
 * Links that carry their own permission: an HMAC-SHA-256 under a key that is derived from SECRETS_KEK, over everything
 * that the link says. They are only as good as the access key that asked for them, which is looked at again each time.
 */
export function openMediaLinks(kek: Uint8Array, clock: Clock, lifeMs: number): MediaLinks {
  const key = new Uint8Array(hkdfSync("sha256", kek, "", "microdao media link v1", 32));
  const sign = ({ messageId, item, keyId, expires }: Omit<SignedLink, "signature">) =>
    createHmac("sha256", key).update(`${messageId}\n${item}\n${keyId}\n${expires}`).digest();
  const expiryFrom = (now: number) => {
    const stepMs = lifeMs / steps;
    return Math.ceil(((Math.floor(now / stepMs) + steps + 1) * stepMs) / 1000);
  };
  return {
    pathOf(media) {
      const expires = expiryFrom(clock.now().getTime());
      const signature = sign({ ...media, expires }).toString("base64url");
      const query = { item: String(media.item), key: media.keyId, expires: String(expires), signature };
      return `/v1/media/${media.messageId}?${new URLSearchParams(query).toString()}`;
    },
    check(link) {
      const given = Buffer.from(link.signature, "base64url");
      const right = sign(link);
      if (given.length !== right.length || !timingSafeEqual(given, right)) throw mediaLinkInvalid({});
      if (link.expires * 1000 <= clock.now().getTime()) throw mediaLinkExpired({});
    },
  };
}
