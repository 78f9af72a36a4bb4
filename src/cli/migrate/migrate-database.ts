import { openDatabase, transact } from "../../db/index.ts";
import { type MigrateUpOptions, migrateUp } from "../../db/migrate/index.ts";
import { seedGovernance } from "../../domain/governance/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";

const migrator: Actor = { id: "migrate", kind: "service" };

/**
 * Brings a database to the current schema, seeds included: `microdao migrate up` without its questions. Safe to repeat.
 * Returns the names of the migrations that it applied. Throws what `migrateUp` throws.
 */
export function migrateDatabase(
  databaseUrl: string,
  options: Pick<MigrateUpOptions, "onApplied" | "migrationsDir"> = {},
): Promise<string[]> {
  return migrateUp({ ...options, databaseUrl, seed: seedDatabase });
}

/** Writes the rows that every database has: capabilities, and the bundles of roles and plans. */
async function seedDatabase(url: string): Promise<void> {
  const database = openDatabase({ url, poolSize: 1, clock: systemClock, log: silentLog });
  try {
    await transact(database, migrator, seedGovernance);
  } finally {
    await database.close();
  }
}
