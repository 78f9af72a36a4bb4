import type { Clause } from "../domain/governance/index.ts";
import type { AppError } from "../kernel/errors.ts";

/** Refusals that say nothing of a clause themselves: what would have to change for them to be let through. */
const clauses: Readonly<Record<string, Clause>> = {
  agent_key_required: "capability",
  agent_self_decision: "role",
  capability_not_held: "capability",
  grant_refused: "capability",
  operator_key_required: "capability",
  media_link_expired: "capability",
  media_link_invalid: "capability",
  message_not_own: "capability",
  own_quota: "role",
  origin_refused: "capability",
  power_too_low: "role",
  role_too_high: "role",
  tool_refused: "capability",
};

/**
 * Which part of the decision a refusal comes from: 403 and 429 have one, others have none. An error that carries its
 * clause is believed; whoever is told to wait has used up what there is.
 */
export function clauseOf({ kind, code, details }: AppError): Clause | undefined {
  if (kind === "limited") return "quota";
  if (kind !== "forbidden") return undefined;
  return "clause" in details ? (details.clause as Clause) : clauses[code];
}
