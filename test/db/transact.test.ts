import { PrismaPg } from "@prisma/adapter-pg";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { PrismaClient } from "../../src/db/generated/client.ts";
import { attempt, databaseAway, faultOf, openDatabase, type Tx, transact } from "../../src/db/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import type { DomainEvent } from "../../src/kernel/events.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.rows("CREATE TABLE slips (id int PRIMARY KEY, n int NOT NULL CHECK (n < 100))");
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.rows("TRUNCATE slips, outbox_events");
  await world.takeJobs(runCommandJob);
});

const run = <T>(work: (tx: Tx) => Promise<T>) => transact(world.database, bridgeActor, work);
const put = (tx: Tx, id: number, n = 1) =>
  tx.db.$executeRawUnsafe("INSERT INTO slips VALUES ($1::int, $2::int)", id, n);
const eventOf = (key: string): DomainEvent => ({
  topic: "audit.event",
  key,
  at: new Date(1_750_000_000_000),
  actor: bridgeActor,
  payload: { key },
});
const ask = (tx: Tx, eventId: string) =>
  tx.enqueue(runCommandJob, { roomId: "!r", eventId, sender: "@a:b", command: { verb: "help" } });

async function left(): Promise<{ slips: number[]; told: string[]; jobs: string[] }> {
  const slips = await world.rows<{ id: number }>("SELECT id FROM slips ORDER BY id");
  const told = await world.rows<{ key: string }>("SELECT event_key AS key FROM outbox_events ORDER BY 1");
  const jobs = await world.takeJobs<{ eventId: string }>(runCommandJob);
  return {
    slips: slips.map(({ id }) => id),
    told: told.map(({ key }) => key),
    jobs: jobs.map(({ eventId }) => eventId).toSorted(),
  };
}

