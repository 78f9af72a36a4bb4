import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { type ConfigFault, configInvalid } from "./fault.ts";
import { type Config, type Environment, loadConfig, tryLoadConfig } from "./load-config.ts";
import { quickstartEnvironment } from "./quickstart-environment.ts";

/**
 * The environment of this process, completed by the file `.env` of the working directory where the environment is
 * silent. This is the only place that reads `process.env`.
 */
export function processEnvironment(): Environment {
  const dotenv = readTextFile(".env");
  return { ...(dotenv === undefined ? {} : parseEnv(dotenv)), ...withoutEmpty(process.env) };
}

/** The configuration of this process. Throws `config_invalid` with every fault. */
export function loadProcessConfig(): Config {
  return loadConfig(processEnvironment(), readTextFile);
}

/**
 * The configuration for commands that act on a bridge beside them: where nothing is set and `npm start` runs here, what
 * that chose. Throws `config_invalid` with every fault.
 */
export function loadCommandConfig(): Config {
  const { config, faults } = inspectCommandConfig();
  if (faults.length > 0) throw configInvalid({ faults });
  return config;
}

/** The same for the doctor: the faults beside the configuration, and whether `npm start` filled it in. */
export function inspectCommandConfig(): {
  config: Config;
  faults: readonly ConfigFault[];
  fromQuickstart: boolean;
} {
  const env = processEnvironment();
  const own = tryLoadConfig(env, readTextFile);
  const chosen = quickstartEnvironment(own.config.dataDir, readTextFile);
  if (Object.keys(chosen).length === 0) return { ...own, fromQuickstart: false };
  return { ...tryLoadConfig({ ...chosen, ...env }, readTextFile), fromQuickstart: true };
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
