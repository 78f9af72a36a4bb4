import type { DbClient, Tx } from "../../db/index.ts";
import { type AgentConfig, type EffectiveConfig, effectiveConfig, readAgentConfig } from "./agent-config.ts";

export type AgentKind = "system" | "assistant" | "node" | "quest";
export type AgentStatus = "requested" | "active" | "suspended" | "revoked";

export interface Agent {
  readonly id: string;
  /** `agent:sofia` */
  readonly externalId: string;
  readonly name: string;
  readonly kind: AgentKind;
  readonly microdaoId: string | null;
  readonly teamId: string | null;
  readonly ownerUserId: string | null;
  readonly matrixId: string | null;
  readonly avatarUrl: string | null;
  readonly status: AgentStatus;
  /** The code of its blueprint. */
  readonly blueprint: string;
  /** The model that it asks: its own, or its blueprint's. */
  readonly model: string;
  /** What it works with: its own settings over those of its blueprint. */
  readonly config: EffectiveConfig;
  /** Its own settings alone. */
  readonly ownConfig: AgentConfig;
  readonly createdAt: Date;
}

interface AgentRow extends Omit<Agent, "model" | "config" | "ownConfig"> {
  readonly stored: unknown;
  readonly defaultModel: string;
  readonly defaultPrompt: string | null;
  readonly defaults: unknown;
}

function agentOf({
  stored,
  defaultModel: model,
  defaultPrompt: systemPrompt,
  defaults,
  ...row
}: AgentRow): Agent {
  const config = effectiveConfig({ model, systemPrompt, config: defaults }, stored);
  return { ...row, model: config.model, config, ownConfig: readAgentConfig(stored) };
}

export interface NewAgentRow {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  readonly kind: AgentKind;
  readonly microdaoId: string | null;
  readonly teamId: string | null;
  readonly ownerUserId: string | null;
  readonly blueprintId: string;
  readonly avatarUrl: string | null;
  readonly config: AgentConfig;
  readonly status: "requested" | "active";
}

const select = `
  SELECT a.id::text AS id, a.external_id AS "externalId", a.name, a.kind, a.microdao_id::text AS "microdaoId",
         a.team_id AS "teamId", a.owner_user_id::text AS "ownerUserId", a.matrix_id AS "matrixId",
         a.avatar_url AS "avatarUrl", a.status, a.config AS stored, b.code AS blueprint,
         b.model AS "defaultModel", b.system_prompt AS "defaultPrompt", b.config AS defaults,
         a.created_at AS "createdAt"
    FROM agents a JOIN agent_blueprints b ON b.id = a.blueprint_id`;

export async function selectAgent(
  db: DbClient,
  by: { id: string | null; externalId: string; matrixId: string },
): Promise<Agent | undefined> {
  const rows = await db.$queryRawUnsafe<AgentRow[]>(
    `${select} WHERE a.id = $1::uuid OR a.external_id = $2 OR a.matrix_id = $3`,
    by.id,
    by.externalId,
    by.matrixId,
  );
  return rows.map(agentOf)[0];
}

export async function selectAgents(db: DbClient, microdaoId: string | null): Promise<Agent[]> {
  const rows = await db.$queryRawUnsafe<AgentRow[]>(
    `${select} WHERE $1::uuid IS NULL OR a.microdao_id = $1::uuid ORDER BY a.created_at, a.id`,
    microdaoId,
  );
  return rows.map(agentOf);
}

/** False when there is an agent with this external id already. */
export async function insertAgent(tx: Tx, row: NewAgentRow): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO agents (id, external_id, name, kind, microdao_id, team_id, owner_user_id, blueprint_id, avatar_url,
                         config, status, created_at)
     VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6, $7::uuid, $8::uuid, $9, $10::jsonb, $11, $12)
     ON CONFLICT (external_id) DO NOTHING`,
    row.id,
    row.externalId,
    row.name,
    row.kind,
    row.microdaoId,
    row.teamId,
    row.ownerUserId,
    row.blueprintId,
    row.avatarUrl,
    JSON.stringify(row.config),
    row.status,
    tx.now,
  );
  return inserted > 0;
}

/** Who has a Matrix user: the bridge itself, an agent, or a person that the mirror has met; undefined: nobody. */
export async function selectHolder(
  db: DbClient,
  matrixId: string,
): Promise<"bridge" | "agent" | "person" | undefined> {
  const rows = await db.$queryRawUnsafe<{ holder: "bridge" | "agent" | "person" }[]>(
    `SELECT 'bridge' AS holder FROM matrix.bridge b
      WHERE $1 IN (b.bot_user_id, '@' || b.sender_localpart || ':' || b.server_name)
      UNION ALL
     SELECT 'agent' FROM agents a WHERE a.matrix_id = $1
      UNION ALL
     SELECT 'person' FROM users u WHERE u.matrix_id = $1`,
    matrixId,
  );
  return rows[0]?.holder;
}

/** Agents by their uuids, in the order of their age. */
export async function selectAgentsById(db: DbClient, ids: readonly string[]): Promise<Agent[]> {
  const rows = await db.$queryRawUnsafe<AgentRow[]>(
    `${select} WHERE a.id = ANY($1::uuid[]) ORDER BY a.created_at, a.id`,
    ids,
  );
  return rows.map(agentOf);
}

/** Whoever decides about an agent, or edits it, waits here for whoever does so already. */
export async function lockAgent(tx: Tx, id: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`SELECT 1 FROM agents WHERE id = $1::uuid FOR NO KEY UPDATE`, id);
}

export async function updateAgent(
  tx: Tx,
  id: string,
  row: Pick<Agent, "name" | "avatarUrl" | "ownerUserId"> & { readonly config: AgentConfig },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agents SET name = $2, avatar_url = $3, owner_user_id = $4::uuid, config = $5::jsonb WHERE id = $1::uuid`,
    id,
    row.name,
    row.avatarUrl,
    row.ownerUserId,
    JSON.stringify(row.config),
  );
}

export async function updateAgentMatrixId(tx: Tx, id: string, matrixId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE agents SET matrix_id = $2 WHERE id = $1::uuid`, id, matrixId);
}

export async function updateAgentStatus(tx: Tx, id: string, status: AgentStatus): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE agents SET status = $2 WHERE id = $1::uuid`, id, status);
}
