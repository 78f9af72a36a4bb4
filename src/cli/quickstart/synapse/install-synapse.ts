import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { runCommand } from "../run-command.ts";
import { synapseNotInstallable } from "./errors.ts";

/** 1.160 is the first version that the bridge was run against; the next major version may be another program. */
const requirement = "matrix-synapse>=1.160,<2";
const pythons = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const usable = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)";
const installed = "import synapse.app.homeserver";
const progressMs = 10_000;

export interface InstallOptions {
  /** Where the virtual environment is or shall be. */
  readonly venvDir: string;
  /** Told what is going on, one line at a time. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The Python of a virtual environment that holds Synapse; installs it there when it does not. A new environment is made
 * beside its place and moved there when it is whole, so a half installed one is never used, whoever is killed when, and two
 * that install at once do not meet.
 */
export async function ensureSynapseInstalled(options: InstallOptions): Promise<string> {
  const venvDir = resolve(options.venvDir);
  const python = pythonOf(venvDir);
  if (await canRun(python, installed)) return python;
  await mkdir(dirname(venvDir), { recursive: true });
  await removeAbandoned(venvDir);
  const building = `${venvDir}.building-${process.pid}`;
  try {
    await install(building, options);
    await rm(venvDir, { recursive: true, force: true });
    await rename(building, venvDir).catch(async (error: unknown) => {
      if (!(await canRun(python, installed))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return python;
}

function pythonOf(venvDir: string): string {
  return process.platform === "win32"
    ? join(venvDir, "Scripts", "python.exe")
    : join(venvDir, "bin", "python");
}

async function canRun(python: string, program: string): Promise<boolean> {
  return (await runCommand(python, ["-c", program])).ok;
}

async function findPython(): Promise<string> {
  for (const python of pythons) if (await canRun(python, usable)) return python;
  throw synapseNotInstallable({
    why: "no Python 3.10 or newer with venv and pip was found (on Debian and Ubuntu: apt install python3-venv)",
  });
}

async function install(venvDir: string, { say, signal }: InstallOptions): Promise<void> {
  const python = await findPython();
  const run = async (program: string, args: readonly string[], onLine: (line: string) => void) => {
    const result = await runCommand(program, args, { onLine, ...(signal && { signal }) });
    if (!result.ok) {
      throw synapseNotInstallable({
        why: `${args.slice(0, 3).join(" ")} failed\n${lastWords(result.lines)}`,
      });
    }
  };
  say("Installing Synapse into a virtual environment; the first time this takes about a minute.");
  await run(python, ["-m", "venv", venvDir], () => undefined);
  let fetched = 0;
  const progress = setInterval(() => {
    say(`  still installing: ${fetched} packages found so far`);
  }, progressMs);
  try {
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary"];
    await run(pythonOf(venvDir), [...pip, requirement], (line) => {
      if (line.startsWith("Collecting ")) fetched += 1;
      if (line.startsWith("Installing collected")) say(`  fetched ${fetched} packages, unpacking them`);
    });
  } finally {
    clearInterval(progress);
  }
  say("Synapse is installed.");
}

function lastWords(lines: readonly string[]): string {
  return lines.slice(-6).join("\n");
}

/** What somebody who was killed left beside the place. */
async function removeAbandoned(venvDir: string): Promise<void> {
  const prefix = `${basename(venvDir)}.building-`;
  for (const name of await readdir(dirname(venvDir))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    await rm(join(dirname(venvDir), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
