import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { loadCommandConfig, type RegistrationConfig, requireRegistrationConfig } from "../config/index.ts";
import {
  lintRegistration,
  type RegistrationFault,
  type RegistrationFile,
  readRegistration,
  registrationUnusable,
  type WrittenRegistration,
  writeRegistration,
} from "../matrix/registration/index.ts";
import { registrationNames } from "./registration-names.ts";

interface Options {
  readonly check?: true;
  readonly against?: readonly string[];
  readonly rotateTokens?: true;
  readonly json?: true;
}

/**
 * `microdao registration`: writes the registration file, or with `--check` judges it. Exits with 1 when anything is
 * left to correct.
 */
export function registrationCommand(): Command {
  return new Command("registration")
    .description("write the registration file that introduces the bridge to the homeserver, or check it")
    .addOption(
      new Option("--check", "write nothing; name each fault of the file and its fix").conflicts(
        "rotateTokens",
      ),
    )
    .option("--against <files...>", "other registrations of the same homeserver, to find what both claim")
    .option("--rotate-tokens", "replace both tokens; the homeserver has to be restarted with the new file")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe file is REGISTRATION_PATH; its contents follow from the configuration (docs/config.md).",
    )
    .action(async (options: Options) => {
      const config = requireRegistrationConfig(loadCommandConfig());
      const faults = options.check === true ? await check(config, options) : await write(config, options);
      if (faults.length > 0) process.exitCode = 1;
    });
}

async function check(config: RegistrationConfig, options: Options): Promise<readonly RegistrationFault[]> {
  const path = resolve(config.registrationPath);
  const faults = await findFaults(path, config, options);
  const ok = faults.length === 0;
  if (options.json === true) print(JSON.stringify({ path, ok, faults }, undefined, 2));
  else
    print(
      ok ? `${path}: nothing to correct` : `${path}: ${counted(faults)}\n${faults.map(sayFault).join("\n")}`,
    );
  return faults;
}

async function write(config: RegistrationConfig, options: Options): Promise<readonly RegistrationFault[]> {
  const written = await writeRegistration({
    path: config.registrationPath,
    names: registrationNames(config),
    dataDir: config.dataDir,
    ...(options.rotateTokens === undefined ? {} : { rotateTokens: options.rotateTokens }),
  });
  const faults = await findFaults(written.path, config, options);
  if (options.json === true) {
    print(JSON.stringify({ ...written, ok: faults.length === 0, faults }, undefined, 2));
  } else {
    print(sayWritten(written));
    if (faults.length > 0) print(`\nLeft to correct: ${counted(faults)}\n${faults.map(sayFault).join("\n")}`);
  }
  return faults;
}

/** The faults of the file, or the reason why it cannot be read. */
async function findFaults(
  path: string,
  config: RegistrationConfig,
  { against = [] }: Options,
): Promise<readonly RegistrationFault[]> {
  const own = await readOrFaults(path);
  if ("faults" in own) return own.faults;
  const others = await readOthers(path, against);
  const unread = others.flatMap((other) => ("faults" in other ? other.faults : []));
  const read = others.flatMap((other) => ("faults" in other ? [] : [other]));
  return [...lintRegistration(own, registrationNames(config), read), ...unread];
}

/** The other files, without our own: a glob over a directory of registrations finds that one, too. */
async function readOthers(own: string, paths: readonly string[]): Promise<ReadOrFaults[]> {
  const ownPath = await realPath(own);
  const others: ReadOrFaults[] = [];
  for (const path of paths) {
    if ((await realPath(path)) === ownPath) continue;
    const other = await readOrFaults(path);
    const fix = "correct the path after --against, or that file";
    others.push(
      "faults" in other
        ? {
            faults: other.faults.map((fault) => ({
              ...fault,
              path: fault.path === path ? path : `${path}, ${fault.path}`,
              fix,
            })),
          }
        : other,
    );
  }
  return others;
}

type ReadOrFaults = RegistrationFile | { readonly faults: readonly RegistrationFault[] };

async function readOrFaults(path: string): Promise<ReadOrFaults> {
  try {
    return await readRegistration(path);
  } catch (error) {
    if (registrationUnusable.is(error)) return error.details;
    throw error;
  }
}

function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

function sayWritten({ path, created, changes }: WrittenRegistration): string {
  if (!created && changes.length === 0) return `${path} is up to date, nothing was written.`;
  const done = created
    ? `Wrote ${path} with new tokens.`
    : `Updated ${path}:\n${changes.map((change) => `  ${change}`).join("\n")}`;
  return `${done}

The homeserver has to read it, too. For Synapse, in homeserver.yaml:

  app_service_config_files:
    - ${path}

Then restart Synapse, start the bridge, and run: npx microdao doctor`;
}

function counted(faults: readonly RegistrationFault[]): string {
  const errors = faults.filter(({ severity }) => severity === "error").length;
  const warnings = faults.length - errors;
  return [plural(errors, "error"), plural(warnings, "warning")].filter((part) => part !== "").join(" and ");
}

function plural(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}

function sayFault({ severity, code, path, found, fix }: RegistrationFault): string {
  return `\n${severity}: ${code} at ${path}\n  found: ${found}\n  fix:   ${fix}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
