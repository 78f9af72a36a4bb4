import type { DbClient } from "../db/index.ts";
import {
  type Agent,
  agentMissing,
  authorizeMicrodao,
  findAgent,
  microdaoHidden,
  type Principal,
  requireCapability,
} from "../domain/governance/index.ts";

/**
 * An agent that the key may manage (`agent.manage` where it is registered; of no microDAO: an integration's key that is
 * bound to none). Throws `agent_not_found` for all that it may not see.
 */
export async function requireManagedAgent(db: DbClient, principal: Principal, name: string): Promise<Agent> {
  requireCapability(principal, "agent.manage");
  const agent = name.startsWith("ag_") ? await findAgent(db, name) : undefined;
  if (agent === undefined) throw agentMissing({ agent: name });
  if (agent.microdaoId === null) {
    const { subject, scope } = principal;
    if (subject.kind === "integration" && scope.microdaoId === null) return agent;
    throw agentMissing({ agent: name });
  }
  try {
    await authorizeMicrodao(db, principal, "agent.manage", agent.microdaoId);
    return agent;
  } catch (error) {
    throw microdaoHidden.is(error) ? agentMissing({ agent: name }, { cause: error }) : error;
  }
}
