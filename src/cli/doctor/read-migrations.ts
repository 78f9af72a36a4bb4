import { readdir } from "node:fs/promises";
import type { Database } from "../../db/index.ts";
import { sqlState } from "../../db/index.ts";
import type { MigrationFacts } from "./judge-migrations.ts";

const directory = new URL("../../../prisma/migrations/", import.meta.url);
const undefinedTable = "42P01";

/** Compares Prisma's history table with the migrations of this program. A database without the table has none. */
export async function readMigrations(database: Database): Promise<MigrationFacts> {
  const entries = await readdir(directory, { withFileTypes: true });
  const ours = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
  const rows = await readHistory(database);
  const applied = rows.filter(({ finished }) => finished).map(({ name }) => name);
  const failed = rows
    .filter(({ name, finished }) => !finished && !applied.includes(name))
    .map(({ name }) => name);
  return {
    applied: applied.filter((name) => ours.includes(name)),
    failed,
    unknown: applied.filter((name) => !ours.includes(name)),
    pending: ours.filter((name) => !applied.includes(name) && !failed.includes(name)),
  };
}

async function readHistory({ db }: Database): Promise<{ name: string; finished: boolean }[]> {
  try {
    return await db.$queryRaw<{ name: string; finished: boolean }[]>`
      SELECT migration_name AS name, finished_at IS NOT NULL AS finished
        FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`;
  } catch (error) {
    if (sqlState(error) === undefinedTable) return [];
    throw error;
  }
}
