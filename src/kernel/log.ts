/**
 * The part of a pino logger that code outside `cli/` may use: a message and fields.
 * Never log tokens, message bodies or keys; log an error once, where it is handled.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** Swallows everything; for code that runs without a process around it. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
