import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCatalog } from "../../scripts/erd/catalog.ts";
import { migrationNames, migrationSql, openEmptyDatabase } from "../../scripts/erd/migrated-database.ts";

let database: PGlite;
const names = migrationNames();
/** What the database looked like before each migration went up; one more for the end. */
const before: unknown[] = [];

beforeAll(async () => {
  database = await openEmptyDatabase();
  for (const name of names) {
    before.push(await look());
    await database.exec(migrationSql(name, "up"));
  }
  before.push(await look());
});

afterAll(() => database.close());

describe("every migration can be undone and done again", () => {
  it.each(names.map((name, position) => ({ name, position })).reverse())(
    "down leaves nothing of $name",
    async ({ name, position }) => {
      await database.exec(migrationSql(name, "down"));
      expect(await look()).toEqual(before[position]);
    },
  );

  it("up again makes the same database", async () => {
    for (const name of names) await database.exec(migrationSql(name, "up"));
    expect(await look()).toEqual(before[names.length]);
  });
});

describe("every migration says on its first line what it brings and what code it is for", () => {
  it.each(names)("%s", (name) => {
    const number = name.slice(0, 6);
    expect(migrationSql(name, "up")).toMatch(
      new RegExp(`^-- ${number} \\(compatible with code >= \\d+\\.\\d+\\.\\d+\\): .+\n`),
    );
    expect(migrationSql(name, "down")).toMatch(new RegExp(`^-- ${number} down: .+\n`));
  });
});

/** Tables with all that belongs to them, and the schemas, extensions, sequences, views and routines besides. */
async function look(): Promise<unknown> {
  const query = async (sql: string) => (await database.query(sql)).rows;
  const others = await query(`
    SELECT 'schema' AS kind, nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'extension', extname::text FROM pg_extension
    UNION ALL SELECT 'sequence', relname::text FROM pg_class WHERE relkind = 'S'
    UNION ALL SELECT 'view', relname::text FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'routine', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2`);
  return { others, tables: await readCatalog(query, ["public", "matrix"]) };
}
