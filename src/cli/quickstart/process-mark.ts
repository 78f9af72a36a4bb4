import { readFile, rm, writeFile } from "node:fs/promises";
import { runCommand } from "./run-command.ts";

/**
 * A mark is a small file that says which process holds something. Process numbers are used again, so the mark also holds
 * when the process began and what its command line is, and a process counts as the marked one only if both still agree.
 */
export async function writeProcessMark(path: string, pid: number): Promise<void> {
  await writeFile(path, `${pid}\n${await fingerprintOf(pid)}\n`, { mode: 0o600 });
}

export async function removeProcessMark(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** The process that `path` marks, if it still runs. */
export async function findMarkedProcess(path: string): Promise<number | undefined> {
  const mark = await readFile(path, "utf8").catch(() => "");
  const [first = "", ...rest] = mark.trimEnd().split("\n");
  const pid = Number.parseInt(first, 10);
  if (!(pid > 0)) return undefined;
  const now = await fingerprintOf(pid);
  return now !== "" && now === rest.join("\n") ? pid : undefined;
}

/** Ends the process that `path` marks, if it still runs: politely, after `patienceMs` by force. Removes the mark. */
export async function endMarkedProcess(path: string, patienceMs: number): Promise<boolean> {
  const pid = await findMarkedProcess(path);
  if (pid !== undefined) {
    signalProcess(pid, "SIGTERM");
    for (let waited = 0; waited < patienceMs && (await findMarkedProcess(path)) === pid; waited += 100) {
      await new Promise((wake) => setTimeout(wake, 100));
    }
    if ((await findMarkedProcess(path)) === pid) signalProcess(pid, "SIGKILL");
  }
  await removeProcessMark(path);
  return pid !== undefined;
}

/** Sends a signal to a process that may be gone already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

/** When a process began and its command line; empty when there is no such process. `ps` serves where /proc does not exist. */
async function fingerprintOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat !== undefined) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    // proc(5): the name is in parentheses and may hold anything; 20 fields after it comes the start time. Zombies have ended.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : `${fields[19]} ${command.replaceAll("\0", " ").trim()}`;
  }
  if (process.platform === "linux") return "";
  const { ok, lines } = await runCommand("ps", ["-ww", "-o", "lstart=,command=", "-p", String(pid)]);
  return ok ? lines.join("\n").trim() : "";
}
