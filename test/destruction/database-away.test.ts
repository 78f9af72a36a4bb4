import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeServer } from "../../src/cli/make-server.ts";
import { migrateDatabase } from "../../src/cli/migrate/migrate-database.ts";
import { openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { registerAppservice } from "../../src/matrix/ingest/index.ts";
import type { BridgeProcess } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { Gate } from "../support/gate.ts";
import { text } from "../support/matrix-events.ts";
import { patience } from "../support/patience.ts";
import { findPostgres, startCluster } from "../support/postgres.ts";
import { hsToken, openWorld, pushTransaction } from "../support/world.ts";
import { expectAllStored, expectOutboxMatches } from "./mirror-truth.ts";
import { chooseSeed, linkRooms, openRig, type Rig } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
const pause = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

/** A database that can be taken away from the bridge and given back. */
interface Place {
  /** How the bridge reaches it. */
  readonly url: string;
  /** How the test reaches it. */
  readonly ownUrl: string;
  /** Ways to be away, in which connections end. */
  readonly away: Readonly<Record<string, Way>>;
  /** Connections stay, and nothing comes through them. */
  readonly frozen: Way;
  dispose(): Promise<void>;
}

interface Way {
  readonly leave: () => unknown;
  readonly comeBack: () => unknown;
}

/** A PostgreSQL of this test's own, which ends and freezes as such servers do. */
async function ownServer(): Promise<Place> {
  const cluster = await startCluster();
  const url = cluster.url("bridge");
  await query(cluster.url(), "CREATE DATABASE bridge");
  await migrateDatabase(url);
  const [{ data_directory: data } = { data_directory: "" }] = await query<{ data_directory: string }>(
    url,
    "SHOW data_directory",
  );
  const postmaster = () => Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
  const signalAll = (signal: NodeJS.Signals) => {
    const pid = postmaster();
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, signal);
  };
  const comeBack = () => cluster.start();
  return {
    url,
    ownUrl: url,
    away: {
      "stopped in fast mode": { leave: () => cluster.stop(), comeBack },
      "stopped in immediate mode": { leave: () => endAtOnce(postmaster()), comeBack },
      killed: { leave: () => cluster.kill(), comeBack },
    },
    frozen: { leave: () => signalAll("SIGSTOP"), comeBack: () => signalAll("SIGCONT") },
    dispose: () => cluster.dispose(),
  };
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n");
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

/** What `pg_ctl stop -m immediate` does. */
async function endAtOnce(postmaster: number): Promise<void> {
  process.kill(postmaster, "SIGQUIT");
  while (isRunning(postmaster)) await pause(5);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whatever database there is, behind a network that breaks. */
async function behindGate(): Promise<Place> {
  const own = await createTestDatabase();
  const url = new URL(own.url);
  const gate = new Gate(Number(url.port), () => own.drop());
  url.port = String(await gate.open());
  const comeBack = () => {
    gate.shut();
    return gate.open();
  };
  return {
    url: url.toString(),
    ownUrl: own.url,
    away: { "out of reach": { leave: () => gate.shut(), comeBack: () => gate.open() } },
    frozen: { leave: () => gate.freeze(), comeBack },
    dispose: () => gate.dispose(),
  };
}

async function query<R>(url: string, sql: string): Promise<R[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as R[];
  } finally {
    await client.end();
  }
}

const places = [
  { name: "a PostgreSQL server", open: ownServer },
  { name: "a database behind a network that breaks", open: behindGate },
];

describe.each(findPostgres() === undefined ? places.slice(1) : places)("$name", ({ open }) => {
  let place: Place;
  let rig: Rig;
  let running: BridgeProcess;
  let started: number;
  let stopFlood: () => void;

  beforeAll(async () => {
    place = await open();
    const database = openDatabase({ url: place.ownUrl, poolSize: 1, clock: systemClock, log: silentLog });
    await linkRooms(database);
    await database.close();
    rig = await openRig({ seed, databaseUrl: place.url });
    running = await rig.bridge.start();
    started = performance.now();
    const timer = setInterval(() => {
      if (rig.sender.pending < 300) rig.sender.offer(...rig.history(rig.sender.isUp ? 40 : 1));
    }, 20);
    stopFlood = () => clearInterval(timer);
  });

  afterAll(async () => {
    stopFlood();
    await rig.close();
    await place.dispose();
  });

  /** Whatever has been sent until now is acknowledged, and the flood goes on. */
  async function untilFlooding(): Promise<void> {
    await vi.waitUntil(() => rig.sender.isUp, patience);
    await rig.sender.nextRequest();
  }

  /** The answers of the time without the database, and how long the one took that was under way when it came back. */
  async function takeAway({ leave, comeBack }: Way, forMs: number, isSeen: () => boolean = () => true) {
    await untilFlooding();
    await leave();
    // An answer may have been on its way already.
    await pause(300);
    await new Promise((arrive) => setImmediate(arrive));
    const began = performance.now();
    await pause(forMs);
    await vi.waitUntil(isSeen, patience);
    const ended = performance.now();
    const { status } = await fetch(`${rig.bridge.url}/health`);
    await comeBack();
    expect(status).toBe(200);
    await untilFlooding();
    const { answers } = rig.sender;
    return {
      without: answers.filter(({ at }) => at > began && at < ended),
      waited: Math.max(...answers.filter(({ at }) => at >= ended).map(({ ms }) => ms)),
    };
  }

  function lockOn(table: string): Way {
    const locker = new Client({ connectionString: place.ownUrl });
    const leave = async () => {
      await locker.connect();
      await locker.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    };
    return { leave, comeBack: () => locker.end() };
  }

  it("is away: the homeserver is told so at once and repeats, and the process goes on", async () => {
    for (const [name, way] of Object.entries(place.away)) {
      const refused = () => rig.sender.answers.filter(({ status }) => status === 503).length;
      const before = refused();
      const { without } = await takeAway(way, 1_000, () => refused() > before + 3);
      expect(without.length, name).toBeGreaterThan(1);
      expect(new Set(without.map(({ status }) => status)), name).toEqual(new Set([503]));
      expect(Math.min(...without.map(({ ms }) => ms)), name).toBeLessThan(5_000);
    }
  });

  it("is frozen: nothing is acknowledged before it goes on", async () => {
    const { without, waited } = await takeAway(place.frozen, 1_500);
    expect(without).toEqual([]);
    expect(waited).toBeGreaterThan(500);
  });

  it("has a table locked by somebody: nothing is acknowledged before the lock is gone", async () => {
    const { without, waited } = await takeAway(lockOn("messages"), 1_500);
    expect(without).toEqual([]);
    expect(waited).toBeGreaterThan(500);
  });

  it("gives up a statement that an operator cancels or that takes too long: no event is blamed for it", async () => {
    const { leave, comeBack } = lockOn("messages");
    const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    let cancelled = 0;
    const timer = setInterval(() => {
      void query(place.ownUrl, cancel).then(({ length }) => (cancelled += length));
    }, 100);
    const before = rig.sender.answers.length;
    // The embedded database tells of nobody who waits.
    const isSeen = () => cancelled === 0 || rig.sender.answers.length > before + 3;
    const { without } = await takeAway({ leave, comeBack }, 1_000, isSeen);
    clearInterval(timer);
    expect(without.filter(({ status }) => status !== 503)).toEqual([]);
    expect(without.length > 0).toBe(cancelled > 0);
  });

  it("holds everything in the end, once, and the process is the one that was started", async () => {
    stopFlood();
    await rig.sender.settled();
    const database = openDatabase({ url: place.ownUrl, poolSize: 1, clock: systemClock, log: silentLog });
    await expectAllStored(database.db, rig.sender.acknowledged);
    await expectOutboxMatches(database.db);
    await database.close();
    expect(running.isRunning()).toBe(true);
    // Synapse waits 60 s for an answer.
    const answers = rig.sender.answers.filter(({ at }) => at > started);
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(55_000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  });
});

it("a transaction that takes too long is answered 503 before the homeserver gives up, and may be repeated", async () => {
  const world = await openWorld();
  const app = makeServer({ log: silentLog, pathPrefix: "" });
  const nobody = { user: () => Promise.resolve(false), alias: () => Promise.resolve(false) };
  const { deps, lastTransaction } = world;
  registerAppservice(app, {
    ...deps,
    hsToken,
    queries: nobody,
    lastTransaction,
    onPing: () => undefined,
    answerWithinMs: 300,
  });
  const locker = new Client({ connectionString: world.url });
  await locker.connect();
  await locker.query("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
  const event = text("patience");
  const began = performance.now();
  expect((await pushTransaction(app, [event])).statusCode).toBe(503);
  // The statement itself may take longer.
  expect(performance.now() - began).toBeLessThan(10_000);
  await locker.end();
  await expect.poll(async () => (await pushTransaction(app, [event])).statusCode).toBe(200);
  expect(await world.rows("SELECT matrix_event_id FROM messages")).toEqual([
    { matrix_event_id: event.event_id },
  ]);
  await app.close();
  await world.close();
});
