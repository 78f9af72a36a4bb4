import { type Database, openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";

export interface OpenTestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Opens it once more, as another process would. */
  openAnother(): Database;
  close(): Promise<void>;
}

/** A migrated and seeded database, opened without a job queue. */
export async function openTestDatabase(kind: "default" | "embedded" = "default"): Promise<OpenTestDatabase> {
  const own = await createTestDatabase(kind);
  const opened: Database[] = [];
  // These tests are not about power cuts, and there are many of them.
  const url = own.kind === "native" ? `${own.url}?options=-c%20synchronous_commit%3Doff` : own.url;
  const open = () => {
    const database = openDatabase({ url, poolSize: 5, clock: systemClock, log: silentLog });
    opened.push(database);
    return database;
  };
  return {
    database: open(),
    url,
    openAnother: open,
    async close() {
      await Promise.all(opened.map((database) => database.close()));
      await own.drop();
    },
  };
}
