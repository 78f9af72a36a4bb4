import type { Tx } from "../../db/index.ts";
import { type AgentDecided, decideAgent } from "../governance/index.ts";
import { failSendsOfAgent } from "../messaging/index.ts";
import { tellOutcome } from "./tell-request.ts";

/**
 * Decides about an agent (uuid) and does what follows: the room in which it was asked for learns the outcome, what a
 * silenced agent had queued fails, and a revoked one leaves its rooms. Safe to repeat; wake egress then. Whether the actor
 * may decide is the caller's business. Throws `agent_not_found`, `agent_status_conflict`.
 */
export async function decideAboutAgent(
  tx: Tx,
  input: Parameters<typeof decideAgent>[1],
): Promise<AgentDecided> {
  const decided = await decideAgent(tx, input);
  const { agent, changed, before } = decided;
  if (!changed) return decided;
  // An agent that may speak again says nothing that is out of date.
  if (agent.status !== "active") await failSendsOfAgent(tx, agent.id);
  if (before === "requested") {
    await tellOutcome(tx, agent, { approved: agent.status === "active", reason: input.reason });
  }
  return decided;
}
