import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { insertAgentChange, type NewAgentChange } from "./agent-changes-store.ts";
import { audit } from "./audit.ts";

interface ChangedAgent {
  readonly id: string;
  readonly externalId: string;
  readonly microdaoId: string | null;
  readonly teamId: string | null;
}

/** Writes down what was decided about an agent, in its history and in the audit log. */
export async function recordAgentChange(
  tx: Tx,
  agent: ChangedAgent,
  change: Omit<NewAgentChange, "agentId">,
  requestId: string | null = null,
): Promise<void> {
  await insertAgentChange(tx, { agentId: agent.id, ...change });
  const { action, before, reason, data } = change;
  await audit(tx, {
    action: `agent.${action}`,
    resourceKind: "agent",
    resourceId: encodeId("ag", agent.id),
    microdaoId: agent.microdaoId,
    teamId: agent.teamId,
    requestId,
    data: {
      external_id: agent.externalId,
      ...(before !== null && { before }),
      ...(reason !== null && { reason }),
      ...data,
    },
  });
}
