import type { DbClient, Tx } from "../../db/index.ts";
import { decodeId, newUuid } from "../../kernel/ids.ts";
import type { AgentConfig } from "./agent-config.ts";
import { insertAgentRequest } from "./agent-requests-store.ts";
import {
  type Agent,
  type AgentKind,
  insertAgent,
  type NewAgentRow,
  selectAgent,
  selectAgents,
  selectAgentsById,
  selectHolder,
  updateAgentMatrixId,
} from "./agents-store.ts";
import { ensureBlueprint } from "./blueprints.ts";
import { agentExists, agentMissing, agentUserTaken } from "./errors.ts";
import { recordAgentChange } from "./record-agent-change.ts";
import { registryFieldRefused } from "./registry-errors.ts";

export interface NewAgent {
  /** What follows `agent:` in its external id, `sofia`. */
  readonly code: string;
  readonly name: string;
  readonly kind: AgentKind;
  /** uuid of the microDAO whose channels it may speak in without being invited. */
  readonly microdaoId?: string | null;
  readonly teamId?: string | null;
  readonly ownerUserId?: string | null;
  /** An `mxc://` address. */
  readonly avatarUrl?: string | null;
  readonly config?: AgentConfig;
  /** The Matrix user that it is going to have, where that is known: it has to be nobody's. */
  readonly matrixId?: string | undefined;
  /** The user may be there: it was an agent's before, in a database that is lost. */
  readonly adopt?: true | undefined;
}

export interface AgentToCreate extends NewAgent {
  /** uuid */
  readonly blueprintId: string;
  /** Set for an agent that is only asked for: by whom (uuid, if it is a person) and what for. */
  readonly request?: { readonly userId: string | null; readonly reason: string | null };
  readonly reason?: string | null;
  readonly requestId?: string;
}

/**
 * Makes an agent: active at once, or requested, to be decided on. Whether its team and its owner belong to its microDAO
 * is the caller's business. Throws `agent_exists`, `agent_user_taken`, `agent_refused`.
 */
export async function createAgent(tx: Tx, input: AgentToCreate): Promise<Agent> {
  const { request } = input;
  const id = newUuid(tx.now);
  const row = rowOf(id, input);
  if (!(await insertAgent(tx, row))) throw agentExists({ externalId: row.externalId });
  await requireOwnUser(tx, input);
  if (request !== undefined) await insertAgentRequest(tx, { agentId: id, ...request });
  const change = {
    action: request === undefined ? "registered" : "requested",
    before: null,
    after: row.status,
    reason: request?.reason ?? input.reason ?? null,
    data: { name: row.name, kind: row.kind },
  } as const;
  await recordAgentChange(tx, row, change, input.requestId);
  return requireAgent(tx.db, id);
}

/** Whoever has the user already would speak with the agent's voice, and the agent with theirs. */
async function requireOwnUser(tx: Tx, { matrixId, adopt }: AgentToCreate): Promise<void> {
  const holder = matrixId === undefined ? undefined : await selectHolder(tx.db, matrixId);
  if (matrixId === undefined || holder === undefined) return;
  if (holder !== "person" || adopt !== true) throw agentUserTaken({ matrixId, holder });
}

function rowOf(id: string, input: AgentToCreate): NewAgentRow {
  const { code, kind, blueprintId, microdaoId = null, teamId = null, ownerUserId = null } = input;
  const { avatarUrl = null, config = {} } = input;
  checkCode(code);
  checkAvatar(avatarUrl);
  return {
    id,
    externalId: `agent:${code}`,
    name: checkedAgentName(input.name),
    kind,
    microdaoId,
    teamId,
    ownerUserId,
    blueprintId,
    avatarUrl,
    config,
    status: input.request === undefined ? "active" : "requested",
  };
}

function checkCode(code: string): void {
  if (/^[^\p{C}\s:]{1,64}$/u.test(code)) return;
  throw registryFieldRefused({
    field: "code",
    what: "An agent's code has 1 to 64 characters without spaces and colons, such as sofia.",
  });
}

/** Throws `agent_refused`. */
export function checkedAgentName(text: string): string {
  const name = text.trim();
  if (/^\P{C}{1,100}$/u.test(name)) return name;
  throw registryFieldRefused({ field: "name", what: "An agent's name has 1 to 100 printable characters." });
}

/** The grammar of https://spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris. Throws `agent_refused`. */
export function checkAvatar(url: string | null): void {
  if (url === null || /^mxc:\/\/[A-Za-z0-9.:[\]-]{1,230}\/[A-Za-z0-9_-]{1,255}$/.test(url)) return;
  throw registryFieldRefused({
    field: "avatarUrl",
    what: "A picture is named by its mxc:// address, as the homeserver gave it when it was uploaded.",
  });
}

/**
 * Registers an agent, with its blueprint if there is none; it is active at once. Throws `agent_exists`, `agent_refused`.
 */
export async function registerAgent(
  tx: Tx,
  input: NewAgent & {
    readonly blueprint: { readonly code: string; readonly model: string; readonly description?: string };
  },
): Promise<Agent> {
  const { blueprint, ...agent } = input;
  return createAgent(tx, { ...agent, blueprintId: (await ensureBlueprint(tx, blueprint)).id });
}

/** Registers an agent unless there is one with this code. Safe to repeat. */
export async function ensureAgent(tx: Tx, input: Parameters<typeof registerAgent>[1]): Promise<Agent> {
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

/** These agents (uuids), oldest first. */
export function readAgents(db: DbClient, ids: readonly string[]): Promise<Agent[]> {
  return selectAgentsById(db, ids);
}

/** Gives an agent its Matrix user. Safe to repeat. */
export async function setAgentMatrixId(tx: Tx, agentId: string, matrixId: string): Promise<void> {
  await updateAgentMatrixId(tx, agentId, matrixId);
}
