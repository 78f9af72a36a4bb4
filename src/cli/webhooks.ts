import { Command } from "commander";
import { type Database, transact } from "../db/index.ts";
import {
  deleteWebhook,
  listDeliveries,
  putWebhook,
  requireWebhook,
  retryDelivery,
  rotateWebhookSecret,
  type WebhookRow,
} from "../domain/endpoints/index.ts";
import { requireAgent } from "../domain/governance/index.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface Options {
  readonly json?: true;
}

/** `microdao webhook`: where agents that run elsewhere are told of what they are to do. */
export function webhookCommand(): Command {
  return new Command("webhook")
    .description("webhooks of agents that run elsewhere: put, show, secret, delete, deliveries, retry")
    .addCommand(putCommand())
    .addCommand(showCommand())
    .addCommand(secretCommand())
    .addCommand(deleteCommand())
    .addCommand(deliveriesCommand())
    .addCommand(retryCommand());
}

function forAgent(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument("<agent>", "agent:sofia, ag_… or its Matrix id")
    .option("--json", "print JSON");
}

const once = "This is the only time that the secret is shown.";

function putCommand(): Command {
  return forAgent("put", "give an agent a webhook, or change its address; the first time its secret is shown")
    .argument("<url>", "where to send to, https")
    .action((name: string, url: string, options: Options) =>
      withDatabase(async ({ database, sealer, allowPrivate }) => {
        const { webhook, secret } = await transact(database, operator, async (tx) =>
          putWebhook(tx, sealer(), await requireAgent(tx.db, name), { url, allowPrivate }),
        );
        const lines = secret === null ? [] : ["", `  ${secret}`, "", once];
        print(options, { ...webhook, secret }, () => [sayWebhook(webhook), ...lines]);
      }),
    );
}

function showCommand(): Command {
  return forAgent("show", "an agent's webhook, without its secret").action((name: string, options: Options) =>
    withDatabase(async ({ database: { db } }) => {
      const webhook = await requireWebhook(db, (await requireAgent(db, name)).id);
      print(options, webhook, () => [sayWebhook(webhook)]);
    }),
  );
}

function secretCommand(): Command {
  return forAgent("secret", "a new secret; for a day the old one signs as well").action(
    (name: string, options: Options) =>
      withDatabase(async ({ database, sealer }) => {
        const { webhook, secret } = await transact(database, operator, async (tx) =>
          rotateWebhookSecret(tx, sealer(), await requireAgent(tx.db, name)),
        );
        print(options, { ...webhook, secret }, () => [`  ${secret}`, "", once]);
      }),
  );
}

function deleteCommand(): Command {
  return forAgent("delete", "take an agent's webhook away").action((name: string, options: Options) =>
    withDatabase(async ({ database }) => {
      await transact(database, operator, async (tx) => deleteWebhook(tx, await requireAgent(tx.db, name)));
      print(options, { deleted: true }, () => [`${name} has no webhook any more.`]);
    }),
  );
}

function deliveriesCommand(): Command {
  return forAgent("deliveries", "dead letters of an agent's webhook, newest first")
    .option("--all", "what was delivered or waits, too")
    .action((name: string, options: Options & { readonly all?: true }) =>
      withDatabase(async ({ database }) => {
        const rows = await deliveriesOf(database, name, options.all === true);
        print(options, { deliveries: rows }, () =>
          table(
            ["id", "run", "state", "tries", "error", "since"],
            rows.map(({ id, runId, state, attempts, lastError, createdAt }) => [
              ...[id, runId, state, String(attempts), lastError ?? "–", createdAt.toISOString()],
            ]),
          ),
        );
      }),
    );
}

async function deliveriesOf({ db }: Database, name: string, all: boolean) {
  const { id: agentId } = await requireAgent(db, name);
  return listDeliveries(db, { agentId, limit: 100, ...(!all && { state: "dead" as const }) });
}

function retryCommand(): Command {
  return forAgent("retry", "ask once more what a dead letter asked, as a new run")
    .argument("<delivery>", "dlv_…")
    .action((name: string, delivery: string, options: Options) =>
      withDatabase(async ({ database }) => {
        const queued = await transact(database, operator, async (tx) =>
          retryDelivery(tx, await requireAgent(tx.db, name), delivery),
        );
        print(options, queued, () => [`It is asked again as ${queued.runId}.`]);
      }),
    );
}

function sayWebhook({ id, url, status, disabledReason }: WebhookRow): string {
  return `${id} ${url} ${status}${disabledReason === null ? "" : ` (${disabledReason})`}`;
}
