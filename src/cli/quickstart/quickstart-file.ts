import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeWholeFile } from "./write-whole-file.ts";

/** What scripts read from `.data/quickstart.json` while `npm start` runs. The names are a public contract. */
export interface QuickstartFacts {
  readonly homeserverUrl: string;
  readonly serverName: string;
  readonly bridgeUrl: string;
  readonly consoleUrl: string;
  readonly databaseUrl: string;
  readonly registrationPath: string;
  readonly botUserId: string;
  readonly users: readonly { userId: string; password: string; accessToken: string }[];
  readonly rooms: readonly { roomId: string; alias: string; channelId: string; slug: string }[];
  readonly agents: readonly { externalId: string; matrixId: string; accessKey: string }[];
  readonly adminKey: string;
}

const pathIn = (dataDir: string): string => join(dataDir, "quickstart.json");

export async function writeQuickstartFile(dataDir: string, facts: QuickstartFacts): Promise<void> {
  await writeWholeFile(pathIn(dataDir), `${JSON.stringify(facts, null, 2)}\n`);
}

/** What is in it is true only while everything runs. */
export async function removeQuickstartFile(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true });
}
