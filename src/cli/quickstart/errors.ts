import { declareError } from "../../kernel/errors.ts";

/** The three ways to a homeserver, for whoever has none. */
const waysToGoOn = `There is no homeserver to talk to. Three ways to go on:
  1. Give the bridge one that runs: set MATRIX_HOMESERVER_URL (and MATRIX_SERVER_NAME) and start again.
  2. Let Docker bring one: docker compose up
  3. Install Python 3.10 or newer with venv and pip (on Debian and Ubuntu: apt install python3-venv), check that pip
     reaches its package index, and start again: a private Synapse is then installed under the data directory.`;

export const noHomeserver = declareError<{ why: string }>(
  "no_homeserver",
  "unavailable",
  ({ why }) => `${why}\n\n${waysToGoOn}`,
);

export const quickstartRuns = declareError<{ pid: number; dataDir: string }>(
  "quickstart_runs",
  "conflict",
  ({ pid, dataDir }) =>
    `It runs already, as process ${pid} on ${dataDir}. Stop that one first, or set DATA_DIR to start another.`,
);

export const otherServerName = declareError<{ wanted: string; found: string; where: string }>(
  "other_server_name",
  "invalid",
  ({ wanted, found, where }) =>
    `The homeserver's name is ${found}, and this is set up for ${wanted}. Set MATRIX_SERVER_NAME=${found}, or remove ${where} to begin anew.`,
);

export const homeserverRefused = declareError<{
  request: string;
  status: number;
  errcode: string;
  error: string;
}>(
  "homeserver_refused",
  "conflict",
  ({ request, status, errcode, error }) =>
    `The homeserver answered ${request} with ${status} ${errcode}: ${error}`,
);

export const bridgeDidNotAct = declareError<{ what: string; seconds: number }>(
  "bridge_did_not_act",
  "unavailable",
  ({ what, seconds }) => `After ${seconds} seconds the bridge had not ${what}. Its log says more.`,
);

export const homeserverEnded = declareError<{ logPath: string }>(
  "homeserver_ended",
  "unavailable",
  ({ logPath }) => `Synapse ended by itself. Its log, ${logPath}, says why.`,
);
