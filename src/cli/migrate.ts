import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { type Config, loadCommandConfig } from "../config/index.ts";
import { resolveDatabase } from "../db/embedded/index.ts";
import {
  diffDatabase,
  forceMigration,
  type MigrationStatus,
  migrateDown,
  migrationStatus,
  type RollbackTarget,
} from "../db/migrate/index.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLog } from "../kernel/log.ts";
import { confirmationDenied, confirmationNeeded, stepsInvalid } from "./migrate/errors.ts";
import { migrateDatabase } from "./migrate/migrate-database.ts";

interface JsonOption {
  readonly json?: true;
}

/** `microdao migrate`: applies, rolls back, shows, repairs and compares migrations, without downloading anything. */
export function migrateCommand(): Command {
  return new Command("migrate")
    .description("bring the database to the schema of this version, or look where it stands")
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand())
    .addCommand(forceCommand())
    .addCommand(diffCommand());
}

function upCommand(): Command {
  return new Command("up")
    .description("apply every pending migration, then write the rows that every database has")
    .option("--yes", "do not ask on APP_ENV=production")
    .option("--json", "print JSON")
    .action((options: JsonOption & { readonly yes?: true }) =>
      withDatabase(async ({ appEnv }, databaseUrl) => {
        if (appEnv === "production" && options.yes !== true) await confirm(databaseUrl);
        const say = (name: string) => printUnless(options.json, `applied ${name}`);
        const applied = await migrateDatabase(databaseUrl, { onApplied: say });
        if (options.json) print(JSON.stringify({ applied }));
        else if (applied.length === 0) print("nothing to apply");
      }),
    );
}

function downCommand(): Command {
  return new Command("down")
    .description("roll migrations back, the last one unless told otherwise; never on APP_ENV=production")
    .addOption(new Option("--to <name>", "back to right after this migration").conflicts("steps"))
    .option("--steps <n>", "so many migrations back")
    .option("--json", "print JSON")
    .action((options: JsonOption & { readonly to?: string; readonly steps?: string }) =>
      withDatabase(async ({ appEnv }, databaseUrl) => {
        const rolledBack = await migrateDown({
          databaseUrl,
          appEnv,
          target: targetOf(options),
          onRolledBack: (name) => printUnless(options.json, `rolled back ${name}`),
        });
        if (options.json) print(JSON.stringify({ rolledBack }));
        else if (rolledBack.length === 0) print("nothing to roll back");
      }),
    );
}

function targetOf({ to, steps = "1" }: { readonly to?: string; readonly steps?: string }): RollbackTarget {
  if (to !== undefined) return { to };
  if (!/^[1-9]\d{0,3}$/.test(steps)) throw stepsInvalid({ steps });
  return { steps: Number(steps) };
}

function statusCommand(): Command {
  return new Command("status")
    .description(
      "show which migrations are applied, pending, edited, failed or unknown; exit 1 unless all are applied",
    )
    .option("--json", "print JSON")
    .action(({ json }: JsonOption) =>
      withDatabase(async (_config, databaseUrl) => {
        const migrations = await migrationStatus({ databaseUrl });
        const ok = migrations.every(({ state }) => state === "applied");
        print(json ? JSON.stringify({ ok, migrations }) : migrations.map(sayStatus).join("\n"));
        if (!ok) process.exitCode = 1;
      }),
    );
}

function sayStatus({ name, state, appliedAt }: MigrationStatus): string {
  return `${state.padEnd(8)} ${name}${appliedAt === null ? "" : `  ${appliedAt.toISOString()}`}`;
}

function forceCommand(): Command {
  return new Command("force")
    .description(
      "mark a migration as applied after its work was done by hand; runs none of it, and is audited",
    )
    .argument("<version>", "its name, or its number such as 000006")
    .option("--json", "print JSON")
    .action((version: string, { json }: JsonOption) =>
      withDatabase(async (_config, databaseUrl) => {
        const forced = await forceMigration({ databaseUrl, version, now: systemClock.now() });
        print(json ? JSON.stringify(forced) : `${forced.name} was ${forced.was} and now counts as applied`);
      }),
    );
}

function diffCommand(): Command {
  return new Command("diff")
    .description(
      "compare the database with the Prisma schema; silent when they match, else the SQL and exit 1",
    )
    .option("--json", "print JSON")
    .action(({ json }: JsonOption) =>
      withDatabase(async (_config, databaseUrl) => {
        const difference = await diffDatabase({ databaseUrl });
        const matches = difference.sql === "" && difference.summary === "";
        if (json) print(JSON.stringify({ matches, ...difference }));
        else if (!matches) print(`${difference.summary}\n\n${difference.sql}`);
        if (!matches) process.exitCode = 1;
      }),
    );
}

/** The database that is configured, or the embedded one: joined if `npm start` runs here, else started for this command. */
async function withDatabase(work: (config: Config, databaseUrl: string) => Promise<void>): Promise<void> {
  const config = loadCommandConfig();
  const { databaseUrl, dataDir } = config;
  const database = await resolveDatabase({ databaseUrl, dataDir, log: silentLog });
  try {
    await work(config, database.url);
  } finally {
    await database.close();
  }
}

async function confirm(databaseUrl: string): Promise<void> {
  const pending = (await migrationStatus({ databaseUrl })).filter(({ state }) => state === "pending");
  if (pending.length === 0) return;
  const names = pending.map(({ name }) => name);
  if (!process.stdin.isTTY) throw confirmationNeeded({ pending: names });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`APP_ENV is production. Apply ${names.join(", ")}? [y/N] `);
  terminal.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw confirmationDenied({});
}

function printUnless(silent: true | undefined, line: string): void {
  if (silent !== true) print(line);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
