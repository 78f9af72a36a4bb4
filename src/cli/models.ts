import { text } from "node:stream/consumers";
import { Command } from "commander";
import { transact } from "../db/index.ts";
import type { ModelPrices } from "../domain/agents/index.ts";
import { listModels, removeModel, setModel } from "../domain/runtime/index.ts";
import { requireMicrodao } from "../domain/tenancy/index.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface SetOptions {
  readonly baseUrl: string;
  readonly model?: string;
  readonly keyFromStdin?: true;
  readonly inputPrice?: string;
  readonly outputPrice?: string;
  readonly default?: true;
  readonly json?: true;
}

/** `microdao model`: the language models that the agents of a microDAO may ask. */
export function modelCommand(): Command {
  return new Command("model")
    .description("set, list and remove the language models of a microDAO")
    .addCommand(setCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

function setCommand(): Command {
  return new Command("set")
    .description("make or replace a model; agents ask it by its name")
    .argument("<microdao>", "microdao:7 or md_…")
    .argument("<name>", "what agents call it")
    .requiredOption("--base-url <url>", "an OpenAI-compatible endpoint, up to and with the version")
    .option("--model <model>", "what its provider calls it (the same)")
    .option(
      "--key-from-stdin",
      "read the provider's key from standard input; without, one that is kept stays, as long as the URL does",
    )
    .option("--input-price <dollars>", "US dollars for a million tokens that it reads")
    .option("--output-price <dollars>", "US dollars for a million tokens that it writes")
    .option("--default", "agents mean this one whose model is called default")
    .option("--json", "print JSON")
    .action(set);
}

async function set(microdao: string, name: string, options: SetOptions): Promise<void> {
  const apiKey = options.keyFromStdin === true ? (await text(process.stdin)).trim() : undefined;
  await withDatabase(async ({ database, sealer }) => {
    const { id: microdaoId } = await requireMicrodao(database.db, microdao);
    const { hasKey } = await transact(database, operator, (tx) =>
      setModel(tx, sealer(), {
        microdaoId,
        name,
        baseUrl: options.baseUrl,
        providerModel: options.model ?? name,
        apiKey,
        prices: pricesOf(options),
        isDefault: options.default === true,
      }),
    );
    print(options, { name, hasKey }, () => [`Agents of ${microdao} may ask ${name} now.`]);
  });
}

function pricesOf({ inputPrice, outputPrice }: SetOptions): ModelPrices | undefined {
  if (inputPrice === undefined && outputPrice === undefined) return undefined;
  return { input: Number(inputPrice ?? 0), output: Number(outputPrice ?? 0) };
}

function listCommand(): Command {
  return new Command("list")
    .description("the models of a microDAO; keys are shown to nobody")
    .argument("<microdao>", "microdao:7 or md_…")
    .option("--json", "print JSON")
    .action((microdao: string, options: { readonly json?: true }) =>
      withDatabase(async ({ database: { db } }) => {
        const { id } = await requireMicrodao(db, microdao);
        const models = await listModels(db, id);
        print(options, models, () =>
          table(
            ["name", "endpoint", "model", "key", "default"],
            models.map((model) => [
              model.name,
              model.baseUrl,
              model.providerModel,
              model.hasKey ? "kept" : "none",
              model.isDefault ? "yes" : "",
            ]),
          ),
        );
      }),
    );
}

function removeCommand(): Command {
  return new Command("remove")
    .description("take a model away; agents that name it fail from then on")
    .argument("<microdao>", "microdao:7 or md_…")
    .argument("<name>", "what agents call it")
    .option("--json", "print JSON")
    .action((microdao: string, name: string, options: { readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const { id } = await requireMicrodao(database.db, microdao);
        await transact(database, operator, (tx) => removeModel(tx, id, name));
        print(options, { name, removed: true }, () => [`${name} is gone.`]);
      }),
    );
}
