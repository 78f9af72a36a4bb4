import { join } from "node:path";
import { type ConfigFault, configInvalid } from "./fault.ts";
import { maskValue } from "./mask.ts";
import { type ConfigFile, type ReadFile, readConfigFile } from "./read-config-file.ts";
import { type Setting, type SettingKey, type SettingValues, settingRows } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that was configured, checked once. Settings that only some commands need may be absent. */
export interface Config extends SettingValues {
  registrationPath: string;
  bridgeUrl: string;
}

/** What `serve` and the commands that act on the bridge cannot do without. */
export type ServeConfig = Config & {
  databaseUrl: string;
  secretsKek: Uint8Array;
  homeserverUrl: string;
  serverName: string;
};

/** What writing and checking a registration cannot do without. */
export type RegistrationConfig = Config & { serverName: string };

/**
 * Reads the settings from the environment and, where it is silent, from `config.yaml` (or the file that CONFIG_PATH
 * names). An empty value counts as absent, because that is what Compose and systemd pass for a variable without one.
 * Throws `config_invalid` with every fault at once.
 */
export function loadConfig(env: Environment, readFile: ReadFile): Config {
  const { config, faults } = tryLoadConfig(env, readFile);
  if (faults.length > 0) throw configInvalid({ faults });
  return config;
}

/** The same without throwing: faulty settings have their defaults. For the doctor, which goes on looking. */
export function tryLoadConfig(
  env: Environment,
  readFile: ReadFile,
): { config: Config; faults: readonly ConfigFault[] } {
  const file = readConfigFile(env["CONFIG_PATH"], readFile);
  const faults: ConfigFault[] = [...file.faults];
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, row] of settingRows()) values[key] = readSetting(row, env, file, faults);
  return { config: withDerived(values as SettingValues), faults };
}

function readSetting(row: Setting, env: Environment, file: ConfigFile, faults: ConfigFault[]): unknown {
  const fromEnv = env[row.env]?.trim() ?? "";
  const text = fromEnv !== "" ? fromEnv : (file.values.get(row.env)?.trim() ?? "");
  if (text === "") return row.type.parse(undefined);
  const read = row.type.safeParse(text);
  if (read.success) return read.data;
  faults.push({
    path: fromEnv !== "" ? row.env : `${file.path}: ${row.env.toLowerCase()}`,
    found: maskValue(row, text),
    write: row.write,
  });
  return row.type.safeParse(undefined).data;
}

function withDerived(values: SettingValues): Config {
  const everywhere = ["0.0.0.0", "::", "[::]"].includes(values.host);
  const host = everywhere ? "127.0.0.1" : values.host.includes(":") ? `[${values.host}]` : values.host;
  return {
    ...values,
    registrationPath: values.registrationPath ?? join(values.dataDir, "registration.yaml"),
    bridgeUrl: values.bridgeUrl ?? `http://${host}:${values.port}`,
  };
}

/** The configuration with everything `serve` needs. Throws `config_invalid` naming each setting that is absent. */
export function requireServeConfig(config: Config): ServeConfig {
  return requireSettings(config, "serve") as ServeConfig;
}

/** The configuration with everything that a registration needs. Throws `config_invalid` otherwise. */
export function requireRegistrationConfig(config: Config): RegistrationConfig {
  return requireSettings(config, "registration") as RegistrationConfig;
}

/** The settings that the named command needs and that nobody set. */
export function missingSettings(config: Config, neededBy: "serve" | "registration"): readonly ConfigFault[] {
  return settingRows()
    .filter(([key, row]) => row.neededBy?.includes(neededBy) === true && config[key] === undefined)
    .map(([, row]) => ({ path: row.env, found: "nothing", write: row.write }));
}

function requireSettings(config: Config, neededBy: "serve" | "registration"): Config {
  const faults = missingSettings(config, neededBy);
  if (faults.length > 0) throw configInvalid({ faults });
  return config;
}
