import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { destination } from "pino";
import type { Config } from "../../config/index.ts";
import { startEmbeddedDatabase } from "../../db/embedded/index.ts";
import type { Log } from "../../kernel/log.ts";
import { botUserId, requireUsableRegistration, writeRegistration } from "../../matrix/registration/index.ts";
import { openLog } from "../log.ts";
import { migrateDatabase } from "../migrate/migrate-database.ts";
import { registrationNames } from "../registration-names.ts";
import { startBridge } from "../serve.ts";
import { openDemoBridge } from "./demo-bridge.ts";
import type { QuickstartParts } from "./quickstart.ts";

/** The bridge as `microdao serve` has it, put together for one data directory. Its log goes to a file there. */
export function quickstartParts(config: Config): QuickstartParts {
  let opened: Log | undefined;
  // Not before it is needed: until the data directory is locked, the file may be another run's.
  const log = (): Log => (opened ??= openLog(config, destination(freshLog(config.dataDir))));
  return {
    startEmbeddedDatabase: (directory) => startEmbeddedDatabase({ directory, log: log() }),
    migrate: async (databaseUrl) => {
      await migrateDatabase(databaseUrl);
    },
    writeRegistration: async (complete) => {
      const names = registrationNames(complete);
      const { path, changes } = await writeRegistration({
        path: complete.registrationPath,
        names,
        dataDir: complete.dataDir,
      });
      const { asToken } = await requireUsableRegistration(path, names);
      return { path, asToken, botUserId: botUserId(names), changes };
    },
    openDemoBridge: (complete, bot) => openDemoBridge({ config: complete, botUserId: bot, log: log() }),
    startBridge: (complete) => startBridge(complete, { log: log() }),
  };
}

/** A log file of this run's own; that of the run before is kept beside it. */
function freshLog(dataDir: string): string {
  const path = join(dataDir, "bridge.log");
  if (existsSync(path)) renameSync(path, `${path}.1`);
  return path;
}
