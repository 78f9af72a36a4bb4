import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type Database, isGone, openDatabase, openPresence } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

async function isMissed(holder: string): Promise<boolean> {
  const rows = await database.db.$queryRawUnsafe<{ gone: boolean }[]>(
    `SELECT ${isGone("$1::text")} AS gone`,
    holder,
  );
  return rows[0]?.gone === true;
}

// On the embedded database a lock outlives its connection.
describe.runIf(inject("nativeServer") !== null)("the presence of a process", () => {
  it("ends with it, and nobody is missed of whom nothing can be known", async () => {
    const presence = await openPresence({ url: own.url, name: "host:1", log: silentLog });
    const other = await openPresence({ url: own.url, name: "host:1", log: silentLog });
    expect(presence.holder).toMatch(/^host:1#\d+$/);
    expect(await isMissed(presence.holder)).toBe(false);
    await presence.close();
    await vi.waitUntil(() => isMissed(presence.holder), patience);
    expect(await isMissed(other.holder)).toBe(false);
    for (const name of ["host:1", "a program", "host#", "host#9x", ""])
      expect(await isMissed(name)).toBe(false);
    await other.close();
  });

  it("comes back by itself when the connection was cut", async () => {
    const presence = await openPresence({ url: own.url, name: "host:1", log: silentLog });
    const [cut] = await database.db.$queryRawUnsafe<{ n: number }[]>(
      `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
        WHERE application_name = 'microdao-presence' AND datname = current_database()`,
    );
    expect(cut?.n).toBe(1);
    await vi.waitUntil(async () => !(await isMissed(presence.holder)), patience);
    await presence.close();
  });
});
