import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

const folder = join(import.meta.dirname, "../../prisma/migrations");

/** The names of the migrations, oldest first. */
export function migrationNames(): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "migration.sql")))
    .sort();
}

/** The statements of one migration, forwards or backwards. */
export function migrationSql(name: string, direction: "up" | "down"): string {
  return readFileSync(join(folder, name, direction === "up" ? "migration.sql" : "down.sql"), "utf8");
}

/** An empty database inside this process, gone when it is closed. */
export function openEmptyDatabase(): Promise<PGlite> {
  return PGlite.create({ extensions: { vector } });
}

/** A database inside this process with every migration applied. */
export async function openMigratedDatabase(): Promise<PGlite> {
  const database = await openEmptyDatabase();
  for (const name of migrationNames()) await database.exec(migrationSql(name, "up"));
  return database;
}
