import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookRefused } from "./errors.ts";
import type { Trigger } from "./run.ts";

export interface VerifyOptions {
  /** How far the time of a webhook may be from ours; 5 minutes. */
  readonly toleranceMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What was seen, so that nothing is taken twice; one memory for the process if left out. */
  readonly seen?: Map<string, number>;
}

export interface VerifiedWebhook {
  /** The same in every try of a delivery. */
  readonly id: string;
  readonly type: "agent.triggered";
  readonly timestamp: string;
  readonly data: Trigger;
}

type Headers = Readonly<Record<string, string | string[] | undefined>> | globalThis.Headers;

const fiveMinutes = 300_000;
const memory = new Map<string, number>();

/**
 * What a webhook says, if it comes from the bridge: signed as Standard Webhooks does (https://www.standardwebhooks.com), at
 * most five minutes old, and not seen before. `body` is what was received, byte for byte. A delivery that is tried again
 * has its old id and a new time, and is taken. Throws `WebhookRefused`.
 */
export function verifyWebhook(
  headers: Headers,
  body: string | Uint8Array,
  secret: string,
  options: VerifyOptions = {},
): VerifiedWebhook {
  const { toleranceMs = fiveMinutes, now = Date.now, seen = memory } = options;
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookRefused("malformed", "webhook-timestamp is no time.");
  const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
  if (!isSigned(`${id}.${timestamp}.${text}`, signatures, secret))
    throw new WebhookRefused("forged", "No signature fits.");
  requireFresh(`${id}.${timestamp}`, Number(timestamp) * 1_000, { toleranceMs, now: now(), seen });
  return { ...(JSON.parse(text) as Omit<VerifiedWebhook, "id">), id };
}

interface Freshness {
  readonly toleranceMs: number;
  readonly now: number;
  readonly seen: Map<string, number>;
}

function requireFresh(name: string, at: number, { toleranceMs, now, seen }: Freshness): void {
  if (at < now - toleranceMs) throw new WebhookRefused("too_old", "It was signed too long ago.");
  if (at > now + toleranceMs) throw new WebhookRefused("too_new", "It was signed in the future.");
  for (const [known, until] of seen) if (until < now) seen.delete(known);
  if (seen.has(name)) throw new WebhookRefused("replayed", "It was received before.");
  // It counts until its time alone would make it too old.
  seen.set(name, at + toleranceMs);
}

function isSigned(signed: string, signatures: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(signed).digest();
  return signatures.split(" ").some((signature) => {
    const [version, text = ""] = signature.split(",", 2);
    const given = Buffer.from(text, "base64");
    return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

function headerOf(headers: Headers, name: string): string {
  const value = headers instanceof globalThis.Headers ? headers.get(name) : headers[name];
  if (typeof value !== "string" || value === "") throw new WebhookRefused("malformed", `${name} is missing.`);
  return value;
}
