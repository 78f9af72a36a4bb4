import type { Tx } from "../../db/index.ts";
import { checkAvatar, checkedAgentName, requireAgent } from "./agents.ts";
import { type Agent, lockAgent, updateAgent } from "./agents-store.ts";
import { type ConfigEdit, changedFields, editedConfig } from "./blueprints.ts";
import { recordAgentChange } from "./record-agent-change.ts";
import { agentStatusConflict } from "./registry-errors.ts";

export interface AgentEdit {
  readonly name?: string | undefined;
  /** An `mxc://` address; null takes the picture away. */
  readonly avatarUrl?: string | null | undefined;
  /** uuid */
  readonly ownerUserId?: string | undefined;
  /** A field that is null goes back to the blueprint's; what is left out stays. */
  readonly config?: ConfigEdit | undefined;
}

/**
 * Changes an agent (uuid); its Matrix profile follows. The history names the fields. Whether the actor may is the
 * caller's business. Throws `agent_not_found`, `agent_refused`, `agent_status_conflict` for a revoked one.
 */
export async function editAgent(
  tx: Tx,
  agentId: string,
  edit: AgentEdit,
  requestId?: string,
): Promise<Agent> {
  await lockAgent(tx, agentId);
  const known = await requireAgent(tx.db, agentId);
  const { externalId, status } = known;
  if (status === "revoked") {
    throw agentStatusConflict({ externalId, status, from: ["requested", "active", "suspended"] });
  }
  const { avatarUrl = known.avatarUrl, ownerUserId = known.ownerUserId } = edit;
  checkAvatar(avatarUrl);
  const name = checkedAgentName(edit.name ?? known.name);
  const config = editedConfig(known.ownConfig, edit.config);
  const before = {
    name: known.name,
    avatarUrl: known.avatarUrl,
    ownerUserId: known.ownerUserId,
    config: known.ownConfig,
  };
  const next = { name, avatarUrl, ownerUserId, config };
  const fields = changedFields(before, next);
  if (fields.length === 0) return known;
  await updateAgent(tx, agentId, next);
  const change = { action: "edited", before: status, after: status, reason: null, data: { fields } } as const;
  await recordAgentChange(tx, known, change, requestId);
  return requireAgent(tx.db, agentId);
}
