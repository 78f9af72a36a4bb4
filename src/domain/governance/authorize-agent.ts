import type { DbClient } from "../../db/index.ts";
import {
  type AgentPlaceRow,
  type AgentRange,
  selectAgentPlace,
  selectAgentRights,
} from "./agent-rights-store.ts";
import { findAgent } from "./agents.ts";
import type { Agent } from "./agents-store.ts";
import { type ChannelPlace, decideOn, queryOf, requireCapability } from "./authorize.ts";
import { authorizeMicrodaos } from "./authorize-many.ts";
import { microdaoHidden } from "./authorize-microdao.ts";
import { type Blueprint, selectBlueprints, selectMicrodaosWithBlueprints } from "./blueprints-store.ts";
import type { Decision } from "./decide.ts";
import { denied } from "./errors.ts";
import type { Principal } from "./principal.ts";
import { agentHidden, agentSelfDecision, registryFieldRefused } from "./registry-errors.ts";

/** Where an agent lives: a microDAO (uuid), and perhaps one of its teams. */
export interface AgentPlace {
  readonly microdaoId: string;
  readonly teamId: string | null;
}

/** Whether the key acts for all microDAOs: a program's that is bound to none. */
export function isOperator({ subject, scope }: Principal): boolean {
  return subject.kind === "integration" && scope.microdaoId === null && scope.teamId === null;
}

/**
 * Lets a key do something with the agents of a microDAO, or of one of its teams, or throws: 403 with the decision's code,
 * `microdao_not_found` for one that is not for this key to see, `agent_refused` for a team that is not the microDAO's.
 */
export async function authorizeAgentPlace(
  db: DbClient,
  principal: Principal,
  capability: string,
  place: { readonly microdaoId: string | undefined; readonly teamId: string | null },
): Promise<AgentPlace> {
  requireCapability(principal, capability);
  const { microdaoId, teamId } = place;
  if (microdaoId === undefined) throw microdaoHidden({});
  const row = await selectAgentPlace(db, queryOf(principal, capability), { microdaoId, teamId });
  // Whoever may not see the microDAO learns nothing about its teams.
  const around =
    row ?? (await selectAgentPlace(db, queryOf(principal, capability), { microdaoId, teamId: null }));
  if (around === undefined) throw microdaoHidden({});
  const decision = decideOnPlace(principal, capability, around);
  if (!decision.allowed) {
    throw decision.hidden
      ? microdaoHidden({ denial: decision.code })
      : denied(decision.code, decision.reason);
  }
  if (row !== undefined) return { microdaoId, teamId };
  throw registryFieldRefused({ field: "team", what: "There is no such team in this microDAO." });
}

/**
 * The agent by whatever name, if the key may do this with it; throws 403 with the decision's code, or `agent_not_found`
 * for one that is not there and, with the same words, for one that the key may not see.
 */
export async function authorizeAgent(
  db: DbClient,
  principal: Principal,
  capability: string,
  name: string,
): Promise<Agent> {
  requireCapability(principal, capability);
  const agent = await findAgent(db, name);
  if (agent === undefined) throw agentHidden({});
  const { microdaoId, teamId } = agent;
  if (microdaoId === null) {
    if (!isOperator(principal)) throw agentHidden({ denial: "out_of_scope" });
    return agent;
  }
  const row = await selectAgentPlace(db, queryOf(principal, capability), { microdaoId, teamId });
  if (row === undefined) throw agentHidden({});
  const decision = decideOnPlace(principal, capability, row);
  if (decision.allowed) return agent;
  throw decision.hidden ? agentHidden({ denial: decision.code }) : denied(decision.code, decision.reason);
}

/** As `authorizeAgent` with `agent.manage`, for decisions: no agent decides about agents. Throws `agent_self_decision`, too. */
export async function authorizeAgentDecision(
  db: DbClient,
  principal: Principal,
  name: string,
): Promise<Agent> {
  const agent = await authorizeAgent(db, principal, "agent.manage", name);
  requireNoAgent(principal);
  return agent;
}

/** An agent's key, whatever it holds, makes no agent active. Throws `agent_self_decision`. */
export function requireNoAgent({ subject }: Principal): void {
  if (subject.kind === "agent") throw agentSelfDecision({});
}

const scanned = 500;

/** The next agents, oldest first, with which the key may do this, as places (uuid and time of creation). */
export async function findAgentsAllowed(
  db: DbClient,
  principal: Principal,
  capability: string,
  range: AgentRange,
): Promise<ChannelPlace[]> {
  requireCapability(principal, capability);
  const found: ChannelPlace[] = [];
  let after = range.after;
  for (;;) {
    const limit = Math.max(scanned, range.limit);
    const rows = await selectAgentRights(db, queryOf(principal, capability), { ...range, after, limit });
    for (const row of rows) {
      after = { createdUs: row.createdUs, id: row.id };
      if (decideOnPlace(principal, capability, row).allowed) found.push(after);
      if (found.length === range.limit) return found;
    }
    if (rows.length < limit) return found;
  }
}

/** The next blueprints that the key may see, oldest first: everybody's, and those of microDAOs where it may see agents. */
export async function findBlueprintsAllowed(
  db: DbClient,
  principal: Principal,
  range: Pick<AgentRange, "after" | "limit">,
): Promise<Blueprint[]> {
  requireCapability(principal, "agent.read");
  const owners = await selectMicrodaosWithBlueprints(db);
  const allowed = await authorizeMicrodaos(db, principal, "agent.read", owners);
  return selectBlueprints(db, { ...range, microdaoIds: [...allowed] });
}

/** Agents are open to those who belong to their microDAO, as a channel is that all of its members may enter. */
function decideOnPlace(principal: Principal, capability: string, row: AgentPlaceRow): Decision {
  return decideOn(principal, capability, { ...row, visibility: "microdao", membership: null });
}
