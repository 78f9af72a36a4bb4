import type { Tx } from "../../db/index.ts";
import type { AgentAction } from "./agent-changes-store.ts";
import { requireAgent } from "./agents.ts";
import { type Agent, type AgentStatus, lockAgent, updateAgentStatus } from "./agents-store.ts";
import { recordAgentChange } from "./record-agent-change.ts";
import { agentStatusConflict } from "./registry-errors.ts";

/**
 * The life of an agent:
 *
 *   requested ──approve──▶ active ──suspend──▶ suspended
 *      │                    ▲  └──────activate────┘
 *      └─refuse─▶ revoked ◀─revoke── from any of them
 *
 * A revoked agent stays revoked, and its code stays taken.
 */
const ways: Record<AgentDecision, { from: readonly AgentStatus[]; to: AgentStatus; action: AgentAction }> = {
  approve: { from: ["requested"], to: "active", action: "approved" },
  refuse: { from: ["requested"], to: "revoked", action: "refused" },
  suspend: { from: ["active"], to: "suspended", action: "suspended" },
  activate: { from: ["suspended"], to: "active", action: "activated" },
  revoke: { from: ["requested", "active", "suspended"], to: "revoked", action: "revoked" },
};

export type AgentDecision = "approve" | "refuse" | "suspend" | "activate" | "revoke";

export interface AgentDecided {
  readonly agent: Agent;
  readonly before: AgentStatus;
  /** False when it was so already. */
  readonly changed: boolean;
}

/**
 * Takes an agent (uuid) a step further. Of two decisions at once the second sees what the first has decided: the same
 * again changes nothing, another one is refused. Whether the actor may decide is the caller's business. Throws
 * `agent_not_found`, `agent_status_conflict`.
 */
export async function decideAgent(
  tx: Tx,
  input: {
    readonly agentId: string;
    readonly decision: AgentDecision;
    readonly reason: string | null;
    /** How it was decided, for the history. */
    readonly data?: object;
    readonly requestId?: string | null;
  },
): Promise<AgentDecided> {
  await lockAgent(tx, input.agentId);
  const agent = await requireAgent(tx.db, input.agentId);
  const { from, to, action } = ways[input.decision];
  if (agent.status === to) return { agent, before: to, changed: false };
  if (!from.includes(agent.status)) {
    throw agentStatusConflict({ externalId: agent.externalId, status: agent.status, from });
  }
  await updateAgentStatus(tx, agent.id, to);
  const change = { action, before: agent.status, after: to, reason: input.reason, data: input.data ?? {} };
  await recordAgentChange(tx, agent, change, input.requestId);
  return { agent: { ...agent, status: to }, before: agent.status, changed: true };
}

/**
 * Activates, suspends or revokes an agent by whatever name; its keys follow from the next request on. Safe to repeat.
 * Throws `agent_not_found`, `agent_status_conflict`.
 */
export async function setAgentStatus(
  tx: Tx,
  name: string,
  status: Exclude<AgentStatus, "requested">,
): Promise<Agent> {
  const agent = await requireAgent(tx.db, name);
  const toActive = agent.status === "requested" ? "approve" : "activate";
  const decision = ({ active: toActive, suspended: "suspend", revoked: "revoke" } as const)[status];
  return (await decideAgent(tx, { agentId: agent.id, decision, reason: null })).agent;
}
