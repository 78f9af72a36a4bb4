import { withMigrationClient } from "./migration-connection.ts";
import { defaultMigrationsDir, readMigrationFiles } from "./migration-files.ts";
import { type MigrationStatus, readStatus } from "./migration-history.ts";

/** Where every migration of the program and of the database stands, by name. Changes nothing. */
export async function migrationStatus(options: {
  databaseUrl: string;
  migrationsDir?: string;
}): Promise<MigrationStatus[]> {
  const files = await readMigrationFiles(options.migrationsDir ?? defaultMigrationsDir);
  return withMigrationClient(options.databaseUrl, (client) => readStatus(client, files));
}
