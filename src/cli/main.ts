import { Command } from "commander";
import { AppError } from "../kernel/errors.ts";
import { agentCommand } from "./agents.ts";
import { benchCommand } from "./bench.ts";
import { blueprintCommand } from "./blueprints.ts";
import { daoCommand } from "./dao.ts";
import { deadlettersCommand } from "./deadletters.ts";
import { doctorCommand } from "./doctor.ts";
import { eraseCommand } from "./erase.ts";
import { freezeCommand, unfreezeCommand } from "./freeze.ts";
import { keyCommand } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { modelCommand } from "./models.ts";
import { quickstartCommand } from "./quickstart/quickstart-command.ts";
import { quickstartParts } from "./quickstart/quickstart-parts.ts";
import { quotaCommand } from "./quotas.ts";
import { rebuildCommand } from "./rebuild.ts";
import { reconcileCommand } from "./reconcile.ts";
import { registrationCommand } from "./registration.ts";
import { retentionCommand } from "./retention.ts";
import { backfillCommand, linkCommand, unlinkCommand } from "./rooms.ts";
import { serveCommand } from "./serve-command.ts";
import { webhookCommand } from "./webhooks.ts";

const program = new Command("microdao")
  .description("Mirrors Matrix rooms into PostgreSQL, exactly once, and lets agents speak in them.")
  .showHelpAfterError()
  .addCommand(serveCommand())
  .addCommand(registrationCommand())
  .addCommand(doctorCommand())
  .addCommand(migrateCommand())
  .addCommand(linkCommand())
  .addCommand(unlinkCommand())
  .addCommand(backfillCommand())
  .addCommand(reconcileCommand())
  .addCommand(rebuildCommand())
  .addCommand(agentCommand())
  .addCommand(blueprintCommand())
  .addCommand(keyCommand())
  .addCommand(modelCommand())
  .addCommand(quotaCommand())
  .addCommand(daoCommand())
  .addCommand(freezeCommand())
  .addCommand(unfreezeCommand())
  .addCommand(retentionCommand())
  .addCommand(eraseCommand())
  .addCommand(deadlettersCommand())
  .addCommand(webhookCommand())
  .addCommand(benchCommand());

program
  .command("quickstart")
  .description("what npm start runs: everything a newcomer needs, on this machine")
  .action(async () => {
    process.exitCode = await quickstartCommand(quickstartParts);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${sayFailure(error)}\n`);
  process.exitCode = 1;
}

/** People read a sentence; a bug is shown whole, because somebody has to find it. */
function sayFailure(error: unknown): string {
  if (error instanceof AppError && error.kind !== "bug") return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
