import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Client, type DatabaseError } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { copyEmbeddedTemplate } from "../support/embedded-template.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  cleanUps.push(() => client.end());
  return client;
}

describe("many clients of the one session", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase("embedded");
  });
  afterAll(() => database.drop());

  const connectMany = (count: number) =>
    Promise.all(Array.from({ length: count }, () => connect(database.url)));

  // Through @electric-sql/pglite-socket, 45 of 50 of these answers belonged to another client.
  test("answers never go to another client, also when a request comes in many pieces", async () => {
    const clients = await connectMany(10);
    const ballast = "x".repeat(3_000_000);
    await Promise.all(
      clients.map(async (client, i) => {
        for (let n = 0; n < 3; n += 1) {
          const sent = `${i}-${n}-${ballast}`;
          const { rows } = await client.query<{ got: string; i: number }>(
            `SELECT $1::text AS got, ${i} AS i`,
            [sent],
          );
          expect(rows[0]?.i).toBe(i);
          expect(rows[0]?.got === sent).toBe(true);
        }
      }),
    );
  });

  test("transactions exclude each other: no update is lost, nothing uncommitted is seen", async () => {
    const clients = await connectMany(10);
    await clients[0]?.query("CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)");
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < 10; round += 1) {
          await client.query("BEGIN");
          const { rows } = await client.query<{ n: number }>("SELECT n FROM counter");
          await new Promise((resolve) => setImmediate(resolve));
          await client.query("UPDATE counter SET n = $1", [(rows[0]?.n ?? 0) + 1]);
          await client.query(round % 2 === 0 ? "COMMIT" : "ROLLBACK");
        }
      }),
    );
    expect((await clients[0]?.query("SELECT n FROM counter"))?.rows).toEqual([{ n: 50 }]);
  });

  test("an open transaction keeps others waiting, a failed one too, until it ends", async () => {
    const [first, second] = (await connectMany(2)) as [Client, Client];
    for (const spoil of ["SELECT 1", "SELECT 1/0"]) {
      await first.query("BEGIN");
      await first.query(spoil).catch(() => undefined);
      let isDone = false;
      const waiting = second.query("SELECT 1").then(() => (isDone = true));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(isDone).toBe(false);
      await first.query("ROLLBACK");
      await waiting;
    }
  });

  test("clients may prepare different statements under one name", async () => {
    const clients = await connectMany(3);
    for (let round = 0; round < 2; round += 1) {
      const answers = clients.map((client, i) =>
        client.query<{ n: number }>({ name: "same", text: `SELECT ${i} + $1::int AS n`, values: [round] }),
      );
      expect((await Promise.all(answers)).map(({ rows }) => rows[0]?.n)).toEqual(
        [0, 1, 2].map((i) => i + round),
      );
    }
    await Promise.all(clients.map((client) => client.end()));
    const watcher = await connect(database.url);
    expect((await watcher.query("SELECT name FROM pg_prepared_statements")).rows).toEqual([]);
  });

  test("a client that vanishes in a transaction or in half a request leaves nothing behind", async () => {
    const [inTransaction, inRequest, other] = (await connectMany(3)) as [Client, Client, Client];
    await other.query("CREATE TABLE leftovers (i int)");
    await inTransaction.query("BEGIN");
    await inTransaction.query("INSERT INTO leftovers VALUES (1)");
    inTransaction.connection.stream.destroy();
    // A Parse message without the Sync that ends a request.
    inRequest.connection.stream.write(Buffer.from("P\0\0\0\x12\0SELECT 1/0\0\0\0", "latin1"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    inRequest.connection.stream.destroy();
    expect((await other.query("SELECT * FROM leftovers")).rows).toEqual([]);
  });

  test("errors within a request are told to its client and to nobody else", async () => {
    const clients = await connectMany(6);
    const answers = clients.flatMap((client, i) => [
      client.query("SELECT 1 / $1::int AS one", [i % 2]).then(
        () => "fine",
        (error: unknown) => (error as DatabaseError).code,
      ),
    ]);
    expect(await Promise.all(answers)).toEqual(["22012", "fine", "22012", "fine", "22012", "fine"]);
  });

  test("a wrong password, another database and strangers are refused", async () => {
    const code = async (url: URL) => {
      const client = new Client({ connectionString: url.toString() });
      client.on("error", () => undefined);
      return client.connect().then(
        () => "connected",
        (error: unknown) => (error as DatabaseError).code,
      );
    };
    const wrongPassword = new URL(database.url);
    wrongPassword.password = "guess";
    const noPassword = new URL(database.url);
    noPassword.password = "";
    const otherDatabase = new URL(database.url);
    otherDatabase.pathname = "/other";
    expect(await code(wrongPassword)).toBe("28P01");
    expect(await code(noPassword)).not.toBe("connected");
    expect(await code(otherDatabase)).toBe("3D000");
    const reply = await fetch(database.url.replace(/^postgresql:\/\/[^@]*@/, "http://")).catch(
      () => "refused",
    );
    expect(reply).toBe("refused");
  });
});

