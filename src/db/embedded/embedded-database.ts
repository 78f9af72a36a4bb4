import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Client } from "pg";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { randomToken } from "../../kernel/random.ts";
import { startDatabaseThread } from "./database-thread.ts";
import {
  type DirectoryLock,
  isHolderAlive,
  lifelessMs,
  readHolder,
  removeStaleLock,
  tryLock,
} from "./directory-lock.ts";
import { embeddedDatabaseBusy, embeddedDatabaseFailed } from "./errors.ts";

export interface EmbeddedDatabaseOptions {
  /** The directory of the database's files; made when it is not there. Beside it lies `<directory>.lock.json`. */
  directory: string;
  /** 0 or absent takes a free port. */
  port?: number;
  log: Log;
  clock?: Clock;
}

export interface EmbeddedDatabase {
  /** With a password that is new at every start, so that other users of the machine cannot come in over loopback. */
  url: string;
  /** False when another process (or another part of this one) has the database open, and this only joined it. */
  isOwner: boolean;
  /** Stops the database if this call started it. */
  close(): Promise<void>;
}

const retryMs = 100;
const patienceMs = 60_000;

/**
 * Starts the embedded PostgreSQL (PGlite with pgvector, in a worker thread, on 127.0.0.1), or joins the one that another
 * process runs on the same directory: a directory opened twice would be destroyed.
 *
 * Measured on two cores: first start 3 s, later ones 0.4 s; 6,000 single-row commits/s, 1,200 inserts of 100 rows/s,
 * 700 interactive transactions/s. A `kill -9` keeps every acknowledged commit, because the files are written by the
 * operating system; a power cut may not, because WebAssembly has no fsync. Production uses a PostgreSQL server.
 *
 * Throws `embedded_database_failed`, and `embedded_database_busy` when the owner neither answers nor ends.
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const directory = resolve(options.directory);
  const clock = options.clock ?? systemClock;
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const startedAt = clock.now().getTime();
  for (;;) {
    const lock = await tryLock(directory, clock);
    if (lock !== undefined) return openOwn({ ...options, directory }, lock);
    const url = await joinOrClear(directory, clock.now(), startedAt);
    if (url !== undefined) return { url, isOwner: false, close: () => Promise.resolve() };
    await new Promise((wake) => setTimeout(wake, retryMs));
  }
}

/** The url of the database that somebody else has open. If that somebody is dead, removes what is left of its lock. */
async function joinOrClear(directory: string, now: Date, waitingSince: number): Promise<string | undefined> {
  const holder = await readHolder(directory);
  const reply = await knock(holder?.url);
  if (reply === "open") return holder?.url;
  const waitedMs = now.getTime() - waitingSince;
  // Its process number may have gone to a stranger; an owner that only stops has no closed port for this long.
  const isAbandoned = reply === "refused" && waitedMs > lifelessMs;
  if (isAbandoned || !(await isHolderAlive(directory, holder, now))) {
    await removeStaleLock(directory, holder, now);
  } else if (waitedMs > patienceMs) {
    throw embeddedDatabaseBusy({ directory, pid: holder?.pid ?? 0 });
  }
  return undefined;
}

/** The database to use: the one that was configured, or else the embedded one under the data directory. */
export async function resolveDatabase(options: {
  databaseUrl: string | undefined;
  dataDir: string;
  log: Log;
}): Promise<EmbeddedDatabase> {
  if (options.databaseUrl !== undefined) {
    return { url: options.databaseUrl, isOwner: false, close: () => Promise.resolve() };
  }
  return startEmbeddedDatabase({ directory: `${options.dataDir}/postgres`, log: options.log });
}

/** Whether the database is there. The password in the url tells it from a stranger on a reused port: "refused" too. */
async function knock(url: string | undefined): Promise<"open" | "refused" | "none"> {
  if (url === undefined) return "none";
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return "open";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ECONNREFUSED" || code === "28P01" ? "refused" : "none";
  }
}

async function openOwn(
  options: EmbeddedDatabaseOptions & { directory: string },
  lock: DirectoryLock,
): Promise<EmbeddedDatabase> {
  try {
    const password = randomToken(24);
    const thread = await startDatabaseThread(options, password);
    const url = `postgresql://postgres:${password}@127.0.0.1:${thread.port}/postgres`;
    await lock.publish(url);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await thread.stop();
      await lock.release();
    };
    return { url, isOwner: true, close: () => (closing ??= close()) };
  } catch (error) {
    await lock.release();
    throw embeddedDatabaseFailed({ directory: options.directory, why: messageOf(error) }, { cause: error });
  }
}
