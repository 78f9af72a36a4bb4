import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandResult {
  readonly ok: boolean;
  /** Standard output and standard error as they came, the last 200 lines. */
  readonly lines: readonly string[];
}

const keptLines = 200;

/** Runs a program to its end. Never throws: a program that is not there is `ok: false` with the reason as its only line. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly onLine?: (line: string) => void; readonly signal?: AbortSignal } = {},
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    options.onLine?.(line);
  };
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.signal && { signal: options.signal }),
  });
  createInterface({ input: child.stdout }).on("line", keep);
  createInterface({ input: child.stderr }).on("line", keep);
  child.on("error", (error) => {
    keep(error.message);
    resolve({ ok: false, lines });
  });
  child.on("close", (code) => {
    resolve({ ok: code === 0, lines });
  });
  return promise;
}
