import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { ConfigFault } from "./fault.ts";
import { type Config, type Environment, loadConfig, tryLoadConfig } from "./load-config.ts";

/**
 * The environment of this process, completed by the file `.env` of the working directory where the environment is
 * silent. This is the only place that reads `process.env`.
 */
export function processEnvironment(): Environment {
  const dotenv = readTextFile(".env");
  return dotenv === undefined ? { ...process.env } : { ...parseEnv(dotenv), ...withoutEmpty(process.env) };
}

/** The configuration of this process. Throws `config_invalid` with every fault. */
export function loadProcessConfig(): Config {
  return loadConfig(processEnvironment(), readTextFile);
}

/** The same for the doctor: the faults beside the configuration, instead of an error. */
export function inspectProcessConfig(): { config: Config; faults: readonly ConfigFault[] } {
  return tryLoadConfig(processEnvironment(), readTextFile);
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR")) {
      return undefined;
    }
    throw error;
  }
}
