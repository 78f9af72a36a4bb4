import { type Config, loadProcessConfig } from "../../config/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { type QuickstartParts, runQuickstart } from "./quickstart.ts";

/** Whoever asked for the end waits ten seconds at most. */
const stopMs = 9_500;

/**
 * Runs the quickstart as the whole of this process: until Ctrl-C, another order to stop, the end of the terminal or of the
 * process that started this one. Gives the exit code.
 */
export async function quickstartCommand(makeParts: (config: Config) => QuickstartParts): Promise<number> {
  const stop = new AbortController();
  const order = (): void => {
    if (stop.signal.aborted) return;
    stop.abort();
    setTimeout(() => process.exit(1), stopMs).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, order);
  process.on("disconnect", order);
  // A terminal that was closed cannot be written to; that is no reason to stop less cleanly.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  try {
    const config = loadProcessConfig();
    await runQuickstart({
      config,
      parts: makeParts(config),
      say: (line) => process.stdout.write(`${line}\n`),
      signal: stop.signal,
    });
    return 0;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === "bug") throw error;
    process.stderr.write(`\n${error.message}\n`);
    return 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}
