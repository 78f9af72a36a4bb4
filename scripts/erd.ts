import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCatalog } from "./erd/catalog.ts";
import { openMigratedDatabase } from "./erd/migrated-database.ts";
import { renderDbml } from "./erd/render-dbml.ts";

/**
 * Writes `docs/erd.dbml` from a database that the migrations have just made. With `--check` it writes nothing and exits
 * with 1 when the file is not what the migrations make.
 */
const path = join(import.meta.dirname, "../docs/erd.dbml");
const database = await openMigratedDatabase();
const tables = await readCatalog(async (sql) => (await database.query(sql)).rows, ["public", "matrix"]);
await database.close();

const text = renderDbml(tables);
if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
  const check = process.argv.includes("--check");
  if (!check) writeFileSync(path, text);
  process.stdout.write(
    check ? "docs/erd.dbml is stale: run node scripts/erd.ts\n" : "docs/erd.dbml written\n",
  );
  process.exitCode = check ? 1 : 0;
}
