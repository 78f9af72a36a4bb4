import { type DbClient, microsecondsOf, type Tx, timeOfMicroseconds } from "../../db/index.ts";
import { type AgentConfig, readAgentConfig } from "./agent-config.ts";

/** A kind of agent. */
export interface Blueprint {
  /** uuid */
  readonly id: string;
  /** Its name for programs, such as `sofia_prime`. */
  readonly code: string;
  readonly description: string | null;
  readonly model: string;
  readonly systemPrompt: string | null;
  /** Settings that its agents start with. */
  readonly config: AgentConfig;
  /** uuid of the microDAO whose it is; null when everybody may use it. */
  readonly microdaoId: string | null;
  /** Microseconds since 1970. */
  readonly createdUs: bigint;
}

const select = `
  SELECT b.id::text AS id, b.code, b.description, b.model, b.system_prompt AS "systemPrompt", b.config,
         b.microdao_id::text AS "microdaoId", ${microsecondsOf("b.created_at")} AS "createdUs"
    FROM agent_blueprints b`;

type Row = Omit<Blueprint, "config"> & { readonly config: unknown };

function blueprintOf(row: Row): Blueprint {
  return { ...row, config: readAgentConfig(row.config) };
}

export async function selectBlueprint(
  db: DbClient,
  by: { id: string | null; code: string },
): Promise<Blueprint | undefined> {
  const rows = await db.$queryRawUnsafe<Row[]>(
    `${select} WHERE b.id = $1::uuid OR b.code = $2`,
    by.id,
    by.code,
  );
  return rows.map(blueprintOf)[0];
}

/** The next blueprints, oldest first: everybody's, and those of these microDAOs (uuids), or of all. */
export async function selectBlueprints(
  db: DbClient,
  range: {
    readonly microdaoIds: readonly string[] | null;
    readonly after: { readonly createdUs: bigint; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<Blueprint[]> {
  const rows = await db.$queryRawUnsafe<Row[]>(
    `${select}
      WHERE ($1::uuid[] IS NULL OR b.microdao_id IS NULL OR b.microdao_id = ANY($1::uuid[]))
        AND ($2::bigint IS NULL OR (b.created_at, b.id) > (${timeOfMicroseconds("$2")}, $3::uuid))
      ORDER BY b.created_at, b.id LIMIT $4`,
    range.microdaoIds,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
  return rows.map(blueprintOf);
}

/** The microDAOs (uuids) that have blueprints of their own. */
export async function selectMicrodaosWithBlueprints(db: DbClient): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT DISTINCT microdao_id::text AS id FROM agent_blueprints WHERE microdao_id > '00000000-0000-0000-0000-000000000000'`,
  );
  return rows.map(({ id }) => id);
}

export type BlueprintRow = Omit<Blueprint, "createdUs">;

/** False when there is one with this code already. */
export async function insertBlueprint(tx: Tx, row: BlueprintRow): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_blueprints (id, code, description, model, system_prompt, config, microdao_id, created_at)
     VALUES ($1::uuid, $2, $3, $4, $5, $6::jsonb, $7::uuid, $8) ON CONFLICT (code) DO NOTHING`,
    row.id,
    row.code,
    row.description,
    row.model,
    row.systemPrompt,
    JSON.stringify(row.config),
    row.microdaoId,
    tx.now,
  );
  return inserted > 0;
}

export async function updateBlueprint(
  tx: Tx,
  { id, ...row }: Pick<Blueprint, "id" | "description" | "model" | "systemPrompt" | "config">,
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_blueprints SET description = $2, model = $3, system_prompt = $4, config = $5::jsonb
      WHERE id = $1::uuid`,
    id,
    row.description,
    row.model,
    row.systemPrompt,
    JSON.stringify(row.config),
  );
}

/** Whoever edits a blueprint waits here for whoever does so already. */
export async function lockBlueprint(tx: Tx, id: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`SELECT 1 FROM agent_blueprints WHERE id = $1::uuid FOR NO KEY UPDATE`, id);
}
