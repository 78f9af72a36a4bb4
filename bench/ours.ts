import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "yaml";
import { declareError } from "../src/kernel/errors.ts";
import { freePort } from "./cluster.ts";
import { serverName } from "./generator.ts";
import { insertChannels, insertMatrixRooms, insertMicrodao, preloadMessages } from "./preload.ts";
import { endWithUs, type Program, type ProgramName, programOf, stopProcess } from "./program.ts";

/** Our bridge, configured and not yet started. */
export interface Installation {
  readonly env: Record<string, string>;
  readonly url: string;
  readonly hsToken: string;
  readonly logPath: string;
  remove(): Promise<void>;
}

const neverHealthy = declareError<{ url: string; log: string }>(
  "never_healthy",
  "bug",
  ({ url, log }) => `${url}/health did not answer 200 within a minute\n${log}`,
);

const run = promisify(execFile);
/** Our command line. */
export const main = join(import.meta.dirname, "..", "src", "cli", "main.ts");
const healthTimeoutMs = 60_000;

/**
 * Every event must be a row of the table that its kind belongs to. Edits, reactions and redactions are rows of their
 * own, and a member event is one of the member's history.
 */
const countMirrored = `
  SELECT (SELECT count(*) FROM messages WHERE matrix_event_id = ANY ($1))::int
       + (SELECT count(*) FROM matrix.edits WHERE event_id = ANY ($1))::int
       + (SELECT count(*) FROM matrix.reactions WHERE event_id = ANY ($1))::int
       + (SELECT count(*) FROM matrix.redactions WHERE event_id = ANY ($1))::int
       + (SELECT count(*) FROM matrix.member_events WHERE event_id = ANY ($1))::int AS stored`;

/**
 * Writes what a homeserver admin would write: an environment, a registration. Without `databaseUrl` the bridge uses its
 * embedded database.
 */
export async function install(homeserverUrl: string, databaseUrl?: string): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), "microdao-bench-ours-"));
  const port = await freePort();
  const registrationPath = join(directory, "registration.yaml");
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    DATA_DIR: directory,
    REGISTRATION_PATH: registrationPath,
    MATRIX_HOMESERVER_URL: homeserverUrl,
    MATRIX_SERVER_NAME: serverName,
    HOST: "127.0.0.1",
    PORT: String(port),
    SECRETS_KEK: randomBytes(32).toString("base64"),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  await run(process.execPath, [main, "registration"], { env });
  const registration = parse(await readFile(registrationPath, "utf8")) as { hs_token: string };
  return {
    env,
    url: `http://127.0.0.1:${port}`,
    hsToken: registration.hs_token,
    logPath: join(directory, "log"),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Runs one command of our CLI to its end. */
export async function runCommand(installation: Installation, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [main, ...args], { env: installation.env });
  return stdout;
}

/**
 * Starts `serve`, log at its default level into a file, and waits for the first 200 of `/health`.
 * Returns how long that took, milliseconds from spawn.
 */
export async function serve(installation: Installation): Promise<{ child: ChildProcess; startMs: number }> {
  const startedAt = performance.now();
  const log = openSync(installation.logPath, "a");
  const flags = profileFlags();
  const child = spawn(process.execPath, [...flags, main, "serve"], {
    env: installation.env,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  endWithUs(child);
  while (performance.now() - startedAt < healthTimeoutMs && child.exitCode === null) {
    const answer = await fetch(`${installation.url}/health`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return { child, startMs: performance.now() - startedAt };
    await sleep(5);
  }
  child.kill("SIGKILL");
  const text = await readFile(installation.logPath, "utf8");
  throw neverHealthy({ url: installation.url, log: text.slice(-4000) });
}

/** A migrated database with linked rooms, `rows` old messages, and our bridge on it. */
export async function startOurs(
  name: ProgramName,
  options: { databaseUrl: string; homeserverUrl: string; rows: number },
): Promise<Program> {
  const { databaseUrl, rows } = options;
  const installation = await install(options.homeserverUrl, databaseUrl);
  await runCommand(installation, "migrate", "up");
  await insertMicrodao(databaseUrl);
  await insertChannels(databaseUrl);
  await insertMatrixRooms(databaseUrl);
  if (rows > 0) await preloadMessages(databaseUrl, { rows, kinds: true });
  const { child } = await serve(installation);
  return ourProgram(name, { installation, child, databaseUrl });
}

/** Our running bridge as a program to be measured. Stopping it also removes its files. */
export function ourProgram(
  name: ProgramName,
  parts: { installation: Installation; child: ChildProcess; databaseUrl: string },
): Program {
  const { installation, child, databaseUrl } = parts;
  const program = programOf(
    { name, child, databaseUrl, acknowledgesStored: true, countSql: countMirrored },
    installation,
  );
  const stop = async () => {
    program.driver.close();
    await stopProcess(child);
    await installation.remove();
  };
  return { ...program, stop };
}

/** `BENCH_CPU_PROFILE=<directory>` has our process write a CPU profile there when it ends. */
function profileFlags(): string[] {
  const directory = process.env["BENCH_CPU_PROFILE"];
  return directory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${directory}`];
}
