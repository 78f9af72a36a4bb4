import { databaseBehind } from "./errors.ts";
import { requireSoundHistory } from "./migrate-up.ts";
import { namesIn } from "./migration-history.ts";
import { migrationStatus } from "./migration-status.ts";

/**
 * For a process that is about to serve: the database has exactly the migrations of this program.
 * Throws `database_behind`, `database_newer` or `migration_history_failed`, and `database_unreachable`.
 */
export async function requireMigrated(databaseUrl: string, migrationsDir?: string): Promise<void> {
  const statuses = await migrationStatus({
    databaseUrl,
    ...(migrationsDir === undefined ? {} : { migrationsDir }),
  });
  requireSoundHistory(statuses);
  const pending = namesIn(statuses, "pending");
  if (pending.length > 0) throw databaseBehind({ migrations: pending });
}
