import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endMarkedProcess, findMarkedProcess, writeProcessMark } from "./process-mark.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "microdao-mark-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function sleeper() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  return { child, pid: child.pid!, exit: once(child, "exit") };
}

it("a marked process is found while it runs and not after", async () => {
  const path = join(directory, "found");
  const { child, pid, exit } = await sleeper();
  await writeProcessMark(path, pid);
  expect(await findMarkedProcess(path)).toBe(pid);
  child.kill("SIGKILL");
  await exit;
  expect(await findMarkedProcess(path)).toBeUndefined();
});

it("a stranger with the same number is not taken for the marked process, and lives on", async () => {
  const path = join(directory, "stranger");
  const { child, pid, exit } = await sleeper();
  await writeProcessMark(path, pid);
  const mark = await readFile(path, "utf8");
  await writeFile(path, mark.replace(/\n\d+/, "\n1"));
  expect(await endMarkedProcess(path, 1000)).toBe(false);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await exit;
});

it("what is no mark marks nobody", async () => {
  const path = join(directory, "none");
  expect(await findMarkedProcess(path)).toBeUndefined();
  for (const text of ["", "0\n", "-1\n", "x", `${process.pid}\n`]) {
    await writeFile(path, text);
    expect(await findMarkedProcess(path)).toBeUndefined();
  }
});

it("ending a marked process ends it and removes the mark", async () => {
  const path = join(directory, "end");
  const { pid, exit } = await sleeper();
  await writeProcessMark(path, pid);
  expect(await endMarkedProcess(path, 1000)).toBe(true);
  expect((await exit)[1]).toBe("SIGTERM");
  await expect(readFile(path)).rejects.toThrow("ENOENT");
});
