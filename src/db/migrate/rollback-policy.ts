import type { Client } from "pg";
import { rollbackForbidden, rollbackGuarded } from "./errors.ts";
import type { MigrationFile } from "./migration-files.ts";

/** Where migrations may be rolled back at all; everywhere else is production. */
const rollbackEnvironments = new Set(["local", "staging"]);

interface Guard {
  /** Whether this migration is one that the guard protects. */
  protects(file: MigrationFile): boolean;
  table: string;
  why: string;
}

/**
 * What is never rolled back anywhere once a table holds rows. Real-world assets: the inventory, and every later migration
 * that moves them, which is the embassy (it claims them) and whatever names the inventory in its SQL.
 */
const guards: readonly Guard[] = [
  {
    protects: ({ name, sql }) =>
      name === "000006_rwa" || name === "000007_embassy" || /\brwa_inventory\b/.test(withoutComments(sql)),
    table: "rwa_inventory",
    why: "they stand for assets in the real world",
  },
  {
    protects: ({ name }) => name === "000009_audit_outbox",
    table: "outbox_events",
    why: "events in it may have been promised to others and not yet delivered",
  },
];

function withoutComments(sql: string): string {
  return sql.replaceAll(/--.*$/gm, "");
}

/** Throws `rollback_forbidden` where nothing is ever rolled back. */
export function requireRollbackAllowed(appEnv: string): void {
  if (!rollbackEnvironments.has(appEnv)) throw rollbackForbidden({ appEnv });
}

/**
 * Throws `rollback_guarded` when a guarded table holds rows. Within the transaction of the rollback the table is locked
 * first, so that no row can come in between the look and the drop.
 */
export async function requireUnguarded(client: Client, file: MigrationFile, lock: boolean): Promise<void> {
  for (const { table, why } of guards.filter((guard) => guard.protects(file))) {
    const { rows: found } = await client.query("SELECT to_regclass($1) AS found", [table]);
    if ((found[0] as { found: string | null }).found === null) continue;
    if (lock) await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount !== 0) throw rollbackGuarded({ migration: file.name, table, why });
  }
}
