import type { DbClient } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { ClaimedRun } from "../agents/index.ts";
import { type Agent, authorize, type Principal } from "../governance/index.ts";
import { findUserByMatrixId } from "../tenancy/index.ts";

const noKey = { keyId: "", expiresAt: null, scope: { microdaoId: null, teamId: null } };

/** An agent that uses the tools of its config: it may use any capability that is nobody's to refuse. */
export function agentPrincipal(agent: Agent, capabilities: readonly string[]): Principal {
  return {
    ...noKey,
    actor: { id: encodeId("ag", agent.id), kind: "agent" },
    capabilities: new Set(capabilities),
    subject: {
      kind: "agent",
      id: agent.externalId,
      uuid: agent.id,
      active: agent.status === "active",
      microdaoId: agent.microdaoId,
      teamId: agent.teamId,
    },
  };
}

/** A person in Matrix; undefined for those whom nobody has met. */
export async function personPrincipal(
  db: DbClient,
  matrixId: string,
  capabilities: readonly string[],
): Promise<Principal | undefined> {
  const user = await findUserByMatrixId(db, matrixId);
  if (user === undefined) return undefined;
  return {
    ...noKey,
    actor: { id: encodeId("u", user.id), kind: "user" },
    capabilities: new Set(capabilities),
    subject: { kind: "user", id: user.id, uuid: user.id, active: true, microdaoId: null, teamId: null },
  };
}

/**
 * Throws what `authorize` throws unless both the agent and whoever asks it may do this in the channel: an agent is no way
 * around the rights of those who talk to it.
 */
export async function requireBoth(
  db: DbClient,
  { agent, asker }: { readonly agent: Principal; readonly asker: Principal | undefined },
  capability: string,
  { channelId }: Pick<ClaimedRun, "channelId">,
): Promise<void> {
  await authorize(db, agent, capability, channelId);
  if (asker !== undefined) await authorize(db, asker, capability, channelId);
}

export function agentActorOf({ agentId }: Pick<ClaimedRun, "agentId">): Actor {
  return { id: encodeId("ag", agentId), kind: "agent" };
}
