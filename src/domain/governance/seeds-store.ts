import type { DbClient, Tx } from "../../db/index.ts";

/** Capabilities by code. A known one keeps its id and gets the description. */
export async function upsertCapabilities(
  tx: Tx,
  rows: readonly { id: string; code: string; description: string }[],
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO capabilities (id, code, description)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
     ON CONFLICT (code) DO UPDATE SET description = excluded.description
      WHERE capabilities.description <> excluded.description`,
    rows.map(({ id }) => id),
    rows.map(({ code }) => code),
    rows.map(({ description }) => description),
  );
}

/** Bundles by name. A known one is left as it is. */
export async function upsertBundles(tx: Tx, rows: readonly { id: string; name: string }[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO bundles (id, name, created_at)
     SELECT id, name, $3 FROM unnest($1::text[], $2::text[]) AS wanted (id, name)
     ON CONFLICT (name) DO NOTHING`,
    rows.map(({ id }) => id),
    rows.map(({ name }) => name),
    tx.now,
  );
}

/** Makes `rows` (names of bundles, codes of capabilities) the whole content of the named bundles. */
export async function replaceBundleCapabilities(
  tx: Tx,
  rows: readonly { bundle: string; code: string }[],
  bundles: readonly string[],
): Promise<void> {
  const bundleOf = rows.map(({ bundle }) => bundle);
  const codeOf = rows.map(({ code }) => code);
  const wanted = `SELECT b.id AS bundle_id, c.id AS cap_id
       FROM unnest($1::text[], $2::text[]) AS w (bundle, code)
       JOIN bundles b ON b.name = w.bundle JOIN capabilities c ON c.code = w.code`;
  await tx.db.$executeRawUnsafe(
    `DELETE FROM bundle_caps
      WHERE bundle_id IN (SELECT id FROM bundles WHERE name = ANY ($3::text[]))
        AND (bundle_id, cap_id) NOT IN (${wanted})`,
    bundleOf,
    codeOf,
    bundles,
  );
  await tx.db.$executeRawUnsafe(
    `INSERT INTO bundle_caps (bundle_id, cap_id) ${wanted} ON CONFLICT DO NOTHING`,
    bundleOf,
    codeOf,
  );
}

export interface CapabilityInfo {
  readonly code: string;
  readonly description: string;
}

export async function selectCapabilities(db: DbClient): Promise<CapabilityInfo[]> {
  return db.$queryRawUnsafe<CapabilityInfo[]>("SELECT code, description FROM capabilities ORDER BY code");
}

export interface BundleInfo {
  readonly name: string;
  /** Codes, sorted. */
  readonly capabilities: readonly string[];
}

export async function selectBundles(db: DbClient): Promise<BundleInfo[]> {
  return db.$queryRawUnsafe<BundleInfo[]>(
    `SELECT b.name, ARRAY(SELECT c.code FROM bundle_caps bc JOIN capabilities c ON c.id = bc.cap_id
                           WHERE bc.bundle_id = b.id ORDER BY c.code) AS capabilities
       FROM bundles b ORDER BY b.name`,
  );
}
