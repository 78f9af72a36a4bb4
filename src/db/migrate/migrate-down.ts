import type { Client } from "pg";
import { AppError, messageOf } from "../../kernel/errors.ts";
import { migrationFailed, rollbackTargetUnknown } from "./errors.ts";
import { requireSoundHistory } from "./migrate-up.ts";
import { inTransaction, lineOf, withMigrationClient, withMigrationLock } from "./migration-connection.ts";
import { defaultMigrationsDir, type MigrationFile, readMigrationFiles } from "./migration-files.ts";
import { historyTable, namesIn, readStatus } from "./migration-history.ts";
import { requireRollbackAllowed, requireUnguarded } from "./rollback-policy.ts";

/** How far to go: to the state right after a migration (name or number), or so many migrations back. */
export type RollbackTarget = { to: string } | { steps: number };

export interface MigrateDownOptions {
  databaseUrl: string;
  appEnv: string;
  target: RollbackTarget;
  /** Told of each migration once its rollback is committed. */
  onRolledBack?: (name: string) => void;
  migrationsDir?: string;
}

/**
 * Rolls applied migrations back, last first, each in one database transaction together with the removal of its row in
 * `_prisma_migrations`. All refusals come before the first change. Returns the names of what it rolled back.
 * Throws `rollback_forbidden` (production), `rollback_guarded` (real-world assets, outbox), `rollback_target_unknown`,
 * `migration_failed`, and what `migrateUp` throws for the history.
 */
export async function migrateDown(options: MigrateDownOptions): Promise<string[]> {
  requireRollbackAllowed(options.appEnv);
  const files = await readMigrationFiles(options.migrationsDir ?? defaultMigrationsDir);
  return withMigrationClient(options.databaseUrl, (client) =>
    withMigrationLock(client, async () => {
      const statuses = await readStatus(client, files);
      requireSoundHistory(statuses);
      const applied = namesIn(statuses, "applied", "edited");
      const leaving = namesToRollBack(applied, options.target).toReversed();
      const chosen = leaving
        .map((name) => files.find((file) => file.name === name))
        .filter((file) => file !== undefined);
      for (const file of chosen) await requireUnguarded(client, file, false);
      const rolledBack: string[] = [];
      for (const file of chosen) {
        if (!(await rollBack(client, file))) continue;
        rolledBack.push(file.name);
        options.onRolledBack?.(file.name);
      }
      return rolledBack;
    }),
  );
}

function namesToRollBack(applied: readonly string[], target: RollbackTarget): readonly string[] {
  if ("steps" in target) {
    if (target.steps <= applied.length) return applied.slice(applied.length - target.steps);
    throw rollbackTargetUnknown({ target: `${target.steps} migrations ago`, applied });
  }
  const kept = applied.findIndex((name) => name === target.to || name.slice(0, 6) === target.to);
  if (kept < 0) throw rollbackTargetUnknown({ target: target.to, applied });
  return applied.slice(kept + 1);
}

/** False when somebody else was faster, which the lock prevents except on the embedded database. */
async function rollBack(client: Client, file: MigrationFile): Promise<boolean> {
  try {
    return await inTransaction(client, async () => {
      const remove = `DELETE FROM ${historyTable} WHERE migration_name = $1`;
      if ((await client.query(remove, [file.name])).rowCount === 0) return false;
      await requireUnguarded(client, file, true);
      await client.query(file.downSql);
      return true;
    });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw migrationFailed(
      { migration: file.name, file: "down.sql", where: lineOf(error, file.downSql), why: messageOf(error) },
      { cause: error },
    );
  }
}
