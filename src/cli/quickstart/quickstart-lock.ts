import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { quickstartRuns } from "./errors.ts";
import { findMarkedProcess, removeProcessMark, writeProcessMark } from "./process-mark.ts";

/**
 * Makes sure that one quickstart at a time uses a data directory: two would share an embedded database, which breaks it.
 * Throws `quickstart_runs`; otherwise gives what releases it. A process that was killed holds nothing.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, "quickstart.pid");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const holder = await findMarkedProcess(path);
  if (holder !== undefined && holder !== process.pid) throw quickstartRuns({ pid: holder, dataDir });
  await writeProcessMark(path, process.pid);
  return () => removeProcessMark(path);
}
