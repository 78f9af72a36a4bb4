import { declareError } from "../../kernel/errors.ts";
import type { AgentStatus } from "./agents-store.ts";
import type { DenialCode } from "./decide.ts";

type None = Record<string, never>;

/** `denial` is for the audit log: the caller learns the same whether the agent is hidden or not there. */
export const agentHidden = declareError<{ denial?: DenialCode }>(
  "agent_not_found",
  "missing",
  () => "There is no such agent, or this key may not see it.",
);
export const agentStatusConflict = declareError<{
  externalId: string;
  status: AgentStatus;
  from: readonly AgentStatus[];
}>("agent_status_conflict", "conflict", ({ externalId, status, from }) =>
  status === "revoked"
    ? `${externalId} has been revoked, for ever.`
    : `${externalId} is ${status}; this can be done when it is ${from.join(" or ")}.`,
);
/** One field of a request about an agent or a blueprint that cannot be as it is. */
export const registryFieldRefused = declareError<{ field: string; what: string }>(
  "agent_refused",
  "invalid",
  ({ what }) => what,
);
export const agentRequestsOpen = declareError<{ limit: number }>(
  "agent_requests_open",
  "conflict",
  ({ limit }) =>
    `${limit} requests are waiting to be decided. Wait for an answer before you ask for more agents.`,
);
export const agentSelfDecision = declareError<None>(
  "agent_self_decision",
  "forbidden",
  () =>
    "Agents decide about no agent's life and settings, their own least of all: a person or a program does.",
);
export const blueprintMissing = declareError<{ blueprint: string; field?: string }>(
  "blueprint_not_found",
  "missing",
  ({ blueprint }) => `There is no blueprint "${blueprint.slice(0, 80)}".`,
);
export const blueprintExists = declareError<{ code: string }>(
  "blueprint_exists",
  "conflict",
  ({ code }) => `There is a blueprint "${code}" already.`,
);
export const registryKeyReused = declareError<None>(
  "idempotency_key_reused",
  "conflict",
  () => "This Idempotency-Key was used for another request. Use a new key for a new request.",
);
export const registryRequestInHand = declareError<None>(
  "request_in_hand",
  "conflict",
  () =>
    "Another request with this Idempotency-Key has just been carried out. Repeat this one to get its answer.",
);
