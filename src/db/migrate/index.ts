/**
 * Migrations: `prisma/migrations` applied and rolled back without any download, by Prisma's own engine as WebAssembly.
 * Always true: a migration and its row in the history commit together, one process at a time changes a database, and
 * what the rollback policy protects is never rolled back.
 */
export { type DatabaseDiff, diffDatabase } from "./diff-database.ts";
export {
  databaseBehind,
  databaseNewer,
  databaseUnreachable,
  forceRefused,
  historyFailed,
  migrationFailed,
  migrationLocked,
  migrationUnknown,
  rollbackForbidden,
  rollbackGuarded,
  rollbackTargetUnknown,
} from "./errors.ts";
export { type ForceMigrationOptions, forceMigration } from "./force-migration.ts";
export { type MigrateDownOptions, migrateDown, type RollbackTarget } from "./migrate-down.ts";
export { type MigrateUpOptions, migrateUp } from "./migrate-up.ts";
export type { MigrationState, MigrationStatus } from "./migration-history.ts";
export { migrationStatus } from "./migration-status.ts";
export { requireMigrated } from "./require-migrated.ts";
