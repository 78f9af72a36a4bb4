import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cluster, execute, freePort } from "./cluster.ts";
import { startOurs } from "./ours.ts";
import { insertChannels, insertMicrodao, preloadMessages } from "./preload.ts";
import { countMessages, type Program, type ProgramName, programOf, spawnReady } from "./program.ts";
import { hsToken } from "./protocol.ts";

/** Where a program finds what it needs. `rows` messages are in its tables before it starts, in the loaded variants. */
export interface Surroundings {
  readonly cluster: Cluster;
  readonly homeserverUrl: string;
  readonly rows: number;
}

const here = import.meta.dirname;

/** Gives the program a database of its own in the common cluster, fills it, and starts it. */
export async function startProgram(name: ProgramName, around: Surroundings): Promise<Program> {
  const databaseUrl = await around.cluster.createDatabase(name);
  switch (name) {
    case "floor":
      return startFloor(name, { databaseUrl, args: [], rows: 0 });
    case "bareFloor":
      return startFloor(name, { databaseUrl, args: ["--bare"], rows: 0 });
    case "tellingFloor":
      return startFloor(name, { databaseUrl, args: ["--telling"], rows: 0 });
    case "floorLoaded":
      return startFloor(name, { databaseUrl, args: [], rows: around.rows });
    case "naive":
      return startNaive(databaseUrl, around.homeserverUrl);
    case "ours":
      return startOurs(name, { databaseUrl, homeserverUrl: around.homeserverUrl, rows: 0 });
    case "oursLoaded":
      return startOurs(name, { databaseUrl, homeserverUrl: around.homeserverUrl, rows: around.rows });
  }
}

async function startFloor(
  name: ProgramName,
  options: { databaseUrl: string; args: string[]; rows: number },
): Promise<Program> {
  const { databaseUrl, rows } = options;
  // The floor makes its own tables, so it must run before they can be filled.
  const { child, url } = await spawnReady([join(here, "floor.ts"), databaseUrl, ...options.args]);
  await insertChannels(databaseUrl);
  if (rows > 0) await preloadMessages(databaseUrl, { rows, kinds: false });
  const parts = { name, child, databaseUrl, acknowledgesStored: true, countSql: countMessages };
  return programOf(parts, { url, hsToken });
}

async function startNaive(databaseUrl: string, homeserverUrl: string): Promise<Program> {
  await applyMigrations(databaseUrl);
  await insertMicrodao(databaseUrl);
  await insertChannels(databaseUrl);
  const port = String(await freePort());
  const { child, url } = await spawnReady([join(here, "naive.ts"), databaseUrl, homeserverUrl, port]);
  const parts = { child, databaseUrl, acknowledgesStored: false, countSql: countMessages };
  return programOf({ name: "naive", ...parts }, { url, hsToken });
}

/** The project's migrations as they lie in the tree, in order. The naive bridge uses the same tables as ours. */
async function applyMigrations(databaseUrl: string): Promise<void> {
  const root = join(here, "..", "prisma", "migrations");
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const name of names.sort()) {
    await execute(databaseUrl, await readFile(join(root, name, "migration.sql"), "utf8"));
  }
}
