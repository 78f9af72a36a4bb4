import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

const program = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

/**
 * `microdao bench`: the benchmark suite in a process of its own, so that this one's memory and imports are not measured.
 * All options are passed on; `microdao bench --help` shows the suite's own help. JSON goes to stdout anyway.
 */
export function benchCommand(): Command {
  return new Command("bench")
    .description("measure the bridge beside a floor and a naive bridge; JSON out (docs/bench.md)")
    .argument("[options...]", "options of the suite; see --help")
    .helpOption(false)
    .allowUnknownOption()
    .action(async (options: readonly string[]) => {
      const child = spawn(process.execPath, [program, ...options], { stdio: "inherit" });
      // Ctrl-C reaches both, kill only this process. The child stops its servers before it ends.
      process.on("SIGINT", () => undefined);
      process.on("SIGTERM", () => child.kill("SIGTERM"));
      const [code] = (await once(child, "exit")) as [number | null];
      process.exitCode = code ?? 1;
    });
}
