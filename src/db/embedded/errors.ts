import { declareError } from "../../kernel/errors.ts";

export const embeddedDatabaseFailed = declareError<{ directory: string; why: string }>(
  "embedded_database_failed",
  "unavailable",
  ({ directory, why }) =>
    `The embedded PostgreSQL in ${directory} could not be started: ${why}. ` +
    "Set DATABASE_URL to use another PostgreSQL, or move the directory away to begin anew.",
);

export const embeddedDatabaseBusy = declareError<{ directory: string; pid: number }>(
  "embedded_database_busy",
  "conflict",
  ({ directory, pid }) =>
    `Process ${pid} holds the embedded PostgreSQL in ${directory} and does not answer. Stop that process first.`,
);
