import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { declareError } from "../src/kernel/errors.ts";
import { findPostgres } from "../test/support/postgres.ts";

/** A throw-away PostgreSQL on loopback. */
export interface Cluster {
  /** Makes an empty database, its name made unique by a number, and returns its URL. */
  createDatabase(purpose: string): Promise<string>;
  /** Stops the server and deletes its files. */
  stop(): void;
}

/**
 * Everything that is not PostgreSQL's default. Durability is switched on by name, although it is the default, so that
 * nobody has to take it on trust. The server has only loopback TCP, no socket directory. Checkpoints come at four times the
 * default distances: up to four programs share the server's log, and each shall have the default's 1 GiB and five minutes
 * before pages have to be written to it whole once more.
 */
export const serverSettings = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_wal_size: "4GB",
  checkpoint_timeout: "20min",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
} as const;

const postgresNotFound = declareError<Record<string, never>>(
  "postgres_not_found",
  "unavailable",
  () => "no PostgreSQL ≥ 15 with pgvector in PATH or under /usr/lib/postgresql",
);

/**
 * Starts a cluster in a fresh temporary directory. PostgreSQL refuses to run as root, so as root it is started as the
 * user `postgres`. `extra` adds or replaces server settings, for trying their effect. However this process ends, short
 * of SIGKILL, the server ends with it.
 */
export async function startCluster(extra: Record<string, string> = {}): Promise<Cluster> {
  const programs = findPostgres();
  if (programs === undefined) throw postgresNotFound({});
  const directory = mkdtempSync(join(tmpdir(), "microdao-bench-"));
  const asOwner = runnerIn(directory);
  const data = join(directory, "data");
  const log = join(directory, "log");
  const port = await freePort();
  const settings = Object.entries({ ...serverSettings, ...extra, port: String(port) })
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(" ");
  asOwner(join(programs, "initdb"), [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
  ]);
  asOwner(join(programs, "pg_ctl"), ["-D", data, "-l", log, "-w", "-o", settings, "start"]);
  const stop = () => {
    process.removeListener("exit", stop);
    asOwner(join(programs, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"]);
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", stop);
  const urlOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await ageServer(urlOf("postgres"));
  let databases = 0;
  const createDatabase = async (purpose: string) => {
    databases += 1;
    const name = `${purpose}_${databases}`.toLowerCase();
    await execute(urlOf("postgres"), `CREATE DATABASE ${name}`);
    return urlOf(name);
  };
  return { createDatabase, stop };
}

/**
 * A new server makes its log files, and touches its memory, as it first needs them, at the cost of whoever writes: twice as
 * much of it for twice the bytes. One that has run for a while uses both again and again. This writes about a gibibyte, the
 * distance between two checkpoints of a server with default settings.
 */
async function ageServer(url: string): Promise<void> {
  await execute(
    url,
    "CREATE TABLE filler (number int); INSERT INTO filler SELECT generate_series(1, 16000000); DROP TABLE filler",
  );
  await execute(url, "CHECKPOINT");
}

/** Runs one script on a connection of its own. */
export async function execute(databaseUrl: string, sql: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await client.query(sql, values);
  } finally {
    await client.end();
  }
}

/** A TCP port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Runs a program as whoever shall own the cluster: the user `postgres` for root, else the caller. */
function runnerIn(directory: string): (program: string, args: string[]) => void {
  const options = { cwd: directory, stdio: "ignore" } as const;
  if (process.getuid?.() !== 0) {
    return (program, args) => {
      execFileSync(program, args, options);
    };
  }
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"])));
  chownSync(directory, uid ?? 0, gid ?? 0);
  return (program, args) => {
    execFileSync("runuser", ["-u", "postgres", "--", program, ...args], options);
  };
}
