import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { readRegistration } from "../../src/matrix/registration/index.ts";
import { runCli } from "./run-cli.ts";

export interface BridgeOptions {
  /** Absent: the process keeps its own embedded database under its data directory, as `npm start` does. */
  readonly databaseUrl?: string;
  readonly homeserverUrl: string;
  readonly serverName: string;
  /** Settings that differ, by their names in the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A bridge with a directory, a port and a registration of its own, run as a process that can be killed. */
export interface InstalledBridge {
  readonly dataDir: string;
  readonly url: string;
  readonly registrationPath: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly env: Readonly<Record<string, string>>;
  /** Starts a process and waits for the first 200 of `/health`. */
  start(changes?: Readonly<Record<string, string>>): Promise<BridgeProcess>;
  /** Everything that its processes have written so far, of all lives. */
  output(): string;
  /** Kills what still runs and removes its files. */
  remove(): Promise<void>;
}

export interface BridgeProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** kill -9; settles when the process is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; gives the exit code (null: ended by a signal) and how long it took. */
  stop(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** Resident memory, MiB. */
  rssMiB(): number;
}

const serveProgram = [join(import.meta.dirname, "../../src/cli/main.ts"), "serve"];
const embeddedProgram = [join(import.meta.dirname, "embedded-bridge.ts")];
const healthTimeoutMs = 120_000;

/** What the processes are given, and all that they have written. */
interface Setting {
  readonly program: readonly string[];
  readonly directory: string;
  readonly url: string;
  readonly written: string[];
}

/** Writes what an operator would write, a registration included; starts nothing yet. */
export async function installBridge(options: BridgeOptions): Promise<InstalledBridge> {
  const directory = await mkdtemp(join(tmpdir(), "microdao-bridge-"));
  const port = await freePort("127.0.0.1");
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    DATA_DIR: directory,
    PORT: String(port),
    MATRIX_SERVER_NAME: options.serverName,
    MATRIX_HOMESERVER_URL: options.homeserverUrl,
    SECRETS_KEK: Buffer.alloc(32, 7).toString("base64"),
    ...(options.databaseUrl !== undefined && { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  };
  const made = await runCli(["registration"], { directory, env });
  if (made.code !== 0) throw new Error(`no registration: ${made.stderr}`);
  const registrationPath = join(directory, "registration.yaml");
  const { raw } = await readRegistration(registrationPath);
  const url = `http://127.0.0.1:${port}`;
  const children = new Set<ChildProcess>();
  const program = options.databaseUrl === undefined ? embeddedProgram : serveProgram;
  const setting: Setting = { program, directory, url, written: [] };
  return {
    dataDir: directory,
    url,
    registrationPath,
    asToken: String(raw["as_token"]),
    hsToken: String(raw["hs_token"]),
    env,
    output: () => setting.written.join(""),
    async start(changes = {}) {
      const child = spawnBridge(setting, { ...env, ...changes });
      children.add(child);
      child.once("exit", () => children.delete(child));
      await untilHealthy(setting, child);
      return bridgeProcess(child);
    },
    async remove() {
      await Promise.all([...children].map((child) => bridgeProcess(child).kill()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function spawnBridge({ program, directory, written }: Setting, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, program, {
    cwd: directory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => void written.push(chunk));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.removeListener("exit", kill));
  return child;
}

async function untilHealthy({ url, written }: Setting, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + healthTimeoutMs;
  while (!isOver(child)) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      break;
    }
    await pause(10);
  }
  throw new Error(`the bridge did not start\n${written.join("").slice(-4_000)}`);
}

function bridgeProcess(child: ChildProcess): BridgeProcess {
  const end = async (signal: NodeJS.Signals) => {
    const began = performance.now();
    const ended = isOver(child) ? undefined : once(child, "exit");
    child.kill(signal);
    await ended;
    return { code: child.exitCode, ms: performance.now() - began };
  };
  return {
    pid: child.pid ?? 0,
    isRunning: () => !isOver(child),
    async kill() {
      await end("SIGKILL");
    },
    stop: (signal = "SIGTERM") => end(signal),
    rssMiB: () =>
      Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })) / 1024,
  };
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
