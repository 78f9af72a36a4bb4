import { type FileHandle, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import type { Clock } from "../../kernel/clock.ts";
import { randomToken } from "../../kernel/random.ts";

/** Who has a data directory open. Without a url its server is still starting. */
export interface LockHolder {
  pid: number;
  url?: string;
}

/** A held lock; `publish` tells others where the database is to be reached. */
export interface DirectoryLock {
  publish(url: string): Promise<void>;
  release(): Promise<void>;
}

const heartbeatMs = 1_000;
/** A starting holder touches its lock every second; one that has not for this long is dead or stopped for good. */
export const lifelessMs = 15_000;

/** The lock file: JSON beside the directory, readable by its owner only, because the url holds a password. */
export function lockPathOf(directory: string): string {
  return `${directory}.lock.json`;
}

/** Takes the lock, or undefined when somebody has it. */
export async function tryLock(directory: string, clock: Clock): Promise<DirectoryLock | undefined> {
  const path = lockPathOf(directory);
  let file: FileHandle;
  try {
    file = await open(path, "wx", 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
    throw error;
  }
  await file.writeFile(JSON.stringify({ pid: process.pid } satisfies LockHolder));
  await file.close();
  return heldLock(path, clock);
}

function heldLock(path: string, clock: Clock): DirectoryLock {
  heldHere.add(path);
  const heartbeat = setInterval(() => void touch(path, clock.now()), heartbeatMs);
  heartbeat.unref();
  return {
    publish: async (url) => {
      clearInterval(heartbeat);
      // Written aside and renamed, so that nobody reads half of it.
      const aside = `${path}.${randomToken(6)}`;
      await writeFile(aside, JSON.stringify({ pid: process.pid, url } satisfies LockHolder), { mode: 0o600 });
      await rename(aside, path);
    },
    release: async () => {
      clearInterval(heartbeat);
      heldHere.delete(path);
      await rm(path, { force: true });
    },
  };
}

/** Locks of this very process: a file with our pid that is not among them is of an earlier life (containers reuse pids). */
const heldHere = new Set<string>();

/** Who has the lock; undefined when nobody has, or the file is being written. */
export async function readHolder(directory: string): Promise<LockHolder | undefined> {
  const text = await readFile(lockPathOf(directory), "utf8").catch(() => "");
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>;
    return typeof holder.pid === "number" ? { ...holder, pid: holder.pid } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that holds the lock still runs; while it starts, its heartbeat decides. */
export async function isHolderAlive(
  directory: string,
  holder: LockHolder | undefined,
  now: Date,
): Promise<boolean> {
  const path = lockPathOf(directory);
  if (holder !== undefined && holder.pid === process.pid) return heldHere.has(path);
  if (holder !== undefined && !isRunning(holder.pid)) return false;
  if (holder?.url !== undefined) return true;
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && now.getTime() - facts.mtimeMs < lifelessMs;
}

/**
 * Removes the lock of a holder that is dead. Two processes may find it dead together, and the slower one must not
 * remove the lock that the faster one has taken since: a second file lets one of them at a time look again and remove.
 */
export async function removeStaleLock(
  directory: string,
  seen: LockHolder | undefined,
  now: Date,
): Promise<void> {
  const path = lockPathOf(directory);
  const guard = `${path}.stale`;
  const file = await open(guard, "wx", 0o600).catch(() => undefined);
  if (file === undefined) {
    const facts = await stat(guard).catch(() => undefined);
    if (facts !== undefined && now.getTime() - facts.mtimeMs > lifelessMs) await rm(guard, { force: true });
    return;
  }
  try {
    const holder = await readHolder(directory);
    if (holder?.pid === seen?.pid && holder?.url === seen?.url) await rm(path, { force: true });
  } finally {
    await file.close();
    await rm(guard, { force: true });
  }
}

async function touch(path: string, now: Date): Promise<void> {
  await utimes(path, now, now).catch(() => undefined);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
