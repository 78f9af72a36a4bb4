import type { Client } from "pg";
import { messageOf } from "../../kernel/errors.ts";
import { type DatamodelFile, readDatamodel } from "./datamodel-files.ts";
import { databaseNewer, historyFailed, migrationFailed } from "./errors.ts";
import { inTransaction, lineOf, withMigrationClient, withMigrationLock } from "./migration-connection.ts";
import { defaultMigrationsDir, type MigrationFile, readMigrationFiles } from "./migration-files.ts";
import { type MigrationStatus, namesIn, readStatus } from "./migration-history.ts";
import { migrationList, nothingFiltered, withSchemaEngine } from "./schema-engine.ts";

export interface MigrateUpOptions {
  databaseUrl: string;
  /** Writes the rows that every database has; must be safe to repeat. Runs at the end, also when nothing was pending. */
  seed?: (databaseUrl: string) => Promise<void>;
  /** Told of each migration once it is committed. */
  onApplied?: (name: string) => void;
  migrationsDir?: string;
}

/**
 * Applies every pending migration, each in one database transaction together with its row in `_prisma_migrations`, then
 * seeds. One process at a time does this to a database; others wait and then find nothing to do. Returns the names of
 * what it applied.
 * Throws `migration_failed` (the failing one left nothing behind, those before it stay applied), `migration_locked`,
 * `migration_history_failed`, `database_newer`, `database_unreachable`.
 */
export async function migrateUp(options: MigrateUpOptions): Promise<string[]> {
  const directory = options.migrationsDir ?? defaultMigrationsDir;
  const files = await readMigrationFiles(directory);
  const datamodel = await readDatamodel();
  return withMigrationClient(options.databaseUrl, (client) =>
    withMigrationLock(client, async () => {
      const statuses = await readStatus(client, files);
      requireSoundHistory(statuses);
      const pending = namesIn(statuses, "pending");
      const applied: string[] = [];
      for (const file of files.filter(({ name }) => pending.includes(name))) {
        if (!(await apply(client, { directory, file, datamodel }))) continue;
        applied.push(file.name);
        options.onApplied?.(file.name);
      }
      await options.seed?.(options.databaseUrl);
      return applied;
    }),
  );
}

/** Throws when the history has something that no command but `force` may pass over. */
export function requireSoundHistory(statuses: readonly MigrationStatus[]): void {
  const failed = namesIn(statuses, "failed");
  if (failed.length > 0) throw historyFailed({ migrations: failed });
  const unknown = namesIn(statuses, "unknown");
  if (unknown.length > 0) throw databaseNewer({ migrations: unknown });
}

/**
 * The engine writes its history row before and after the script. Within our transaction both commit with the script, or
 * vanish with it; it is given this one migration, because what it was not told of it leaves alone. False when somebody
 * else was faster, which the lock prevents except on the embedded database.
 */
async function apply(
  client: Client,
  { directory, file, datamodel }: { directory: string; file: MigrationFile; datamodel: DatamodelFile[] },
): Promise<boolean> {
  try {
    const { appliedMigrationNames } = await inTransaction(client, () =>
      withSchemaEngine(client, datamodel, (engine) =>
        engine.applyMigrations({
          migrationsList: migrationList(directory, [file]),
          filters: nothingFiltered,
        }),
      ),
    );
    return appliedMigrationNames.length > 0;
  } catch (error) {
    throw migrationFailed(
      { migration: file.name, file: "migration.sql", where: lineOf(error, file.sql), why: messageOf(error) },
      { cause: error },
    );
  }
}
