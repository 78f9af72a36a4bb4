import type { Database } from "../../src/db/index.ts";

/**
 * Every column of every table in which a word occurs, as `schema.table.column`: texts, JSON and bytes, in all schemas
 * that are ours or the job queue's.
 */
export async function tablesWith({ db }: Database, word: string): Promise<string[]> {
  const columns = await db.$queryRawUnsafe<{ schema: string; table: string; column: string; type: string }[]>(
    `SELECT c.table_schema AS schema, c.table_name AS "table", c.column_name AS "column", c.data_type AS type
       FROM information_schema.columns c
       JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
      WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') AND t.table_type = 'BASE TABLE'
        AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'tsvector', 'USER-DEFINED')
      ORDER BY 1, 2, 3`,
  );
  const found = await Promise.all(
    [...Map.groupBy(columns, ({ schema, table }) => `"${schema}"."${table}"`)].map(async ([name, group]) => {
      const tests = group.map(
        ({ column, type }, index) =>
          `bool_or(position($1 IN ${type === "bytea" ? `encode("${column}", 'escape')` : `"${column}"::text`}) > 0) AS c${index}`,
      );
      const [row] = await db.$queryRawUnsafe<Record<string, boolean | null>[]>(
        `SELECT ${tests.join(", ")} FROM ${name}`,
        word,
      );
      return group.filter((_, index) => row?.[`c${index}`] === true);
    }),
  );
  return found
    .flat()
    .map(({ schema, table, column }) => `${schema}.${table}.${column}`)
    .toSorted();
}
