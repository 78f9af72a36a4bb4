import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";

/** An agent in a channel, with what both belong to; uuids. */
export interface AgentInChannel {
  readonly agentId: string;
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
}

/** Writes down what was done about an agent in a channel. */
export function auditInChannel(
  tx: Tx,
  { agentId, channelId, microdaoId, teamId }: AgentInChannel,
  action: string,
  data: object,
): Promise<void> {
  return audit(tx, {
    action,
    resourceKind: "agent",
    resourceId: encodeId("ag", agentId),
    microdaoId,
    teamId,
    data: { channel_id: encodeId("c", channelId), ...data },
  });
}
