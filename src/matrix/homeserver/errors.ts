import { declareError } from "../../kernel/errors.ts";

/** What the homeserver said when it refused. */
export interface Refusal {
  readonly status: number;
  /** `M_…`; `M_UNKNOWN` when it named none. */
  readonly errcode: string;
  /** Its own words, at most 300 characters. */
  readonly reason: string;
  /** How long to wait before the next try, when it said so. */
  readonly retryAfterMs: number | undefined;
}

/** The homeserver understood the request and refused it: any 4xx with a Matrix error, 429 included. */
export const homeserverRefused = declareError<Refusal>(
  "homeserver_refused",
  "conflict",
  ({ status, errcode, reason }) => `The homeserver refused (${status} ${errcode}): ${reason}`,
);

/**
 * No usable answer: no connection, a timeout, a cut connection, a 5xx, or a page that is not JSON. Whether the request
 * took effect is unknown.
 */
export const homeserverAway = declareError<{
  readonly why: string;
  readonly status: number | undefined;
  readonly errcode: string | undefined;
  readonly retryAfterMs: number | undefined;
}>("homeserver_away", "unavailable", ({ why }) => `The homeserver gave no usable answer: ${why}`);

/** The errcode of a refusal, or undefined for anything else. */
export function errcodeOf(error: unknown): string | undefined {
  return homeserverRefused.is(error) ? error.details.errcode : undefined;
}

/** A refusal that would be the same again; undefined for anything else, being asked to wait included. */
export function finalRefusalOf(error: unknown): Refusal | undefined {
  return homeserverRefused.is(error) && error.details.status !== 429 ? error.details : undefined;
}

/** Whether the homeserver has lost the device that was acted as; `ORG.…` is what it said before v1.17, and for a while after. */
export function isUnknownDevice(error: unknown): boolean {
  return isRefusal(error, "M_UNKNOWN_DEVICE", "ORG.MATRIX.MSC4326.M_UNKNOWN_DEVICE");
}

/** Whether the homeserver refused with one of these codes. */
export function isRefusal(error: unknown, ...errcodes: readonly string[]): boolean {
  const errcode = errcodeOf(error);
  return errcode !== undefined && errcodes.includes(errcode);
}
