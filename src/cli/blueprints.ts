import { Command } from "commander";
import { transact } from "../db/index.ts";
import {
  type Blueprint,
  createBlueprint,
  editBlueprint,
  listBlueprints,
  requireBlueprint,
} from "../domain/governance/index.ts";
import { requireMicrodao } from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { parseConfig } from "./agent-settings.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface Options {
  readonly model?: string;
  readonly description?: string;
  readonly prompt?: string;
  readonly config?: string;
  readonly microdao?: string;
  readonly json?: true;
}

/** `microdao blueprint`: kinds of agents. */
export function blueprintCommand(): Command {
  return new Command("blueprint")
    .description("create, list, show and edit blueprints of agents")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(editCommand());
}

function createCommand(): Command {
  return withSettings(new Command("create").description("make a blueprint"))
    .argument("<code>", "its short name, such as sofia_prime")
    .option("--microdao <id>", "whose it is, such as microdao:1; everybody's if left out")
    .action((code: string, options: Options) =>
      withDatabase(async ({ database }) => {
        const { model = "echo", description, prompt, config, microdao } = options;
        const blueprint = await transact(database, operator, async (tx) =>
          createBlueprint(tx, {
            code,
            model,
            description,
            systemPrompt: prompt,
            // A new one has nothing that null could take away.
            config: config === undefined ? {} : withoutNulls(parseConfig(config)),
            microdaoId: microdao === undefined ? null : (await requireMicrodao(tx.db, microdao)).id,
          }),
        );
        print(options, present(blueprint), () => [`The blueprint ${blueprint.code} is made.`]);
      }),
    );
}

function withoutNulls(
  config: ReturnType<typeof parseConfig>,
): NonNullable<Parameters<typeof createBlueprint>[1]["config"]> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

function editCommand(): Command {
  return withSettings(new Command("edit").description("change a blueprint; its agents follow"))
    .argument("<blueprint>", "its code or abp_…")
    .action((name: string, options: Options) =>
      withDatabase(async ({ database }) => {
        const { model, description, prompt, config } = options;
        const blueprint = await transact(database, operator, async (tx) => {
          const { id } = await requireBlueprint(tx.db, name);
          return editBlueprint(tx, id, {
            model,
            description,
            systemPrompt: prompt,
            config: config === undefined ? undefined : parseConfig(config),
          });
        });
        print(options, present(blueprint), () => [`The blueprint ${blueprint.code} is changed.`]);
      }),
    );
}

function withSettings(command: Command): Command {
  return command
    .option("--model <model>", "the language model that its agents ask")
    .option("--description <text>", "what its agents are for")
    .option("--prompt <text>", "what its agents are told before anything else")
    .option("--config <json>", 'settings that its agents start with, as {"temperature": 0.2}')
    .option("--json", "print JSON");
}

function showCommand(): Command {
  return new Command("show")
    .description("show a blueprint with its prompt")
    .argument("<blueprint>", "its code or abp_…")
    .option("--json", "print JSON")
    .action((name: string, options: Options) =>
      withDatabase(async ({ database: { db } }) => {
        const blueprint = present(await requireBlueprint(db, name));
        print(options, blueprint, () => [JSON.stringify(blueprint, undefined, 2)]);
      }),
    );
}

function listCommand(): Command {
  return new Command("list")
    .description("list blueprints, 1,000 at most")
    .option("--json", "print JSON")
    .action((options: Options) =>
      withDatabase(async ({ database: { db } }) => {
        const blueprints = await listBlueprints(db, { microdaoIds: null, after: null, limit: 1000 });
        print(options, blueprints.map(present), () =>
          table(
            ["blueprint", "model", "microdao", "description"],
            blueprints.map(({ code, model, microdaoId, description }) => [
              code,
              model,
              microdaoId === null ? "all" : encodeId("md", microdaoId),
              description ?? "",
            ]),
          ),
        );
      }),
    );
}

function present({ id, microdaoId, createdUs, ...rest }: Blueprint): object {
  return {
    id: encodeId("abp", id),
    ...rest,
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    createdAt: new Date(Number(createdUs / 1000n)).toISOString(),
  };
}
