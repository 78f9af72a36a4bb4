/**
 * The thread in which the embedded database lives: PGlite (PostgreSQL in WebAssembly) runs queries synchronously,
 * and would stop the event loop of the process it serves.
 */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { query, WireServer } from "./wire-server.ts";

/** What the thread is started with. */
export interface DatabaseWorkerData {
  directory: string;
  password: string;
  port: number;
  maxConnections: number;
  idleInTransactionMs: number;
  maintenanceEveryMs: number;
}

/** What the thread tells once it serves. An error that ends it is the worker's "error" event. */
export interface DatabaseWorkerReport {
  port: number;
}

/** What the thread may be told. */
export type DatabaseWorkerOrder = "close";

const data = workerData as DatabaseWorkerData;

/** A first start fills a directory beside the final one, so that a kill in the middle leaves no half-made database. */
async function createDirectory(directory: string): Promise<void> {
  if (existsSync(`${directory}/PG_VERSION`)) return;
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const fresh = await PGlite.create({ dataDir: unfinished });
  await fresh.close();
  await rename(unfinished, directory);
}

async function openPglite(directory: string): Promise<PGlite> {
  await createDirectory(directory);
  return PGlite.create({ dataDir: directory, extensions: { vector } });
}

/** Feeds one request to the session and gathers its answer. The chunks are views of WebAssembly memory: copied. */
async function runProtocol(pglite: PGlite, request: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pglite.execProtocolRawStream(request, {
    syncToFs: false, // the files are the host's own; there is nothing to copy out
    onRawData: (chunk) => chunks.push(Buffer.from(chunk)),
  });
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
}

/** What a server says after authentication, taken from one real startup: its parameters, key and ReadyForQuery. */
async function greetingOf(pglite: PGlite): Promise<Buffer> {
  const body = Buffer.from("\0\x03\0\0user\0postgres\0database\0postgres\0\0", "latin1");
  const startup = Buffer.concat([Buffer.alloc(4), body]);
  startup.writeInt32BE(startup.length, 0);
  const answer = await runProtocol(pglite, startup);
  const authentication = 1 + answer.readInt32BE(1);
  return answer.subarray(authentication);
}

/** PGlite has no autovacuum: without this, tables that are updated grow for ever and the planner has no statistics. */
function maintain(server: WireServer): NodeJS.Timeout {
  return setInterval(() => server.runBetween("VACUUM (ANALYZE)"), data.maintenanceEveryMs).unref();
}

const pglite = await openPglite(data.directory);
await runProtocol(pglite, query("SET TIME ZONE 'UTC'"));
const server = new WireServer({
  ...data,
  run: (request) => runProtocol(pglite, request),
  greeting: await greetingOf(pglite),
  broken: (error) => {
    setImmediate(() => {
      throw error; // ends the thread; whoever started it hears of it and starts another
    });
  },
});
const timer = maintain(server);
parentPort?.once("message", () => {
  clearInterval(timer);
  void server
    .close()
    .then(() => pglite.close())
    .then(() => parentPort?.close());
});
const listening: DatabaseWorkerReport = { port: await server.listen() };
parentPort?.postMessage(listening);
