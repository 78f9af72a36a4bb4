import { Command, Option } from "commander";
import { transact } from "../db/index.ts";
import {
  type Agent,
  type AgentKind,
  listAgents,
  registerAgent,
  setAgentStatus,
} from "../domain/governance/index.ts";
import { ensureUserByMatrixId, requireMicrodao } from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface CreateOptions {
  readonly name?: string;
  readonly kind: AgentKind;
  readonly microdao?: string;
  readonly owner?: string;
  readonly blueprint: string;
  readonly model: string;
  readonly json?: true;
}

/** `microdao agent`: the agents that live in rooms. */
export function agentCommand(): Command {
  return new Command("agent")
    .description("create, list, suspend, activate and revoke agents")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(statusCommand("suspend", "suspended", "let an agent and its keys do nothing for now"))
    .addCommand(statusCommand("activate", "active", "let a suspended agent go on"))
    .addCommand(statusCommand("revoke", "revoked", "end an agent and its keys for ever"));
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
    .option("--blueprint <code>", "the blueprint it is made from; made if there is none", "echo")
    .option("--model <model>", "the model of a new blueprint", "echo")
    .option("--json", "print JSON")
    .action((code: string, options: CreateOptions) =>
      withDatabase(async ({ database }) => {
        const agent = await transact(database, operator, async (tx) => {
          const { microdao, owner, kind, blueprint, model } = options;
          return registerAgent(tx, {
            code,
            name: options.name ?? code,
            kind,
            microdaoId: microdao === undefined ? null : (await requireMicrodao(tx.db, microdao)).id,
            ownerUserId: owner === undefined ? null : (await ensureUserByMatrixId(tx, owner)).id,
            blueprint: { code: blueprint, model },
          });
        });
        print(options, present(agent), () => [
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
        print(options, agents.map(present), () =>
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

function statusCommand(verb: string, status: "active" | "suspended" | "revoked", what: string): Command {
  return new Command(verb)
    .description(what)
    .argument("<agent>", "agent:sofia, ag_… or its Matrix id")
    .option("--json", "print JSON")
    .action((name: string, options: { readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const agent = await transact(database, operator, (tx) => setAgentStatus(tx, name, status));
        print(options, present(agent), () => [`${agent.externalId} is ${status}.`]);
      }),
    );
}

function present({ id, microdaoId, ownerUserId, ...rest }: Agent): object {
  return {
    id: encodeId("ag", id),
    ...rest,
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    ownerUserId: ownerUserId === null ? null : encodeId("u", ownerUserId),
  };
}
