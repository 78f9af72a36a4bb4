import type { Client } from "pg";
import type { MigrationFile } from "./migration-files.ts";

/**
 * Where one migration stands:
 * - applied: in the history and finished
 * - edited: applied, but migration.sql is not what was applied
 * - pending: a file that the history does not have
 * - failed: begun by another tool and not finished
 * - unknown: in the history, but this program has no such file
 */
export type MigrationState = "applied" | "edited" | "pending" | "failed" | "unknown";

export interface MigrationStatus {
  name: string;
  state: MigrationState;
  /** When it was applied; null unless applied or edited. */
  appliedAt: Date | null;
}

interface HistoryRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/** The table that Prisma's tools keep, and this runner too, so that either can go on where the other stopped. */
export const historyTable = "_prisma_migrations";

/** Rows of the history that count: those rolled back are kept by Prisma as a trail only. */
async function readHistory(client: Client): Promise<HistoryRow[]> {
  const { rows: found } = await client.query<{ present: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS present",
    [historyTable],
  );
  if (found[0]?.present !== true) return [];
  const { rows } = await client.query<HistoryRow>(
    `SELECT migration_name, checksum, finished_at FROM ${historyTable} WHERE rolled_back_at IS NULL
     ORDER BY migration_name, finished_at NULLS FIRST`,
  );
  return rows;
}

/** Every migration of the program and of the database, by name. */
export async function readStatus(
  client: Client,
  files: readonly MigrationFile[],
): Promise<MigrationStatus[]> {
  const history = new Map((await readHistory(client)).map((row) => [row.migration_name, row]));
  const statuses = files.map((file) => statusOf(file, history.get(file.name)));
  const known = new Set(files.map((file) => file.name));
  for (const row of history.values()) {
    if (!known.has(row.migration_name)) {
      statuses.push({ name: row.migration_name, state: "unknown", appliedAt: row.finished_at });
    }
  }
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(file: MigrationFile, row: HistoryRow | undefined): MigrationStatus {
  if (row === undefined) return { name: file.name, state: "pending", appliedAt: null };
  if (row.finished_at === null) return { name: file.name, state: "failed", appliedAt: null };
  const state = row.checksum === file.checksum ? "applied" : "edited";
  return { name: file.name, state, appliedAt: row.finished_at };
}

/** The names that stand in one of these states. */
export function namesIn(statuses: readonly MigrationStatus[], ...states: MigrationState[]): string[] {
  return statuses.filter((status) => states.includes(status.state)).map((status) => status.name);
}
