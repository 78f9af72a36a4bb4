import { declareError } from "../../kernel/errors.ts";

/** Names as a sentence has them: "000001_init and 000002_core". */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "nothing";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

export const migrationFilesBroken = declareError<{ path: string; why: string }>(
  "migration_files_broken",
  "invalid",
  ({ path, why }) => `${path}: ${why}.`,
);

export const databaseUnreachable = declareError<{ where: string; why: string }>(
  "database_unreachable",
  "unavailable",
  ({ where, why }) =>
    `The database ${where} cannot be reached: ${why}. Check DATABASE_URL and that the server runs.`,
);

export const migrationLocked = declareError<{ seconds: number }>(
  "migration_locked",
  "unavailable",
  ({ seconds }) =>
    `Another process has been migrating this database for more than ${seconds} s. Wait for it to end, then try again.`,
);

export const migrationFailed = declareError<{ migration: string; file: string; where: string; why: string }>(
  "migration_failed",
  "conflict",
  ({ migration, file, where, why }) =>
    `${migration}/${file} failed${where}: ${why}. The database is as it was before this migration. ` +
    "Remove the cause, then run the command again.",
);

export const historyFailed = declareError<{ migrations: readonly string[] }>(
  "migration_history_failed",
  "conflict",
  ({ migrations }) =>
    `The history says that ${listOf(migrations)} failed half-way (another tool applied it). Finish its statements by ` +
    `hand, then run: microdao migrate force ${migrations[0] ?? ""}`,
);

export const databaseNewer = declareError<{ migrations: readonly string[] }>(
  "database_newer",
  "conflict",
  ({ migrations }) =>
    `The database has ${listOf(migrations)}, which this version of the program does not know. ` +
    "Install the version that made it, or a newer one.",
);

export const databaseBehind = declareError<{ migrations: readonly string[] }>(
  "database_behind",
  "conflict",
  ({ migrations }) => `The database lacks ${listOf(migrations)}. Run: microdao migrate up`,
);

export const rollbackForbidden = declareError<{ appEnv: string }>(
  "rollback_forbidden",
  "forbidden",
  ({ appEnv }) =>
    `APP_ENV is ${appEnv}, where migrations are never rolled back. Write a new migration that repairs forward.`,
);

export const rollbackGuarded = declareError<{ migration: string; table: string; why: string }>(
  "rollback_guarded",
  "forbidden",
  ({ migration, table, why }) =>
    `${migration} is never rolled back once ${table} holds rows: ${why}. Write a new migration that repairs forward.`,
);

export const rollbackTargetUnknown = declareError<{ target: string; applied: readonly string[] }>(
  "rollback_target_unknown",
  "invalid",
  ({ target, applied }) =>
    `There is nothing to roll back to ${target}: ` +
    (applied.length === 0 ? "no migration is applied." : `applied are ${listOf(applied)}.`),
);

export const migrationUnknown = declareError<{ name: string; known: readonly string[] }>(
  "migration_unknown",
  "missing",
  ({ name, known }) => `There is no migration ${name}. There are ${listOf(known)}.`,
);

export const forceRefused = declareError<{ migration: string; why: string }>(
  "force_refused",
  "conflict",
  ({ migration, why }) => `${migration} was not forced: ${why}.`,
);
