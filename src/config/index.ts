/**
 * The configuration: environment variables and optionally a file, read and checked once, at the start of a process.
 * Always true: nobody else reads `process.env`, all faults are reported together, and no secret is ever part of one.
 */
export { type ConfigFault, configInvalid, sayFault } from "./fault.ts";
export {
  type Config,
  type Environment,
  loadConfig,
  missingSettings,
  type RegistrationConfig,
  requireRegistrationConfig,
  requireServeConfig,
  type ServeConfig,
  tryLoadConfig,
} from "./load-config.ts";
export { maskUrlPassword } from "./mask.ts";
export {
  inspectCommandConfig,
  loadCommandConfig,
  loadProcessConfig,
  processEnvironment,
} from "./process-config.ts";
export type { ReadFile } from "./read-config-file.ts";
