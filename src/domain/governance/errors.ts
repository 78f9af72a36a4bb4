import { type AppError, declareError } from "../../kernel/errors.ts";
import { type Clause, clauseOf, type DenialCode } from "./decide.ts";
import type { Principal } from "./principal.ts";

type None = Record<string, never>;

export const accessKeyInvalid = declareError<None>(
  "access_key_invalid",
  "unauthenticated",
  () => "The access key is not known. Send it as: Authorization: Bearer ak_…",
);
/** `holder`: whose key it was. Whoever asks holds its secret, or a link that was made with it. */
export const accessKeyRevoked = declareError<{ holder: Principal }>(
  "access_key_revoked",
  "unauthenticated",
  () => "The access key has been revoked.",
);
export const accessKeyExpired = declareError<{ holder: Principal }>(
  "access_key_expired",
  "unauthenticated",
  () => "The access key has expired.",
);
export const accessKeyMissing = declareError<{ id: string }>(
  "access_key_not_found",
  "missing",
  // As long as an id is: whoever pastes a whole key gets no secret back.
  ({ id }) => `There is no access key "${id.slice(0, 29)}".`,
);
export const accessKeyRefused = declareError<{ what: string }>(
  "access_key_refused",
  "invalid",
  ({ what }) => what,
);

/** `denial` is for the audit log: the caller learns the same whether the channel is hidden or not there. */
export const channelMissing = declareError<{ denial?: DenialCode }>(
  "channel_not_found",
  "missing",
  () => "There is no such channel, or this key may not see it.",
);

/** Each reason of a decision as an error with the same code. */
const denials: Record<DenialCode, (details: { reason: string; clause: Clause }) => AppError> = {
  subject_inactive: denial("subject_inactive"),
  key_lacks_capability: denial("key_lacks_capability"),
  out_of_scope: denial("out_of_scope"),
  not_a_member: denial("not_a_member"),
  banned: denial("banned"),
  team_confidential: denial("team_confidential"),
  role_lacks_capability: denial("role_lacks_capability"),
  plan_lacks_capability: denial("plan_lacks_capability"),
  channel_frozen: denial("channel_frozen"),
  microdao_frozen: denial("microdao_frozen"),
};

function denial(code: DenialCode) {
  return declareError<{ reason: string; clause: Clause }>(code, "forbidden", ({ reason }) => reason);
}

export function denied(code: DenialCode, reason: string): AppError {
  return denials[code]({ reason, clause: clauseOf(code) });
}

export const agentMissing = declareError<{ agent: string }>(
  "agent_not_found",
  "missing",
  ({ agent }) => `There is no agent "${agent.slice(0, 80)}".`,
);
const holders = { bridge: "the bridge's own user", agent: "another agent's user", person: "somebody's user" };

export const agentUserTaken = declareError<{ matrixId: string; holder: keyof typeof holders }>(
  "agent_user_taken",
  "conflict",
  ({ matrixId, holder }) => `${matrixId} is ${holders[holder]} already: choose another code for the agent.`,
);
export const agentExists = declareError<{ externalId: string }>(
  "agent_exists",
  "conflict",
  ({ externalId }) => `There is an agent "${externalId}" already.`,
);

export const quotaExceeded = declareError<{
  readonly subject: "key" | "agent";
  readonly what: string;
  readonly period: string;
  readonly limit: number;
  readonly retryAfterSeconds: number;
}>(
  "quota_exceeded",
  "limited",
  ({ subject, what, period, limit, retryAfterSeconds }) =>
    `The ${subject} may use no more ${what} for now: ${limit} a ${period}. Try again in ${retryAfterSeconds} s.`,
);

export const freezeRefused = declareError<None>(
  "freeze_refused",
  "invalid",
  () => "A reason has 1 to 300 characters without control characters.",
);

export const capabilityNotHeld = declareError<{ readonly missing: readonly string[] }>(
  "capability_not_held",
  "forbidden",
  ({ missing }) =>
    `Nobody gives what they do not hold. Your key, your role or the plan lacks: ${missing.join(", ").slice(0, 400)}.`,
);
export const grantRefused = declareError<{ readonly what: string }>(
  "grant_refused",
  "forbidden",
  ({ what }) => what,
);
export const keyRequestReused = declareError<None>(
  "idempotency_key_reused",
  "conflict",
  () => "This Idempotency-Key was used for another key, or is being used just now.",
);

export const ownQuota = declareError<None>(
  "own_quota",
  "forbidden",
  () => "Nobody sets quotas of their own.",
);
export const quotaRefused = declareError<None>(
  "quota_refused",
  "invalid",
  () =>
    "Quotas are written as messages=600/hour,money=5/day: each thing once for a period; free for no limit, or off.",
);
