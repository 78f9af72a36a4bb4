import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { declareError } from "../src/kernel/errors.ts";
import { execute } from "./cluster.ts";
import { createDriver, type Driver } from "./driver.ts";
import { createEventStream, type EventStream } from "./generator.ts";

export type ProgramName =
  | "floor"
  | "bareFloor"
  | "tellingFloor"
  | "naive"
  | "ours"
  | "floorLoaded"
  | "oursLoaded";

/** A program under measurement: its process, its database, and its own copy of the stream, at its own place. */
export interface Program {
  readonly name: ProgramName;
  readonly child: ChildProcess;
  readonly driver: Driver;
  readonly stream: EventStream;
  readonly databaseUrl: string;
  /** Whether a 200 means that the events are stored. The naive bridge answers first and stores later. */
  readonly acknowledgesStored: boolean;
  /** Counts which of the events `$1` (ids) are rows. */
  readonly countSql: string;
  stop(): Promise<void>;
}

const programFailed = declareError<{ what: string; log: string }>(
  "program_failed",
  "bug",
  ({ what, log }) => `${what}\n${log}`,
);

const errorsKept = 4000;
const seed = 20_261_121;
/** The events are fresh, so that ours looks for mentions and commands in them, and never from the future. */
const firstEventAt = Date.now() - 30 * 60_000;

/** Every program gets the same events: same seed, same start. */
export function newStream(): EventStream {
  return createEventStream({ seed, startTs: firstEventAt });
}

/** One row of `messages` per event, whatever its type. */
export const countMessages = "SELECT count(*)::int AS stored FROM messages WHERE matrix_event_id = ANY ($1)";

/** Starts a Node program and waits for its first line, a JSON object with the URL it listens on. */
export async function spawnReady(args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  endWithUs(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-errorsKept);
  });
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => {
      const fault = programFailed({
        what: `${args.join(" ")} ended with ${code ?? "a signal"}`,
        log: errors,
      });
      // Long after the promise is settled this still tells why a figure could not be taken.
      if (code !== 0) process.stderr.write(`${fault.message}\n`);
      reject(fault);
    });
    lines.on("line", (line) => {
      if (line.startsWith('{"url"')) resolve({ child, url: (JSON.parse(line) as { url: string }).url });
    });
  });
}

/** Has the process end with this one, also while it is stopped by a signal. */
export function endWithUs(child: ChildProcess): void {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.removeListener("exit", kill));
}

/** Makes a program of a running process. */
export function programOf(
  parts: Pick<Program, "name" | "child" | "databaseUrl" | "acknowledgesStored" | "countSql">,
  reach: { url: string; hsToken: string },
): Program {
  const driver = createDriver(reach.url, reach.hsToken);
  const stop = async () => {
    driver.close();
    await stopProcess(parts.child);
  };
  return { ...parts, driver, stream: newStream(), stop };
}

/** Ends a process that we started: politely, after ten seconds by force. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(force);
}

/** How many of these events are in the tables. */
export async function countStored(program: Program, eventIds: readonly string[]): Promise<number> {
  const result = await execute(program.databaseUrl, program.countSql, [eventIds]);
  return (result.rows as { stored: number }[])[0]?.stored ?? 0;
}

/** Resident memory of the process, MiB. Linux only, as the whole benchmark is. */
export async function rssMiB(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** Processor milliseconds used so far: by the program with all its threads, and by its database sessions. */
export interface CpuTime {
  readonly program: number;
  readonly database: number;
}

/** How many bytes the program's server has written to its log so far, of all its databases. */
export async function walPosition(program: Program): Promise<number> {
  const sql = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes";
  const result = await execute(program.databaseUrl, sql);
  return (result.rows as { bytes: number }[])[0]?.bytes ?? 0;
}

/** Reads the kernel's scheduler statistics, which count in nanoseconds where `stat` counts in hundredths of a second. */
export async function cpuTime(program: Program): Promise<CpuTime> {
  const { pid } = program.child;
  const threads = await readdir(`/proc/${pid}/task`);
  const sessions = await execute(
    program.databaseUrl,
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  const sum = async (paths: string[]) => {
    const times = await Promise.all(paths.map(onCpuMs));
    return times.reduce((total, time) => total + time, 0);
  };
  return {
    program: await sum(threads.map((thread) => `/proc/${pid}/task/${thread}`)),
    // Sessions of the embedded database are no processes; they are not found, and count as nothing.
    database: await sum((sessions.rows as { pid: number }[]).map((session) => `/proc/${session.pid}`)),
  };
}

/** https://docs.kernel.org/scheduler/sched-stats.html: the first number is the time spent on a processor. */
async function onCpuMs(directory: string): Promise<number> {
  const text = await readFile(`${directory}/schedstat`, "utf8").catch(() => "0");
  return Number(text.split(" ")[0]) / 1e6;
}
