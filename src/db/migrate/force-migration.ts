import type { Client } from "pg";
import { newId } from "../../kernel/ids.ts";
import { readDatamodel } from "./datamodel-files.ts";
import { forceRefused } from "./errors.ts";
import { inTransaction, withMigrationClient, withMigrationLock } from "./migration-connection.ts";
import {
  defaultMigrationsDir,
  findMigration,
  type MigrationFile,
  readMigrationFiles,
} from "./migration-files.ts";
import { historyTable, type MigrationState, type MigrationStatus, readStatus } from "./migration-history.ts";
import { migrationList, withSchemaEngine } from "./schema-engine.ts";

export interface ForceMigrationOptions {
  databaseUrl: string;
  /** The name of the migration, or its six-digit number. */
  version: string;
  now: Date;
  migrationsDir?: string;
}

/**
 * Repairs the history after somebody has brought the database by hand to where the migration would have brought it: marks
 * a pending or failed migration as applied, or an edited one as applied in its present form. Runs none of its SQL. Writes
 * what it did to the audit log, in the same transaction. Returns the migration's name and the state it was in.
 * Throws `migration_unknown` and `force_refused`.
 */
export async function forceMigration(
  options: ForceMigrationOptions,
): Promise<{ name: string; was: MigrationState }> {
  const directory = options.migrationsDir ?? defaultMigrationsDir;
  const files = await readMigrationFiles(directory);
  const file = findMigration(files, options.version);
  return withMigrationClient(options.databaseUrl, (client) =>
    withMigrationLock(client, async () => {
      const was = requireForcible(file, await readStatus(client, files));
      await inTransaction(client, async () => {
        if (was === "edited") await adoptEdit(client, file);
        else await markApplied(client, directory, file);
        await writeAudit(client, { name: file.name, was, now: options.now });
      });
      return { name: file.name, was };
    }),
  );
}

function requireForcible(file: MigrationFile, statuses: readonly MigrationStatus[]): MigrationState {
  const state = statuses.find(({ name }) => name === file.name)?.state ?? "pending";
  if (state === "applied")
    throw forceRefused({ migration: file.name, why: "it is applied, so there is nothing to repair" });
  const earlier = statuses.find(
    ({ name, state: other }) => name < file.name && (other === "pending" || other === "failed"),
  );
  if (earlier !== undefined) {
    throw forceRefused({
      migration: file.name,
      why: `${earlier.name} comes before it and is ${earlier.state}`,
    });
  }
  return state;
}

async function adoptEdit(client: Client, { name, checksum }: MigrationFile): Promise<void> {
  await client.query(
    `UPDATE ${historyTable} SET checksum = $2 WHERE migration_name = $1 AND rolled_back_at IS NULL`,
    [name, checksum],
  );
}

async function markApplied(client: Client, directory: string, file: MigrationFile): Promise<void> {
  const migrationsList = migrationList(directory, [file]);
  await withSchemaEngine(client, await readDatamodel(), (engine) =>
    engine.markMigrationApplied({ migrationName: file.name, migrationsList }),
  );
}

/** Written here as plain SQL: the audit log is a module above this one, and exists only from 000009 on. */
async function writeAudit(
  client: Client,
  { name, was, now }: { name: string; was: MigrationState; now: Date },
): Promise<void> {
  const { rows } = await client.query("SELECT to_regclass('audit_log') AS found");
  if ((rows[0] as { found: string | null }).found === null) return;
  await client.query(
    `INSERT INTO audit_log (id, actor_id, actor_kind, action, resource_kind, resource_id, data, created_at)
     VALUES ($1, 'microdao migrate force', 'service', 'migration.forced', 'migration', $2, $3, $4)`,
    [newId("aud", now), name, { was }, now],
  );
}
