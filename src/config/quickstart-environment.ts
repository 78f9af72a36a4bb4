import { join } from "node:path";
import { z } from "zod";
import type { Environment } from "./load-config.ts";
import type { ReadFile } from "./read-config-file.ts";

const facts = z.object({
  homeserverUrl: z.string(),
  serverName: z.string(),
  bridgeUrl: z.string(),
  databaseUrl: z.string(),
  registrationPath: z.string(),
});
const state = z.object({ secretsKek: z.string() });

/**
 * What `npm start` chose, as environment variables: with it, commands in a second terminal reach the world that it
 * brought up. Empty when it does not run; it takes `quickstart.json` away when it stops.
 */
export function quickstartEnvironment(dataDir: string, readFile: ReadFile): Environment {
  const found = facts.safeParse(readJson(join(dataDir, "quickstart.json"), readFile));
  if (!found.success) return {};
  const kept = state.safeParse(readJson(join(dataDir, "quickstart-state.json"), readFile));
  return {
    MATRIX_HOMESERVER_URL: found.data.homeserverUrl,
    MATRIX_SERVER_NAME: found.data.serverName,
    BRIDGE_URL: found.data.bridgeUrl,
    DATABASE_URL: found.data.databaseUrl,
    REGISTRATION_PATH: found.data.registrationPath,
    ...(kept.success ? { SECRETS_KEK: kept.data.secretsKek } : {}),
  };
}

function readJson(path: string, readFile: ReadFile): unknown {
  try {
    return JSON.parse(readFile(path) ?? "null");
  } catch {
    return undefined;
  }
}
