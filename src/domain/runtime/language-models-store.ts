import type { DbClient, Tx } from "../../db/index.ts";

export interface ModelRow {
  readonly name: string;
  readonly baseUrl: string;
  readonly providerModel: string;
  /** Sealed. */
  readonly apiKey: string | null;
  readonly inputPrice: number | null;
  readonly outputPrice: number | null;
  readonly isDefault: boolean;
}

const columns = `m.name, m.base_url AS "baseUrl", m.provider_model AS "providerModel", m.api_key AS "apiKey",
  m.input_price::float8 AS "inputPrice", m.output_price::float8 AS "outputPrice", m.is_default AS "isDefault"`;

/** The model of a microDAO with this name; with null, the one that agents mean who name none. */
export async function selectModel(
  db: DbClient,
  microdaoId: string,
  name: string | null,
): Promise<ModelRow | undefined> {
  const rows = await db.$queryRawUnsafe<ModelRow[]>(
    `SELECT ${columns} FROM language_models m
      WHERE m.microdao_id = $1::uuid AND CASE WHEN $2::text IS NULL THEN m.is_default ELSE m.name = $2 END LIMIT 1`,
    microdaoId,
    name,
  );
  return rows[0];
}

export function selectModels(db: DbClient, microdaoId: string): Promise<ModelRow[]> {
  return db.$queryRawUnsafe<ModelRow[]>(
    `SELECT ${columns} FROM language_models m WHERE m.microdao_id = $1::uuid ORDER BY m.name`,
    microdaoId,
  );
}

/**
 * Makes or replaces a model; true when it has a key then. One that becomes the default takes that from the other. A key of
 * `undefined` leaves the one that is there, as long as it goes to the same endpoint.
 */
export async function upsertModel(
  tx: Tx,
  microdaoId: string,
  row: Omit<ModelRow, "apiKey"> & { readonly apiKey: string | null | undefined },
): Promise<boolean> {
  if (row.isDefault) {
    await tx.db.$executeRawUnsafe(
      `UPDATE language_models SET is_default = false WHERE microdao_id = $1::uuid AND is_default AND name <> $2`,
      microdaoId,
      row.name,
    );
  }
  const rows = await tx.db.$queryRawUnsafe<{ hasKey: boolean }[]>(
    `INSERT INTO language_models AS m (microdao_id, name, base_url, provider_model, api_key, input_price, output_price,
                                  is_default, created_at, updated_at)
     VALUES ($1::uuid, $2, $3, $4, $5, $6::float8, $7::float8, $8, $9, $9)
     ON CONFLICT (microdao_id, name) DO UPDATE
       SET base_url = excluded.base_url, provider_model = excluded.provider_model,
           api_key = CASE WHEN $10::boolean AND m.base_url = excluded.base_url THEN m.api_key ELSE excluded.api_key END,
           input_price = excluded.input_price, output_price = excluded.output_price, is_default = excluded.is_default,
           updated_at = excluded.updated_at
     RETURNING m.api_key IS NOT NULL AS "hasKey"`,
    microdaoId,
    row.name,
    row.baseUrl,
    row.providerModel,
    row.apiKey ?? null,
    row.inputPrice,
    row.outputPrice,
    row.isDefault,
    tx.now,
    row.apiKey === undefined,
  );
  return rows[0]?.hasKey ?? false;
}

/** False when there is none. */
export async function deleteModel(tx: Tx, microdaoId: string, name: string): Promise<boolean> {
  const deleted = await tx.db.$executeRawUnsafe(
    `DELETE FROM language_models WHERE microdao_id = $1::uuid AND name = $2`,
    microdaoId,
    name,
  );
  return deleted > 0;
}
