import { Argument, Command, Option } from "commander";
import { transact } from "../db/index.ts";
import { audit, plans } from "../domain/governance/index.ts";
import { giveMicrodaoRole } from "../domain/messaging/index.ts";
import {
  createMicrodao,
  ensureUserByMatrixId,
  listMicrodaos,
  type Microdao,
  type MicrodaoRole,
  type Plan,
  requireMicrodao,
  setAliasChannels,
} from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

/** `microdao dao`: microDAOs and who belongs to them. */
export function daoCommand(): Command {
  return new Command("dao")
    .description("create and list microDAOs, and give people roles in them")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(memberCommand())
    .addCommand(aliasChannelsCommand());
}

interface CreateOptions {
  readonly owner: string;
  readonly plan: Plan;
  readonly json?: true;
}

function createCommand(): Command {
  return new Command("create")
    .description("found a microDAO; its owner is its first member")
    .argument("<name>", "what people call it")
    .requiredOption("--owner <matrix id>", "who owns it, such as @alice:example.org")
    .addOption(new Option("--plan <plan>", "its plan").choices(plans).default("Freemium"))
    .option("--json", "print JSON")
    .action((name: string, options: CreateOptions) =>
      withDatabase(async ({ database }) => {
        const microdao = await transact(database, operator, async (tx) => {
          const owner = await ensureUserByMatrixId(tx, options.owner);
          const made = await createMicrodao(tx, { name, ownerUserId: owner.id, plan: options.plan });
          await audit(tx, {
            action: "microdao.created",
            resourceKind: "microdao",
            resourceId: encodeId("md", made.id),
            microdaoId: made.id,
            data: { external_id: made.externalId, owner: options.owner },
          });
          return made;
        });
        print(options, present(microdao), () => [`${microdao.externalId} "${microdao.name}" is founded.`]);
      }),
    );
}

function listCommand(): Command {
  return new Command("list")
    .description("list microDAOs")
    .option("--json", "print JSON")
    .action((options: { readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const microdaos = await listMicrodaos(database.db);
        print(options, microdaos.map(present), () =>
          table(
            ["microdao", "id", "name", "plan", "space"],
            microdaos.map((microdao) => [
              microdao.externalId,
              encodeId("md", microdao.id),
              microdao.name,
              microdao.plan,
              microdao.matrixSpaceId ?? "none",
            ]),
          ),
        );
      }),
    );
}

interface MemberOptions {
  readonly role: MicrodaoRole;
  readonly json?: true;
}

function memberCommand(): Command {
  return new Command("member")
    .description("make somebody a member of a microDAO, or give a member another role")
    .argument("<microdao>", "such as microdao:1")
    .argument("<matrix id>", "such as @bob:example.org")
    .addOption(
      new Option("--role <role>", "the role")
        .choices(["owner", "admin", "member", "guest"])
        .default("member"),
    )
    .option("--json", "print JSON")
    .action((name: string, matrixId: string, options: MemberOptions) =>
      withDatabase(async ({ database }) => {
        const { role } = options;
        const { microdao, user } = await transact(database, operator, async (tx) => {
          const microdao = await requireMicrodao(tx.db, name);
          const user = await ensureUserByMatrixId(tx, matrixId);
          const given = await giveMicrodaoRole(tx, {
            microdaoId: microdao.id,
            userId: user.id,
            role,
            askerId: null,
            byOperator: true,
          });
          await audit(tx, {
            action: "microdao.member_set",
            resourceKind: "microdao",
            resourceId: encodeId("md", microdao.id),
            microdaoId: microdao.id,
            data: { user_id: encodeId("u", user.id), role, ...given },
          });
          return { microdao, user };
        });
        const result = { microdao: microdao.externalId, user: user.externalId, matrixId, role };
        print(options, result, () => [`${matrixId} is ${role} of ${microdao.externalId}.`]);
      }),
    );
}

function aliasChannelsCommand(): Command {
  return new Command("alias-channels")
    .description("say whether asking for the address of a channel that does not exist makes it")
    .argument("<microdao>", "such as microdao:1")
    .addArgument(new Argument("<allowed>", "whether it does").choices(["on", "off"]))
    .option("--json", "print JSON")
    .action((name: string, allowed: "on" | "off", options: { readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const microdao = await transact(database, operator, async (tx) => {
          const found = await requireMicrodao(tx.db, name);
          await setAliasChannels(tx, found.id, allowed === "on");
          await audit(tx, {
            action: "microdao.alias_channels_set",
            resourceKind: "microdao",
            resourceId: encodeId("md", found.id),
            microdaoId: found.id,
            data: { allowed: allowed === "on" },
          });
          return requireMicrodao(tx.db, found.id);
        });
        const what = allowed === "on" ? "makes" : "does not make";
        print(options, present(microdao), () => [
          `Asking for the address of a channel of ${microdao.externalId} that does not exist ${what} it.`,
        ]);
      }),
    );
}

function present({ id, ownerUserId, ...rest }: Microdao): object {
  return { id: encodeId("md", id), ...rest, ownerUserId: encodeId("u", ownerUserId) };
}
