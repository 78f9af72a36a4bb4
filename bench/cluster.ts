import { execFile } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { declareError } from "../src/kernel/errors.ts";

/** A throw-away PostgreSQL on loopback. */
export interface Cluster {
  /** Makes an empty database, its name made unique by a number, and returns its URL. */
  createDatabase(purpose: string): Promise<string>;
  /** Stops the server and deletes its files. */
  stop(): Promise<void>;
}

/**
 * Everything that is not PostgreSQL's default. Durability is switched on by name, although it is the default, so that
 * nobody has to take it on trust. The server has only loopback TCP, no socket directory.
 */
export const serverSettings = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
} as const;

const postgresNotFound = declareError<{ tried: string[] }>(
  "postgres_not_found",
  "unavailable",
  ({ tried }) => `no PostgreSQL server programs (initdb, pg_ctl) under ${tried.join(" or ")}`,
);

const run = promisify(execFile);
const debianRoot = "/usr/lib/postgresql";

/**
 * Starts a cluster in a fresh temporary directory. PostgreSQL refuses to run as root, so as root it is started as the
 * user `postgres`. `extra` adds or replaces server settings, for trying their effect.
 */
export async function startCluster(extra: Record<string, string> = {}): Promise<Cluster> {
  const programs = await findPrograms();
  const directory = await mkdtemp(join(tmpdir(), "microdao-bench-"));
  const asOwner = await runAsOwner(directory);
  const data = join(directory, "data");
  await asOwner(join(programs, "initdb"), [
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
  const port = await freePort();
  const settings = Object.entries({ ...serverSettings, ...extra, port: String(port) })
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(" ");
  const log = join(directory, "log");
  await asOwner(join(programs, "pg_ctl"), ["-D", data, "-l", log, "-w", "-o", settings, "start"]);
  let databases = 0;
  const urlOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  return {
    createDatabase: async (purpose) => {
      databases += 1;
      const name = `${purpose}_${databases}`.toLowerCase();
      await execute(urlOf("postgres"), `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    stop: async () => {
      await asOwner(join(programs, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"]);
      await rm(directory, { recursive: true, force: true });
    },
  };
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

/** The newest installed version's program directory. */
async function findPrograms(): Promise<string> {
  const versions = await readdir(debianRoot).catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw postgresNotFound({ tried: [debianRoot] });
  return join(debianRoot, newest, "bin");
}

/** Runs a program as whoever shall own the cluster: the user `postgres` for root, else the caller. */
async function runAsOwner(directory: string): Promise<(program: string, args: string[]) => Promise<void>> {
  if (process.getuid?.() !== 0) {
    return async (program, args) => {
      await run(program, args, { cwd: directory });
    };
  }
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, "postgres"])));
  await chown(directory, Number(uid?.stdout), Number(gid?.stdout));
  return async (program, args) => {
    await run("runuser", ["-u", "postgres", "--", program, ...args], { cwd: directory });
  };
}
