import type { DbClient, Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId, encodeId, newUuid } from "../../kernel/ids.ts";
import {
  type Agent,
  type AgentKind,
  type AgentStatus,
  ensureBlueprint,
  insertAgent,
  selectAgent,
  selectAgents,
  updateAgentMatrixId,
  updateAgentStatus,
} from "./agents-store.ts";
import { audit } from "./audit.ts";
import { agentExists, agentMissing, agentRefused } from "./errors.ts";

export interface NewAgent {
  /** What follows `agent:` in its external id, `sofia`. */
  readonly code: string;
  readonly name: string;
  readonly kind: AgentKind;
  /** uuid of the microDAO whose channels it may speak in without being invited. */
  readonly microdaoId?: string | null;
  readonly ownerUserId?: string | null;
  readonly blueprint: { readonly code: string; readonly model: string; readonly description?: string };
}

/** Registers an agent; it is active at once. Throws `agent_exists`, `agent_refused`. */
export async function registerAgent(tx: Tx, input: NewAgent): Promise<Agent> {
  const name = input.name.trim();
  if (!/^[^\p{C}\s:]{1,64}$/u.test(input.code)) {
    throw agentRefused({
      what: "An agent's code has 1 to 64 characters without spaces and colons, such as sofia.",
    });
  }
  if (!/^\P{C}{1,100}$/u.test(name)) {
    throw agentRefused({ what: "An agent's name has 1 to 100 printable characters." });
  }
  const externalId = `agent:${input.code}`;
  const blueprintId = await ensureBlueprint(tx, {
    id: newUuid(tx.now),
    code: input.blueprint.code,
    model: input.blueprint.model,
    description: input.blueprint.description ?? null,
  });
  if (blueprintId === undefined) throw bug("a blueprint that was just made is not there");
  const id = newUuid(tx.now);
  const { kind, microdaoId = null, ownerUserId = null } = input;
  const made = await insertAgent(tx, { id, externalId, name, kind, microdaoId, ownerUserId, blueprintId });
  if (!made) throw agentExists({ externalId });
  await audit(tx, {
    action: "agent.registered",
    resourceKind: "agent",
    resourceId: encodeId("ag", id),
    microdaoId,
    data: { external_id: externalId, name, kind },
  });
  return requireAgent(tx.db, id);
}

/** Registers an agent unless there is one with this code. Safe to repeat. */
export async function ensureAgent(tx: Tx, input: NewAgent): Promise<Agent> {
  return (await findAgent(tx.db, `agent:${input.code}`)) ?? (await registerAgent(tx, input));
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The agent named by its uuid, its `ag_…` id, its external id (`agent:sofia`) or its Matrix id. */
export function findAgent(db: DbClient, name: string): Promise<Agent | undefined> {
  const id = decodeId("ag", name) ?? (uuidPattern.test(name) ? name : null);
  return selectAgent(db, { id, externalId: name, matrixId: name });
}

/** As `findAgent`; throws `agent_not_found`. */
export async function requireAgent(db: DbClient, name: string): Promise<Agent> {
  const found = await findAgent(db, name);
  if (found === undefined) throw agentMissing({ agent: name });
  return found;
}

/** Agents, oldest first; those of one microDAO if its uuid is given. */
export function listAgents(db: DbClient, microdaoId: string | null = null): Promise<Agent[]> {
  return selectAgents(db, microdaoId);
}

/** Gives an agent its Matrix user. Safe to repeat. */
export async function setAgentMatrixId(tx: Tx, agentId: string, matrixId: string): Promise<void> {
  await updateAgentMatrixId(tx, agentId, matrixId);
}

/**
 * Activates, suspends or revokes an agent; its keys follow from the next request on. A revoked agent stays revoked.
 * Safe to repeat. Throws `agent_not_found`, `agent_refused`.
 */
export async function setAgentStatus(
  tx: Tx,
  name: string,
  status: Exclude<AgentStatus, "requested">,
): Promise<Agent> {
  const agent = await requireAgent(tx.db, name);
  if (agent.status === status) return agent;
  if (agent.status === "revoked")
    throw agentRefused({ what: `${agent.externalId} has been revoked for ever.` });
  await updateAgentStatus(tx, agent.id, status);
  await audit(tx, {
    action: `agent.${status}`,
    resourceKind: "agent",
    resourceId: encodeId("ag", agent.id),
    microdaoId: agent.microdaoId,
    teamId: agent.teamId,
    data: { external_id: agent.externalId, before: agent.status },
  });
  return { ...agent, status };
}