describe("a unit of work", () => {
  it("takes and gives the same values as a statement outside of one, and as Prisma's client", async () => {
    const sql = `SELECT 1::int2 AS small, $1::int8 AS big, ARRAY[$1::int8] AS bigs, 1.5::float8 AS float, 2.50::numeric AS exact,
        $2::timestamptz AS time, ARRAY[$2::timestamptz, NULL] AS times, '2026-01-02'::date AS day, '\\x00ff'::bytea AS bytes,
        $3::jsonb AS json, '[1]'::json AS list, 'null'::jsonb AS nothing, $4::text[] AS texts, $5::text AS none,
        '01a1fd42-e3dd-7609-be38-b99882b6ca28'::uuid AS id, ARRAY['01a1fd42-e3dd-7609-be38-b99882b6ca28'::uuid] AS ids,
        true AS yes, $6::bytea AS given, ARRAY[1::int4, NULL] AS numbers, 'x'::name AS name`;
    const params = [
      2n ** 60n,
      new Date(1_750_000_000_123),
      { a: ["é", 1] },
      ['a"b', "{,}", "\\"],
      undefined,
      new Uint8Array([0, 255]),
    ];
    const within = await run((tx) => tx.db.$queryRawUnsafe(sql, ...params));
    expect(within).toEqual(await world.database.db.$queryRawUnsafe(sql, ...params));
    const options = "-c TimeZone=UTC";
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: world.url, options }) });
    expect(within).toEqual(await prisma.$queryRawUnsafe(sql, ...params));
    await prisma.$disconnect();
  });

  it("commits its rows, its news and its jobs together", async () => {
    await run(async (tx) => {
      await put(tx, 1);
      tx.emit(eventOf("a"));
      ask(tx, "$a");
    });
    expect(await left()).toEqual({ slips: [1], told: ["a"], jobs: ["$a"] });
  });

  it("leaves nothing when it throws, at whatever line", async () => {
    const fail = run(async (tx) => {
      await put(tx, 1);
      tx.emit(eventOf("a"));
      ask(tx, "$a");
      await put(tx, 2, 100);
    });
    await expect(fail).rejects.toSatisfy((error) => faultOf(error) === "data");
    const late = run(async (tx) => {
      await put(tx, 1);
      tx.emit({ ...eventOf("a"), payload: { odd: "\ud800" } });
    });
    await expect(late).rejects.toBeInstanceOf(Error);
    expect(await left()).toEqual({ slips: [], told: [], jobs: [] });
  });

  it("leaves nothing when its last statement fails, although COMMIT is on its way by then, and says what failed", async () => {
    const failing = run(async (tx) => {
      await put(tx, 1);
      tx.emit(eventOf("a"));
      tx.finally("slip", {
        params: [],
        ctes: () => "slip AS (INSERT INTO slips VALUES (2, 1000))",
        result: () => "SELECT 1",
      });
    });
    await expect(failing).rejects.toThrow(/slips_n_check/);
    expect(await left()).toEqual({ slips: [], told: [], jobs: [] });
    await run((tx) => put(tx, 3));
    expect((await left()).slips).toEqual([3]);
  });

  it("takes no statement any more when it is over", async () => {
    const over = await run(async (tx) => {
      await put(tx, 1);
      return tx;
    });
    await expect(put(over, 2)).rejects.toThrow(/after the end/);
    expect((await left()).slips).toEqual([1]);
  });

  it("tells the same thing once, and queues a job with a known key once", async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      await run((tx) => {
        tx.emit(eventOf("a"));
        ask(tx, "$a");
        ask(tx, "$a");
        return Promise.resolve();
      });
    }
    expect(await left()).toEqual({ slips: [], told: ["a"], jobs: ["$a"] });
  });

  it("has what goes ahead of its first answer in it, and nothing else goes ahead", async () => {
    const at = "SELECT now()::text AS at, pg_current_xact_id_if_assigned()::text AS id";
    const [ahead, first, second] = await run(async (tx) => {
      const looked = [tx.ahead, tx.db].map((db) => db.$queryRawUnsafe<[{ at: string; id: null }]>(at));
      return [...(await Promise.all(looked)), await tx.db.$queryRawUnsafe<[{ at: string; id: null }]>(at)];
    });
    expect(first).toEqual(ahead);
    expect(second).toEqual(ahead);
  });

  it("has one time", async () => {
    await run(async (tx) => {
      const before = tx.now.getTime();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(tx.now.getTime()).toBe(before);
    });
  });

  it("is refused jobs where no queue was opened", async () => {
    const database = openDatabase({ url: world.url, poolSize: 1, clock: systemClock, log: silentLog });
    const work = transact(database, bridgeActor, async (tx) => {
      await put(tx, 1);
      ask(tx, "$a");
    });
    await expect(work).rejects.toMatchObject({ kind: "bug" });
    await database.close();
    expect((await left()).slips).toEqual([]);
  });
});

describe("a part that may fail", () => {
  it("undoes its own rows, news and jobs, and the rest goes on", async () => {
    await run(async (tx) => {
      await put(tx, 1);
      for (const [id, n] of [
        [2, 1],
        [3, 100],
        [4, 1],
      ] as const) {
        const result = await attempt(tx, async (inner) => {
          inner.emit(eventOf(`e${id}`));
          ask(inner, `$${id}`);
          await put(inner, id, n);
          return id;
        });
        expect(result).toEqual(n === 100 ? { error: expect.any(Error) as Error } : { value: id });
      }
    });
    expect(await left()).toEqual({ slips: [1, 2, 4], told: ["e2", "e4"], jobs: ["$2", "$4"] });
  });

  it("may hold others, and may fail without a statement", async () => {
    await run(async (tx) => {
      const outer = await attempt(tx, async (inner) => {
        await put(inner, 1);
        await attempt(inner, async (innermost) => {
          await put(innermost, 2);
          throw new TypeError("x");
        });
        await put(inner, 3);
      });
      expect(outer).toEqual({ value: undefined });
    });
    expect((await left()).slips).toEqual([1, 3]);
  });
});

