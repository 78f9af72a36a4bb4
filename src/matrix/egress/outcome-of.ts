import type { SendOutcome } from "../../domain/messaging/index.ts";
import { jitter } from "../../kernel/random.ts";
import { ghostOutsideNamespace, ghostParked, ghostTaken } from "../ghosts/index.ts";
import { homeserverAway, homeserverRefused, type Refusal } from "../homeserver/index.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
/** Even who says "at once" is not asked at once. */
const shortestPauseMs = 250;

/** Refusals that pass by themselves: too fast, too full, or a token that an operator is about to put right. */
const passing = new Set([
  "M_LIMIT_EXCEEDED",
  "M_RESOURCE_LIMIT_EXCEEDED",
  "M_UNKNOWN_TOKEN",
  "M_MISSING_TOKEN",
]);

/**
 * What a failed try means for the message: send it again with the same transaction id, or give it up. Undefined for
 * faults that are not the homeserver's; then the claim runs out and the message is looked for before it is sent again.
 */
export function outcomeOf(error: unknown, attempts: number): SendOutcome | undefined {
  if (homeserverAway.is(error)) {
    const { why, retryAfterMs } = error.details;
    return { is: "again", code: error.code, reason: why, delayMs: pauseMs(attempts, retryAfterMs) };
  }
  if (homeserverRefused.is(error)) return outcomeOfRefusal(error.details, attempts);
  if (ghostParked.is(error) || ghostOutsideNamespace.is(error) || ghostTaken.is(error)) {
    return { is: "failed", code: error.code, reason: error.message };
  }
  return undefined;
}

function outcomeOfRefusal({ status, errcode, reason, retryAfterMs }: Refusal, attempts: number): SendOutcome {
  if (status === 429 || status === 408 || passing.has(errcode)) {
    return { is: "again", code: errcode, reason, delayMs: pauseMs(attempts, retryAfterMs) };
  }
  return { is: "failed", code: errcode, reason };
}

/** As long as the homeserver says, else 1, 2, 4 … 300 seconds, give or take a quarter. `attempts` counts from 1. */
export function pauseMs(attempts: number, asked: number | undefined): number {
  if (asked !== undefined) return Math.max(asked, shortestPauseMs);
  return jitter(Math.min(firstPauseMs * 2 ** Math.min(attempts - 1, 20), longestPauseMs));
}
