import { Command, Option } from "commander";
import { type Database, transact } from "../db/index.ts";
import {
  accessKeyMissing,
  findAccessKey,
  parseQuotas,
  type QuotaSubject,
  readUsage,
  requireAgent,
  setQuotas,
  type Usage,
} from "../domain/governance/index.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface Options {
  readonly agent?: string;
  readonly key?: string;
  readonly json?: true;
}

/** `microdao quota`: how much agents and keys may use, and what they have used. */
export function quotaCommand(): Command {
  return new Command("quota")
    .description("show and set how much an agent or an access key may use")
    .addCommand(
      withHolder(new Command("show"))
        .description("what was used in the minute, hour and day of now, and how much may be")
        .action((options: Options) =>
          withDatabase(async ({ database }) => show(database, await holderOf(database, options), options)),
        ),
    )
    .addCommand(
      withHolder(new Command("set"))
        .description("give an agent or a key quotas of its own; what is not named is as it is for all")
        .argument(
          "<limits>",
          "such as messages=600/hour,money=5/day; free for no limit; off for none of its own",
        )
        .action((limits: string, options: Options) =>
          withDatabase(async ({ database }) => {
            const holder = await holderOf(database, options);
            await transact(database, operator, (tx) => setQuotas(tx, holder, parseQuotas(limits)));
            await show(database, holder, options);
          }),
        ),
    );
}

function withHolder(command: Command): Command {
  return command
    .addOption(new Option("--agent <agent>", "agent:sofia, ag_… or its Matrix id").conflicts("key"))
    .option("--key <id>", "an access key's id: ak_ and 26 characters")
    .option("--json", "print JSON");
}

type Holder = QuotaSubject & { readonly microdaoId: string | null };

async function holderOf({ db }: Database, { agent, key }: Options): Promise<Holder> {
  if (agent !== undefined) {
    const { id, microdaoId } = await requireAgent(db, agent);
    return { kind: "agent", id, microdaoId };
  }
  const found = await findAccessKey(db, key ?? "");
  if (found === undefined) throw accessKeyMissing({ id: key ?? "" });
  return { kind: "key", id: found.id, microdaoId: found.microdaoId };
}

async function show({ db, clock }: Database, holder: Holder, options: Options): Promise<void> {
  const usage = await readUsage(db, holder, clock.now());
  print(options, usage, () => table(["", "minute", "hour", "day"], usage.map(rowOf)));
}

function rowOf({ what, used, limits }: Usage): string[] {
  const of = (period: keyof Usage["used"]) => `${used[period]} of ${limits[period] ?? "any"}`;
  return [what, of("minute"), of("hour"), of("day")];
}
