import { Client } from "pg";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";

test("times are the same moments on a server that is set to another time zone", async () => {
  const own = await createTestDatabase();
  const { url } = own;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Europe/Kyiv'); END $$",
  );
  await client.end();
  const database = openDatabase({ url, poolSize: 1, clock: systemClock, log: silentLog });
  const noon = new Date("2026-01-01T12:00:00Z");
  const rows = await database.db.$queryRawUnsafe<{ seconds: number; back: Date; now: Date }[]>(
    "SELECT extract(epoch FROM $1::timestamptz)::float8 AS seconds, $1::timestamptz AS back, now() AS now",
    noon,
  );
  await database.close();
  await own.drop();
  expect(rows[0]).toMatchObject({ seconds: noon.getTime() / 1000, back: noon });
  expect(Math.abs((rows[0]?.now.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
});
