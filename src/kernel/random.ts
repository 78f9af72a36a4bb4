import { randomBytes, randomInt } from "node:crypto";

/** `bytes` random bytes as base64url without padding. 32 bytes give 43 characters and 256 bits. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

/** `value` plus or minus up to a quarter of it, so that many waiters do not wake at the same moment. */
export function jitter(value: number): number {
  return Math.round(value * (0.75 + randomInt(0, 1000) / 2000));
}

/** A whole number from 1 to `most`. */
export function randomNumber(most: number): number {
  return randomInt(1, most + 1);
}
