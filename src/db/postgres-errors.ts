import { declareError } from "../kernel/errors.ts";

/** The database cannot be reached or refuses work just now. The same call may succeed later. */
export const databaseAway = declareError<Record<string, never>>(
  "database_unavailable",
  "unavailable",
  () => "The database cannot be reached. Nothing was stored; try again.",
);

/**
 * What a failed statement means for the caller:
 * `away` the server is gone, starting, stopping or full; `conflict` another transaction was in the way and the same
 * work may simply be done again; `data` this input can never be stored; `other` anything else, a bug as a rule.
 */
export type DatabaseFault = "away" | "conflict" | "data" | "other";

const awayCodes = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
// Classes 28 and 3D: it lets nobody in, or has no such database, which no input of ours can be blamed for. 55P03 and class
// 57: somebody holds a lock for too long, or an operator or a timeout of the server's ended the statement.
const awayStates = /^(?:08|28|3D|53|55P03|57|58|25006|25P03)/;
const awayTexts =
  /Connection terminated|connection timeout|Query read timeout|Client has encountered a connection error|not queryable|timeout exceeded when trying to connect/i;

/** Sorts anything a database call threw. Reads SQLSTATE first (PostgreSQL, appendix A), the driver's words after. */
export function faultOf(error: unknown): DatabaseFault {
  const links = causeChain(error);
  const state = links.map(sqlStateOf).find((found) => found !== undefined);
  if (state !== undefined) return faultOfSqlState(state);
  return links.some(isAway) ? "away" : "other";
}

/** The SQLSTATE of a failed statement, when PostgreSQL gave one. */
export function sqlState(error: unknown): string | undefined {
  return causeChain(error)
    .map(sqlStateOf)
    .find((found) => found !== undefined);
}

function faultOfSqlState(state: string): DatabaseFault {
  if (state === "40001" || state === "40P01") return "conflict";
  if (awayStates.test(state)) return "away";
  return /^2[123]|^54/.test(state) ? "data" : "other";
}

type Link = Record<string, unknown>;

function sqlStateOf(link: Link): string | undefined {
  const state = "severity" in link ? link["code"] : undefined;
  return typeof state === "string" && /^[0-9A-Z]{5}$/.test(state) ? state : undefined;
}

function isAway({ code, message }: Link): boolean {
  if (typeof code === "string" && awayCodes.test(code)) return true;
  return typeof message === "string" && awayTexts.test(message);
}

/** The error and its causes. */
function causeChain(error: unknown): Link[] {
  const links: Link[] = [];
  for (let next = error; links.length < 20; next = links.at(-1)?.["cause"]) {
    if (typeof next !== "object" || next === null || links.includes(next as Link)) break;
    links.push(next as Link);
  }
  return links;
}