describe.runIf(inject("nativeServer") !== null)("other writers", () => {
  it("in the way for a moment are waited for, and what they made impossible is done again", async () => {
    await run((tx) => put(tx, 1).then(() => put(tx, 2)));
    let attempts = 0;
    const both = Promise.withResolvers<undefined>();
    const cross = (first: number, second: number) =>
      run(async (tx) => {
        attempts += 1;
        await tx.db.$executeRawUnsafe("UPDATE slips SET n = n + 1 WHERE id = $1::int", first);
        if (attempts === 2) both.resolve(undefined);
        await both.promise;
        await tx.db.$executeRawUnsafe("UPDATE slips SET n = n + 1 WHERE id = $1::int", second);
        tx.emit(eventOf(`${first}${second}`));
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(attempts).toBeGreaterThan(2);
    const rows = await world.rows("SELECT n FROM slips");
    expect(rows).toEqual([{ n: 3 }, { n: 3 }]);
    expect((await left()).told).toEqual(["12", "21"]);
  });

  it("that end our connection make the database away", async () => {
    const client = new Client({ connectionString: world.url });
    await client.connect();
    const work = run(async (tx) => {
      const [{ pid } = { pid: 0 }] = await tx.db.$queryRawUnsafe<{ pid: number }[]>(
        "SELECT pg_backend_pid() AS pid",
      );
      await put(tx, 1);
      await client.query("SELECT pg_terminate_backend($1)", [pid]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await put(tx, 2);
    });
    await expect(work).rejects.toSatisfy(databaseAway.is);
    await client.end();
    expect((await left()).slips).toEqual([]);
    await run((tx) => put(tx, 3));
    expect((await left()).slips).toEqual([3]);
  });
});

describe.runIf(inject("nativeServer") !== null)("a lane", () => {
  it("waits for no connection that other work holds, and is closed with its database", async () => {
    const database = openDatabase({ url: world.url, poolSize: 1, clock: systemClock, log: silentLog });
    const lane = database.lane(1);
    const told: string[] = [];
    lane.committed.add(() => void told.push("lane"));
    database.committed.add(() => void told.push("all"));
    await transact(database, bridgeActor, async (tx) => {
      await put(tx, 1);
      await transact(lane, bridgeActor, (other) => put(other, 2));
      expect((await left()).slips).toEqual([2]);
      expect(database.pool()).toEqual({ total: 2, idle: 1, waiting: 0 });
    });
    // Who follows the database hears of both.
    expect(told).toEqual(["lane", "all", "lane", "all"]);
    await database.close();
    await expect(transact(lane, bridgeActor, (tx) => put(tx, 3))).rejects.toThrow();
    expect((await left()).slips).toEqual([1, 2]);
  });
});

describe("a database that is not there", () => {
  it("is away at once, for work and for a second piece of work", async () => {
    const database = openDatabase({
      url: "postgresql://postgres@127.0.0.1:1/none",
      poolSize: 2,
      clock: systemClock,
      log: silentLog,
    });
    // The machine may stand still once, but not each time.
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const began = performance.now();
      await expect(transact(database, bridgeActor, (tx) => put(tx, 1))).rejects.toSatisfy(databaseAway.is);
      times.push(performance.now() - began);
    }
    expect(Math.min(...times.slice(1))).toBeLessThan(2_000);
    await database.close();
  });

  it("is away when it has no such database, too", async () => {
    const url = new URL(world.url);
    url.pathname = "/there_is_no_such_database";
    const database = openDatabase({ url: url.toString(), poolSize: 1, clock: systemClock, log: silentLog });
    const work = transact(database, bridgeActor, (tx) => put(tx, 1));
    if (inject("nativeServer") !== null) await expect(work).rejects.toSatisfy(databaseAway.is);
    else await expect(work).rejects.toBeInstanceOf(Error);
    await database.close();
  });
});
