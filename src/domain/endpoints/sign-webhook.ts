import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";
const secretBytes = 32;

/** A new secret as Standard Webhooks writes them: `whsec_` and 256 random bits in base64. */
export function mintWebhookSecret(): string {
  return `${prefix}${randomBytes(secretBytes).toString("base64")}`;
}

/**
 * The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time and body. While a
 * secret is being changed there are two, and a signature of each.
 */
export function signWebhook(
  secrets: readonly string[],
  message: { readonly id: string; readonly at: Date; readonly body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(message.at.getTime() / 1_000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": secrets.map((secret) => `v1,${hmacOf(secret, signed)}`).join(" "),
  };
}

function hmacOf(secret: string, signed: string): string {
  return createHmac("sha256", Buffer.from(secret.slice(prefix.length), "base64"))
    .update(signed)
    .digest("base64");
}
