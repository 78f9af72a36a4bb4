import { type DestinationStream, pino } from "pino";
import type { Config } from "../config/index.ts";
import type { Log } from "../kernel/log.ts";

/**
 * The process's log: one JSON object per line, a message and fields. Errors are written with their causes; what carries a
 * secret by name is struck out, should it ever get here.
 */
export function openLog({ logLevel }: Pick<Config, "logLevel">, destination?: DestinationStream): Log {
  const options = {
    level: logLevel,
    base: null,
    redact: ["authorization", "headers.authorization", "token", "asToken", "hsToken", "secret", "*.token"],
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
