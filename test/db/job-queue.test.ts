import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase, openJobQueue, transact } from "../../src/db/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { declareJob } from "../../src/kernel/jobs.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const job = declareJob<{ n: number }>({ name: "test.work", retryLimit: 7 });
const other = declareJob<{ n: number }>({ name: "test.other" });
let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.drop());

it("a queue that an older version made gets today's options", async () => {
  const older = new PgBoss({ connectionString: own.url, schedule: false, supervise: false });
  await older.start();
  await older.createQueue(job.name, { retryLimit: 1, expireInSeconds: 60 });
  const queue = await openJobQueue(own.url, [job], silentLog);
  expect(await older.getQueue(job.name)).toMatchObject({
    retryLimit: 7,
    retryBackoff: true,
    expireInSeconds: 1800,
    heartbeatSeconds: 20,
  });
  await queue.close();
  await older.stop({ graceful: false });
});

it("a job that is asked for later is not done before", async () => {
  const queue = await openJobQueue(own.url, [job], silentLog);
  const database = openDatabase({ url: own.url, poolSize: 1, clock: systemClock, log: silentLog, queue });
  const done: number[] = [];
  await queue.work(job, 1, ({ n }) => Promise.resolve(void done.push(n)));
  await transact(database, bridgeActor, (tx) => {
    tx.enqueue(job, { n: 1 }, { startAfter: new Date(tx.now.getTime() + 3600_000) });
    tx.enqueue(job, { n: 2 });
    return Promise.resolve();
  });
  await expect.poll(() => done).toEqual([2]);
  await queue.close();
  await database.close();
});

it("a job that another process asked for is found in a moment, and a later one in time", async () => {
  const [here, there] = [
    await openJobQueue(own.url, [other], silentLog),
    await openJobQueue(own.url, [other], silentLog),
  ];
  const database = openDatabase({
    url: own.url,
    poolSize: 1,
    clock: systemClock,
    log: silentLog,
    queue: there,
  });
  const done: { n: number; at: number }[] = [];
  await here.work(other, 1, ({ n }) => Promise.resolve(void done.push({ n, at: Date.now() })));
  // Its first look of its own is over by then, the next one is half a minute away.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const startAfter = new Date(Date.now() + 4_000);
  await transact(database, bridgeActor, (tx) => {
    tx.enqueue(other, { n: 1 });
    tx.enqueue(other, { n: 2 }, { startAfter });
    return Promise.resolve();
  });
  await expect.poll(() => done.map(({ n }) => n), { timeout: 20_000 }).toEqual([1, 2]);
  expect(done[0]?.at).toBeLessThan(startAfter.getTime());
  expect(done[1]?.at).toBeGreaterThanOrEqual(startAfter.getTime());
  await here.close();
  await there.close();
  await database.close();
});
