import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../kernel/errors.ts";
import { migrationFilesBroken, migrationUnknown } from "./errors.ts";

/** One folder under `prisma/migrations`. */
export interface MigrationFile {
  /** `000006_rwa`; the order of names is the order of application. */
  name: string;
  sql: string;
  downSql: string;
  /** SHA-256 of migration.sql in hex, as Prisma keeps it in `_prisma_migrations.checksum`. */
  checksum: string;
}

/** Where the migrations of this program are. */
export const defaultMigrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

const namePattern = /^\d{6}_[a-z0-9_]+$/;

/** All migrations, in the order of application. Throws `migration_files_broken`. */
export async function readMigrationFiles(directory: string): Promise<MigrationFile[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw migrationFilesBroken({ path: directory, why: messageOf(error) }, { cause: error });
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.toSorted().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<MigrationFile> {
  const path = join(directory, name);
  if (!namePattern.test(name)) {
    throw migrationFilesBroken({ path, why: "a migration is called 000001_some_name" });
  }
  const [sql, downSql] = await Promise.all([readSql(path, "migration.sql"), readSql(path, "down.sql")]);
  return { name, sql, downSql, checksum: createHash("sha256").update(sql).digest("hex") };
}

async function readSql(path: string, file: string): Promise<string> {
  try {
    return await readFile(join(path, file), "utf8");
  } catch (error) {
    throw migrationFilesBroken({ path: join(path, file), why: messageOf(error) }, { cause: error });
  }
}

/** The migration with this name or six-digit number. Throws `migration_unknown`. */
export function findMigration(files: readonly MigrationFile[], name: string): MigrationFile {
  const found = files.find((file) => file.name === name || file.name.slice(0, 6) === name);
  if (found === undefined) throw migrationUnknown({ name, known: files.map((file) => file.name) });
  return found;
}
