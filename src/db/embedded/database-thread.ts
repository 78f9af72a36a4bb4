import { Worker } from "node:worker_threads";
import { bug } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { DatabaseWorkerData, DatabaseWorkerOrder, DatabaseWorkerReport } from "./database-worker.ts";

/** The thread with the database in it. */
export interface DatabaseThread {
  port: number;
  stop(): Promise<void>;
}

/** The session serves one client at a time however many there are; this only bounds mistakes. */
const maxConnections = 50;
const idleInTransactionMs = 60_000;
const maintenanceEveryMs = 15 * 60_000;
const restartDelayMs = 1_000;

/**
 * Starts the thread and waits until it listens. A thread that ends later without being told to (WebAssembly ran out of
 * memory, for example) is replaced by another on the same port: its clients see a database that was restarted.
 */
export async function startDatabaseThread(
  options: { directory: string; port?: number; log: Log },
  password: string,
): Promise<DatabaseThread> {
  const workerData: DatabaseWorkerData = {
    directory: options.directory,
    password,
    port: options.port ?? 0,
    maxConnections,
    idleInTransactionMs,
    maintenanceEveryMs,
  };
  let isStopping = false;
  let current = await startWorker(workerData, options.log);
  const { port } = current;
  const replace = (): void => {
    if (isStopping) return;
    options.log.warn({ directory: options.directory }, "the embedded database is started again");
    setTimeout(() => {
      if (isStopping) return;
      startWorker({ ...workerData, port }, options.log).then(watch, replace);
    }, restartDelayMs);
  };
  const watch = (worker: RunningWorker): void => {
    current = worker;
    void worker.ended.then(replace);
  };
  watch(current);
  return {
    port,
    stop: async () => {
      isStopping = true;
      await current.stop();
    },
  };
}

interface RunningWorker {
  port: number;
  ended: Promise<void>;
  stop(): Promise<void>;
}

async function startWorker(workerData: DatabaseWorkerData, log: Log): Promise<RunningWorker> {
  const worker = new Worker(new URL("./database-worker.ts", import.meta.url), { workerData });
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("message", (report: DatabaseWorkerReport) => resolve(report.port));
    worker.once("exit", () => reject(bug("its thread ended before it listened")));
    // Stays for the life of the thread: an error nobody listens to would end the process.
    worker.on("error", (error) => {
      log.error({ err: error }, "the embedded database ended with an error");
      reject(error instanceof Error ? error : bug(String(error)));
    });
  });
  return {
    port,
    ended,
    stop: () => {
      worker.postMessage("close" satisfies DatabaseWorkerOrder);
      return ended;
    },
  };
}
