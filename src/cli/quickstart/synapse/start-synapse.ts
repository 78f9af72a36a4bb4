import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { monotonicMs } from "../../../kernel/clock.ts";
import { endMarkedProcess, writeProcessMark } from "../process-mark.ts";
import { synapseNotStarted } from "./errors.ts";
import {
  markPathOf,
  type SynapseFiles,
  type SynapsePlan,
  writeSynapseConfig,
} from "./write-synapse-config.ts";

export interface RunningSynapse extends SynapseFiles {
  readonly url: string;
  readonly serverName: string;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it: politely, after four seconds by force. */
  readonly stop: () => Promise<void>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
}

const launcher = fileURLToPath(new URL("launch.py", import.meta.url));
const startMs = 90_000;
const stopMs = 4_000;

/**
 * Starts Synapse with `python` (which must have it installed) and waits until it answers. The process ends with ours,
 * whatever happens to us; should one of an earlier run in the same directory still be there, it is ended first, for two
 * Synapses must not share a database.
 */
export async function startSynapse(python: string, plan: SynapsePlan): Promise<RunningSynapse> {
  const files = await writeSynapseConfig(plan);
  await endLeftoverSynapse(plan.dataDir);
  const child = await launch(python, files);
  const ended = once(child, "exit").then(() => undefined);
  const pid = child.pid ?? 0;
  const url = `http://127.0.0.1:${plan.port}`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    const force = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended;
    clearTimeout(force);
    await rm(files.markPath, { force: true });
  };
  try {
    await writeProcessMark(files.markPath, pid);
    await untilHealthy(url, child);
  } catch (error) {
    await end("SIGKILL");
    throw synapseNotStarted({ why: reasonOf(error), log: await lastLines(files) }, { cause: error });
  }
  return {
    ...files,
    url,
    serverName: plan.serverName,
    pid,
    ended,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Ends the Synapse of an earlier run that still uses `dataDir`, if there is one. */
export async function endLeftoverSynapse(dataDir: string): Promise<void> {
  await endMarkedProcess(markPathOf(dataDir), stopMs);
}

async function launch(python: string, files: SynapseFiles): Promise<ChildProcess> {
  const output = await open(files.consolePath, "w", 0o600);
  try {
    const child = spawn(python, [launcher, "--config-path", files.configPath], {
      stdio: ["pipe", output.fd, output.fd],
      // A process group of its own: Ctrl-C in the terminal is for us, and we stop Synapse when its turn comes.
      detached: true,
    });
    await once(child, "spawn");
    child.stdin?.on("error", () => undefined);
    return child;
  } finally {
    await output.close();
  }
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  const deadline = monotonicMs() + startMs;
  while (monotonicMs() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw synapseNotStarted({ why: "it ended", log: "" });
    const healthy = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })
      .then((reply) => reply.ok)
      .catch(() => false);
    if (healthy) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw synapseNotStarted({ why: `no answer within ${startMs / 1000} seconds`, log: "" });
}

function reasonOf(error: unknown): string {
  return synapseNotStarted.is(error) ? error.details.why : "its process could not be watched";
}

async function lastLines(files: SynapseFiles): Promise<string> {
  const parts = await Promise.all(
    [files.consolePath, files.logPath].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return parts
    .map((text) => text.trimEnd().split("\n").slice(-8).join("\n"))
    .filter((text) => text !== "")
    .join("\n");
}
