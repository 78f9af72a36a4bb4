import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import {
  agentStatusConflict,
  audit,
  authorizeAgentDecision,
  findAgentRequestOfEvent,
  principalOfPerson,
  requireAgent,
} from "../governance/index.ts";
import { findUserByMatrixId } from "../tenancy/index.ts";
import { decideAboutAgent } from "./decide-about-agent.ts";

export interface RequestReaction {
  /** uuid of the channel that the reaction is in. */
  readonly channelId: string;
  readonly reactionEventId: string;
  /** The Matrix event that is reacted to. */
  readonly targetEventId: string;
  /** ✅ or ❌ */
  readonly key: string;
  /** Who reacts: a Matrix id. */
  readonly sender: string;
}

const decisions: Readonly<Record<string, "approve" | "refuse">> = { "✅": "approve", "❌": "refuse" };

/**
 * Decides a request for an agent by a reaction to the message that told of it. Who may decide is who could do so by key:
 * whoever holds `agent.manage` in the microDAO by their role. Others' reactions change nothing and are noted in the
 * audit log. False when the reaction has nothing to do with a request. Safe to repeat.
 */
export async function decideByReaction(database: Database, reaction: RequestReaction): Promise<boolean> {
  const decision = decisions[reaction.key];
  const request = await findAgentRequestOfEvent(database.db, reaction.targetEventId);
  if (decision === undefined || request === undefined || request.channelId !== reaction.channelId)
    return false;
  const agent = await requireAgent(database.db, request.agentId);
  if (agent.status !== "requested") return true;
  const user = await findUserByMatrixId(database.db, reaction.sender);
  if (user === undefined) return refused(database, request.agentId, reaction, "not_a_member");
  const principal = principalOfPerson(user, ["agent.manage"]);
  try {
    await transact(database, principal.actor, async (tx) => {
      const { id } = await authorizeAgentDecision(tx.db, principal, request.agentId);
      const data = { reaction: reaction.reactionEventId };
      return decideAboutAgent(tx, { agentId: id, decision, reason: null, data });
    });
  } catch (error) {
    // Somebody else was quicker.
    if (agentStatusConflict.is(error)) return true;
    const code = denialOf(error);
    if (code === undefined) throw error;
    return refused(database, request.agentId, reaction, code);
  }
  return true;
}

function denialOf(error: unknown): string | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (error.kind === "forbidden") return error.code;
  return "denial" in error.details && typeof error.details.denial === "string"
    ? error.details.denial
    : undefined;
}

async function refused(
  database: Database,
  agentId: string,
  { reactionEventId, key, sender }: RequestReaction,
  code: string,
): Promise<true> {
  await transact(database, bridgeActor, async (tx) => {
    const { microdaoId, teamId } = await requireAgent(tx.db, agentId);
    await audit(tx, {
      action: "agent.decision_refused",
      resourceKind: "agent",
      resourceId: encodeId("ag", agentId),
      microdaoId,
      teamId,
      data: { code, key, sender, reaction: reactionEventId },
    });
  });
  return true;
}
