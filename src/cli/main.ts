import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { Command } from "commander";
import { AppError } from "../kernel/errors.ts";

// Half of the time to the first line is compiling; where nothing may be written, it stays as it is.
enableCompileCache(join(import.meta.dirname, "../../node_modules/.cache/compiled"));

/** By its name, so that one command starts without waiting for the modules of the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve-command.ts")).serveCommand(),
  registration: async () => (await import("./registration.ts")).registrationCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  migrate: async () => (await import("./migrate.ts")).migrateCommand(),
  link: async () => (await import("./rooms.ts")).linkCommand(),
  unlink: async () => (await import("./rooms.ts")).unlinkCommand(),
  backfill: async () => (await import("./rooms.ts")).backfillCommand(),
  reconcile: async () => (await import("./reconcile.ts")).reconcileCommand(),
  rebuild: async () => (await import("./rebuild.ts")).rebuildCommand(),
  agent: async () => (await import("./agents.ts")).agentCommand(),
  blueprint: async () => (await import("./blueprints.ts")).blueprintCommand(),
  key: async () => (await import("./keys.ts")).keyCommand(),
  model: async () => (await import("./models.ts")).modelCommand(),
  quota: async () => (await import("./quotas.ts")).quotaCommand(),
  dao: async () => (await import("./dao.ts")).daoCommand(),
  freeze: async () => (await import("./freeze.ts")).freezeCommand(),
  unfreeze: async () => (await import("./freeze.ts")).unfreezeCommand(),
  retention: async () => (await import("./retention.ts")).retentionCommand(),
  erase: async () => (await import("./erase.ts")).eraseCommand(),
  deadletters: async () => (await import("./deadletters.ts")).deadlettersCommand(),
  webhook: async () => (await import("./webhooks.ts")).webhookCommand(),
  bench: async () => (await import("./bench.ts")).benchCommand(),
  quickstart: loadQuickstart,
};

const program = new Command("microdao")
  .description("Mirrors Matrix rooms into PostgreSQL, exactly once, and lets agents speak in them.")
  .showHelpAfterError();

try {
  for (const command of await commandsFor(process.argv[2])) program.addCommand(command);
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${sayFailure(error)}\n`);
  process.exitCode = 1;
}

async function loadQuickstart(): Promise<Command> {
  const { quickstartCommand } = await import("./quickstart/quickstart-command.ts");
  const { quickstartParts } = await import("./quickstart/quickstart-parts.ts");
  return new Command("quickstart")
    .description("what npm start runs: everything a newcomer needs, on this machine")
    .action(async () => {
      process.exitCode = await quickstartCommand(quickstartParts);
    });
}

/** The command that is asked for, or all of them, to be listed in a help or an error. */
function commandsFor(name: string | undefined): Promise<Command[]> {
  const asked = name !== undefined && Object.hasOwn(commands, name) ? [commands[name]] : [];
  const loaded = asked.length > 0 ? asked : Object.values(commands);
  return Promise.all(loaded.flatMap((load) => load?.() ?? []));
}

/** People read a sentence; a bug is shown whole, because somebody has to find it. */
function sayFailure(error: unknown): string {
  if (error instanceof AppError && error.kind !== "bug") return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
