import { Command, Option } from "commander";
import { transact } from "../db/index.ts";
import {
  agentConfigSchema,
  type ConfigEdit,
  editAgent,
  readAgentChanges,
  registryFieldRefused,
  requireAgent,
} from "../domain/governance/index.ts";
import { ensureUserByMatrixId } from "../domain/tenancy/index.ts";
import { presentAgent } from "./agent-view.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface EditOptions {
  readonly name?: string;
  readonly avatar?: string;
  readonly owner?: string;
  readonly config?: string;
  readonly json?: true;
}

/** `microdao agent show`: an agent and what was decided about it. */
export function showCommand(): Command {
  return new Command("show")
    .description("show an agent, its settings and what was decided about it")
    .argument("<agent>", "agent:sofia, ag_… or its Matrix id")
    .option("--json", "print JSON")
    .action((name: string, options: { readonly json?: true }) =>
      withDatabase(async ({ database: { db } }) => {
        const agent = await requireAgent(db, name);
        const changes = await readAgentChanges(db, agent.id, { after: null, limit: 200 });
        const rows = changes.map(({ createdUs, ...change }) => ({
          ...change,
          at: new Date(Number(createdUs / 1000n)).toISOString(),
        }));
        print(options, { ...presentAgent(agent), changes: rows }, () => [
          `${agent.externalId} (${agent.name}) is ${agent.status}. ${agent.matrixId ?? "It has no Matrix user yet."}`,
          JSON.stringify(agent.config, undefined, 2),
          ...table(
            ["when", "what", "who", "why"],
            rows.map(({ at, action, actorId, reason }) => [at, action, actorId, reason ?? ""]),
          ),
        ]);
      }),
    );
}

/** `microdao agent edit`: its name, picture, owner and settings. */
export function editCommand(): Command {
  return new Command("edit")
    .description("change an agent's name, picture, owner and settings")
    .argument("<agent>", "agent:sofia, ag_… or its Matrix id")
    .option("--name <name>", "what people call it")
    .option("--avatar <mxc>", "its picture, mxc://…, or none")
    .option("--owner <matrix id>", "the person it belongs to")
    .addOption(new Option("--config <json>", 'settings to change, as {"temperature": 0.2, "tools": null}'))
    .option("--json", "print JSON")
    .action((name: string, options: EditOptions) =>
      withDatabase(async ({ database }) => {
        const { avatar, owner } = options;
        const config = options.config === undefined ? undefined : parseConfig(options.config);
        const agent = await transact(database, operator, async (tx) => {
          const { id } = await requireAgent(tx.db, name);
          return editAgent(tx, id, {
            name: options.name,
            avatarUrl: avatar === "none" ? null : avatar,
            ownerUserId: owner === undefined ? undefined : (await ensureUserByMatrixId(tx, owner)).id,
            config,
          });
        });
        print(options, presentAgent(agent), () => [`${agent.externalId} is changed.`]);
      }),
    );
}

/** Settings as JSON; null takes one away. Throws `agent_refused`. */
export function parseConfig(text: string): ConfigEdit {
  const edit = objectOf(text);
  const kept = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== null));
  const unknown = Object.keys(edit).filter((field) => !Object.hasOwn(agentConfigSchema.shape, field));
  const checked = agentConfigSchema.safeParse(kept);
  if (unknown.length > 0 || !checked.success) {
    const fields = Object.keys(agentConfigSchema.shape).join(", ");
    const why = checked.error?.issues[0]?.message ?? `there is no ${unknown.join(", ").slice(0, 80)}`;
    throw registryFieldRefused({
      field: "config",
      what: `These settings are not right: ${why}. There are ${fields}.`,
    });
  }
  return { ...edit, ...checked.data };
}

function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw registryFieldRefused({ field: "config", what: 'Write the settings as JSON: {"temperature": 0.2}.' });
}
