import { Command, Option } from "commander";
import { loadProcessConfig, requireServeConfig } from "../config/index.ts";
import { openLog } from "./log.ts";
import { type Role, startBridge } from "./serve.ts";

/** An order to stop is obeyed in less than ten seconds, whatever hangs. */
const stopMs = 9_500;

/** `microdao serve`: the process. Runs until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("run the bridge: HTTP, the appservice, and the background work")
    .addOption(
      new Option("--role <role>", "run only a part, when there are several processes")
        .choices(["all", "web", "worker"])
        .default("all"),
    )
    .action(async ({ role }: { readonly role: Role }) => {
      const config = requireServeConfig(loadProcessConfig());
      const log = openLog(config);
      const stopped = untilStopped();
      const server = await startBridge(config, { log, role });
      log.info({ signal: await stopped }, "stopping");
      setTimeout(() => process.exit(1), stopMs).unref();
      await server.close();
    });
}

/** A second signal ends the process at once, as people expect. */
function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
}
