import { createHash, randomUUID } from "node:crypto";
import { constants, existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { migrateDatabase } from "../../src/cli/migrate/migrate-database.ts";
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";
import { silentLog } from "../../src/kernel/log.ts";

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/microdao-test");

/** What a template is made from: another one is made as soon as any of it changes. */
const ingredients = {
  empty: ["node_modules/@electric-sql/pglite/package.json"],
  migrated: [
    "node_modules/@electric-sql/pglite/package.json",
    "prisma/migrations/*/migration.sql",
    "src/domain/governance/seed*.ts",
  ],
} as const;

/**
 * Copies the files of an embedded database, empty or migrated and seeded, to `directory`. The original is made once and
 * kept between runs: making it takes 4 s, copying it 0.1 s.
 */
export async function copyEmbeddedTemplate(kind: keyof typeof ingredients, directory: string): Promise<void> {
  const original = join(cache, `${kind}-${hashOf(ingredients[kind])}`);
  if (!existsSync(original)) await makeTemplate(kind, original);
  await cp(original, directory, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

async function makeTemplate(kind: keyof typeof ingredients, original: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const outdated = globSync(`${cache}/${kind}-*`).filter((path) => path !== original);
  await Promise.all(outdated.map((path) => rm(path, { recursive: true, force: true })));
  const unfinished = join(cache, `unfinished-${randomUUID()}`);
  const database = await startEmbeddedDatabase({ directory: unfinished, log: silentLog });
  if (kind === "migrated") await migrateDatabase(database.url);
  await database.close();
  try {
    await rename(unfinished, original);
  } catch {
    // Another test process was faster; its template is as good.
    await rm(unfinished, { recursive: true, force: true });
  }
}

function hashOf(patterns: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted()) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
