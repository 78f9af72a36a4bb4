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
  readonly ownerUserId: string | null;
  readonly blueprintId: string;
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

/** The uuid of the blueprint with this code; made if there is none. A known blueprint is left as it is. */
export async function ensureBlueprint(
  tx: Tx,
  blueprint: { id: string; code: string; model: string; description: string | null },
): Promise<string | undefined> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_blueprints (id, code, description, model) VALUES ($1::uuid, $2, $3, $4)
     ON CONFLICT (code) DO NOTHING`,
    blueprint.id,
    blueprint.code,
    blueprint.description,
    blueprint.model,
  );
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text AS id FROM agent_blueprints WHERE code = $1`,
    blueprint.code,
  );
  return rows[0]?.id;
}

/** False when there is an agent with this external id already. */
export async function insertAgent(tx: Tx, row: NewAgentRow): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO agents (id, external_id, name, kind, microdao_id, owner_user_id, blueprint_id, created_at)
     VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6::uuid, $7::uuid, $8)
     ON CONFLICT (external_id) DO NOTHING`,
    row.id,
    row.externalId,
    row.name,
    row.kind,
    row.microdaoId,
    row.ownerUserId,
    row.blueprintId,
    tx.now,
  );
  return inserted > 0;
}

export async function updateAgentMatrixId(tx: Tx, id: string, matrixId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE agents SET matrix_id = $2 WHERE id = $1::uuid`, id, matrixId);
}

export async function updateAgentStatus(tx: Tx, id: string, status: AgentStatus): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE agents SET status = $2 WHERE id = $1::uuid`, id, status);
}
