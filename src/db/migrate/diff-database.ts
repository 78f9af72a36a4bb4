import { readDatamodel } from "./datamodel-files.ts";
import { inTransaction, withMigrationClient } from "./migration-connection.ts";
import { nothingFiltered, withSchemaEngine } from "./schema-engine.ts";

export interface DatabaseDiff {
  /** What is different, for people; empty when nothing is. */
  summary: string;
  /** The SQL that would turn the database into what the datamodel says; empty when nothing is different. */
  sql: string;
}

/**
 * Compares a database with the Prisma datamodel (`prisma/schema`): tables, columns, types, keys and indexes of the schemas
 * it names. CHECK constraints, comments and expressions are beyond the datamodel. Changes nothing.
 */
export async function diffDatabase(options: { databaseUrl: string }): Promise<DatabaseDiff> {
  const datamodel = await readDatamodel();
  return withMigrationClient(options.databaseUrl, (client) =>
    inTransaction(client, () =>
      withSchemaEngine(client, datamodel, async (engine) => {
        const question = {
          from: { tag: "schemaDatasource", files: datamodel, configDir: "" },
          to: { tag: "schemaDatamodel", files: datamodel },
          exitCode: true,
          filters: nothingFiltered,
        } as const;
        const difference = await engine.diff({ ...question, script: false });
        if (difference.exitCode === 0) return { summary: "", sql: "" };
        const script = await engine.diff({ ...question, script: true });
        return { summary: (difference.stdout ?? "").trim(), sql: (script.stdout ?? "").trim() };
      }),
    ),
  );
}
