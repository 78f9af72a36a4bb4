import type { Tx } from "../../db/index.ts";
import {
  type AgentToCreate,
  agentRequestsOpen,
  countOpenRequests,
  createAgent,
  type MadeOnce,
  madeOnce,
  type RegistryKey,
} from "../governance/index.ts";
import { tellRequest } from "./tell-request.ts";

export interface AskForAgent extends Omit<AgentToCreate, "request"> {
  /** uuid */
  readonly microdaoId: string;
  /** uuid of the person who asks; null for a program or an agent. */
  readonly userId: string | null;
  readonly reason: string | null;
  /** uuid of the channel in which the request is told; one of the microDAO's is chosen if left out. */
  readonly channelId?: string | undefined;
  readonly idempotency?: RegistryKey | undefined;
}

const mostOpen = 10;

/**
 * Asks for an agent, and has the bot tell those who may decide; wake egress then. Throws `agent_exists`, `agent_user_taken`,
 * `agent_refused`, `agent_requests_open`, `request_channel_refused`, `idempotency_key_reused`, `request_in_hand`.
 */
export function askForAgent(tx: Tx, input: AskForAgent): Promise<MadeOnce> {
  const { idempotency, userId, reason, channelId, requestId, matrixId, ...rest } = input;
  return madeOnce(tx, idempotency, ["request", rest, userId, reason, channelId ?? null], async () => {
    if ((await countOpenRequests(tx.db, input)) >= mostOpen) throw agentRequestsOpen({ limit: mostOpen });
    const request = { userId, reason };
    const asked = { ...rest, matrixId, request };
    const agent = await createAgent(tx, { ...asked, ...(requestId !== undefined && { requestId }) });
    await tellRequest(tx, { ...agent, microdaoId: input.microdaoId }, { reason, channelId });
    return agent.id;
  });
}
