import { Command, Option } from "commander";
import { transact } from "../db/index.ts";
import {
  type AgentKind,
  listAgents,
  registerAgent,
  requireAgent,
  requireBlueprint,
} from "../domain/governance/index.ts";
import { askForAgent } from "../domain/registry/index.ts";
import { ensureUserByMatrixId, requireMicrodao } from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { decisionCommands } from "./agent-decisions.ts";
import { editCommand, showCommand } from "./agent-settings.ts";
import { presentAgent } from "./agent-view.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface CreateOptions {
  readonly name?: string;
  readonly kind: AgentKind;
  readonly microdao?: string;
  readonly owner?: string;
  readonly blueprint: string;
  readonly model: string;
  readonly adopt?: true;
  readonly json?: true;
}

interface RequestOptions {
  readonly microdao: string;
  readonly owner: string;
  readonly name?: string;
  readonly blueprint: string;
  readonly reason?: string;
  readonly json?: true;
}

/** `microdao agent`: the agents that live in rooms. */
export function agentCommand(): Command {
  const command = new Command("agent")
    .description("request, create, decide about, list, show and edit agents")
    .addCommand(requestCommand())
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(editCommand());
  for (const decision of decisionCommands()) command.addCommand(decision);
  return command;
}

function requestCommand(): Command {
  return new Command("request")
    .description("ask for an agent in a person's name; the bot tells it in the room, and the owner decides")
    .argument("<code>", "its short name, such as sofia")
    .requiredOption("--microdao <id>", "the microDAO that it is for, such as microdao:1")
    .requiredOption("--owner <matrix id>", "the person who asks and will answer for it")
    .option("--name <name>", "what people call it (the code)")
    .option("--blueprint <code>", "the blueprint it is made from", "echo")
    .option("--reason <text>", "what for")
    .option("--json", "print JSON")
    .action((code: string, options: RequestOptions) =>
      withDatabase(async ({ database, ghostIdOf }) => {
        const { id } = await transact(database, operator, async (tx) => {
          const { id: ownerUserId } = await ensureUserByMatrixId(tx, options.owner);
          return askForAgent(tx, {
            code,
            matrixId: ghostIdOf(code),
            name: options.name ?? code,
            kind: "assistant",
            microdaoId: (await requireMicrodao(tx.db, options.microdao)).id,
            blueprintId: (await requireBlueprint(tx.db, options.blueprint)).id,
            ownerUserId,
            userId: ownerUserId,
            reason: options.reason ?? null,
          });
        });
        const agent = await requireAgent(database.db, id);
        print(options, presentAgent(agent), () => [
          `${agent.externalId} (${encodeId("ag", agent.id)}) is requested.`,
          `Decide: microdao agent approve ${agent.externalId}`,
        ]);
      }),
    );
}

function createCommand(): Command {
  return new Command("create")
    .description("register an agent; the running bridge gives it a Matrix user")
    .argument("<code>", "its short name, such as sofia")
    .option("--name <name>", "what people call it (the code)")
    .addOption(
      new Option("--kind <kind>", "what it is")
        .choices(["assistant", "node", "quest", "system"])
        .default("assistant"),
    )
    .option("--microdao <id>", "the microDAO whose open channels it may speak in, such as microdao:1")
    .option("--owner <matrix id>", "the person it belongs to")
    .option("--blueprint <code>", "the blueprint it is made from; made if there is none", "assistant")
    .option("--model <model>", "the model of a new blueprint", "default")
    .option("--adopt", "its Matrix user is there: it was this agent's in a database that is lost")
    .option("--json", "print JSON")
    .action((code: string, options: CreateOptions) =>
      withDatabase(async ({ database, ghostIdOf }) => {
        const agent = await transact(database, operator, async (tx) => {
          const { microdao, owner, kind, blueprint, model } = options;
          return registerAgent(tx, {
            code,
            matrixId: ghostIdOf(code),
            adopt: options.adopt,
            name: options.name ?? code,
            kind,
            microdaoId: microdao === undefined ? null : (await requireMicrodao(tx.db, microdao)).id,
            ownerUserId: owner === undefined ? null : (await ensureUserByMatrixId(tx, owner)).id,
            blueprint: { code: blueprint, model },
          });
        });
        print(options, presentAgent(agent), () => [
          `${agent.externalId} (${encodeId("ag", agent.id)}) is registered.`,
          `Make a key for it: microdao key create --agent ${agent.externalId}`,
        ]);
      }),
    );
}

function listCommand(): Command {
  return new Command("list")
    .description("list agents")
    .option("--microdao <id>", "only agents of this microDAO")
    .option("--json", "print JSON")
    .action((options: { readonly microdao?: string; readonly json?: true }) =>
      withDatabase(async ({ database: { db } }) => {
        const { microdao } = options;
        const agents = await listAgents(
          db,
          microdao === undefined ? null : (await requireMicrodao(db, microdao)).id,
        );
        print(options, agents.map(presentAgent), () =>
          table(
            ["id", "agent", "name", "kind", "status", "matrix id", "model"],
            agents.map((agent) => [
              encodeId("ag", agent.id),
              agent.externalId,
              agent.name,
              agent.kind,
              agent.status,
              agent.matrixId ?? "none yet",
              agent.model,
            ]),
          ),
        );
      }),
    );
}
