/**
 * A bridge and its embedded database in one process, put together as `npm start` does: when it is killed, the database
 * dies with it. Configured by the environment, as `microdao serve` is.
 */
import { openLog } from "../../src/cli/log.ts";
import { startBridge } from "../../src/cli/serve.ts";
import { loadProcessConfig, requireServeConfig } from "../../src/config/index.ts";
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";

const config = loadProcessConfig();
const log = openLog(config);
const database = await startEmbeddedDatabase({ directory: `${config.dataDir}/postgres`, log });
const bridge = await startBridge(requireServeConfig({ ...config, databaseUrl: database.url }), { log });
process.once("SIGTERM", () => void bridge.close().then(() => database.close()));
