/**
 * A PostgreSQL for those who have none: PGlite in a thread of this process, behind the ordinary wire protocol, so that
 * the rest of the code only ever sees a database URL.
 * Always true: one process at a time has a directory open, and others join it; what was acknowledged survives a kill.
 */
export {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  resolveDatabase,
  startEmbeddedDatabase,
} from "./embedded-database.ts";
export { embeddedDatabaseBusy, embeddedDatabaseFailed } from "./errors.ts";