describe("one directory, many processes", () => {
  async function newDirectory(): Promise<string> {
    const parent = await mkdtemp(join(tmpdir(), "microdao-embedded-"));
    cleanUps.push(() => rm(parent, { recursive: true, force: true }));
    const directory = join(parent, "postgres");
    await copyEmbeddedTemplate("migrated", directory);
    return directory;
  }

  interface Running {
    process: ChildProcessByStdio<Writable, Readable, null>;
    url: string;
    isOwner: boolean;
  }

  async function run(directory: string): Promise<Running> {
    const script = join(import.meta.dirname, "../support/embedded-process.ts");
    const child = spawn(process.execPath, [script, directory], { stdio: ["pipe", "pipe", "inherit"] });
    cleanUps.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return { process: child, ...(JSON.parse(line.toString()) as { url: string; isOwner: boolean }) };
  }

  test("whoever comes second uses the database of the first; when that ends, the next is the owner", async () => {
    const directory = await newDirectory();
    const started = await Promise.all([run(directory), run(directory), run(directory)]);
    expect(started.filter(({ isOwner }) => isOwner)).toHaveLength(1);
    expect(new Set(started.map(({ url }) => url)).size).toBe(1);
    const here = await startEmbeddedDatabase({ directory, log: silentLog });
    expect(here).toMatchObject({ isOwner: false, url: started[0].url });
    await here.close();
    for (const { process: child } of started) child.stdin.end();
    await Promise.all(started.map(({ process: child }) => once(child, "exit")));
    expect(existsSync(`${directory}.lock.json`)).toBe(false);
    const next = await startEmbeddedDatabase({ directory, log: silentLog });
    expect(next.isOwner).toBe(true);
    await next.close();
  });

  test("a lock that a dead process left is no obstacle, whatever it says", async () => {
    const directory = await newDirectory();
    const ended = spawn("true");
    await once(ended, "exit");
    const leftBehind = [
      { pid: ended.pid, url: "postgresql://postgres:x@127.0.0.1:9/postgres" },
      { pid: ended.pid },
      { pid: process.pid, url: "postgresql://postgres:x@127.0.0.1:9/postgres" },
    ];
    for (const lock of leftBehind) {
      await writeFile(`${directory}.lock.json`, JSON.stringify(lock));
      const database = await startEmbeddedDatabase({ directory, log: silentLog });
      expect(database.isOwner).toBe(true);
      const holder = JSON.parse(await readFile(`${directory}.lock.json`, "utf8")) as object;
      expect(holder).toEqual({ pid: process.pid, url: database.url });
      await database.close();
    }
  });

  test("kill -9 loses no acknowledged commit, five times", async () => {
    const directory = await newDirectory();
    const acknowledged = new Set<number>();
    let next = 0;
    for (let round = 0; round < 5; round += 1) {
      const { process: child, url } = await run(directory);
      const clients = await Promise.all(Array.from({ length: 4 }, () => connect(url)));
      await clients[0]?.query("CREATE TABLE IF NOT EXISTS kept (n int PRIMARY KEY, filler text)");
      await verify(clients[0], acknowledged);
      const writers = clients.map(async (client) => {
        for (;;) {
          const n = next;
          next += 1;
          await client.query("INSERT INTO kept VALUES ($1, repeat('x', 200))", [n]);
          acknowledged.add(n);
          // The other writers are in the middle of theirs.
          if (acknowledged.size === 60 * (round + 1)) child.kill("SIGKILL");
        }
      });
      await Promise.allSettled(writers);
    }
    const { url } = await run(directory);
    await verify(await connect(url), acknowledged);
    expect(acknowledged.size).toBeGreaterThan(200);
  });

  async function verify(client: Client | undefined, acknowledged: ReadonlySet<number>): Promise<void> {
    const rows = (await client?.query<{ n: number }>("SELECT n FROM kept ORDER BY n"))?.rows ?? [];
    const present = new Set(rows.map(({ n }) => n));
    expect([...acknowledged].filter((n) => !present.has(n))).toEqual([]);
    expect(present.size).toBe(rows.length);
  }
});
