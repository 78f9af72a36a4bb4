import { Command, Option } from "commander";
import { transact } from "../db/index.ts";
import {
  type AccessKeyRow,
  accessKeyRefused,
  createAccessKey,
  listAccessKeys,
  type NewAccessKey,
  requireAgent,
  revokeAccessKey,
} from "../domain/governance/index.ts";
import { findUserByMatrixId, requireMicrodao } from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { type OperatorContext, operator, withDatabase } from "./operator/open-database.ts";
import { parseExpiry } from "./operator/parse-expiry.ts";
import { print, table } from "./operator/print.ts";

const readingCapabilities = ["channel.read", "chat.message.read"];

interface CreateOptions {
  readonly agent?: string;
  readonly user?: string;
  readonly integration?: string;
  readonly embassy?: string;
  readonly name?: string;
  readonly cap?: readonly string[];
  readonly bundle?: readonly string[];
  readonly microdao?: string;
  readonly allMicrodaos?: true;
  readonly expires?: string;
  readonly json?: true;
}

/** `microdao key`: access keys for the API. */
export function keyCommand(): Command {
  return new Command("key")
    .description("create, list and revoke access keys")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return new Command("create")
    .description("make an access key for one subject; its secret is shown once")
    .option("--agent <agent>", "an agent: agent:sofia, ag_… or its Matrix id")
    .option("--user <user>", "a person: user:93 or a Matrix id")
    .option("--integration <name>", "a program, by a name of your choice")
    .option("--embassy <id>", "an embassy: emb_…")
    .option("--name <name>", "what to call the key (the subject)")
    .option(
      "--cap <codes...>",
      `capabilities (${readingCapabilities.join(" ")}, for agents also chat.message.send)`,
    )
    .option("--bundle <names...>", "bundles of capabilities, such as bundle.role.Member")
    .option("--microdao <id>", "bind the key to a microDAO (an agent's own)")
    .addOption(new Option("--all-microdaos", "let an integration reach every microDAO").conflicts("microdao"))
    .option("--expires <when>", "12h, 30d, 8w, or a moment such as 2027-01-31T12:00:00Z (never)")
    .option("--json", "print JSON")
    .action((options: CreateOptions) => withDatabase((context) => create(context, options)));
}

async function create(context: OperatorContext, options: CreateOptions): Promise<void> {
  const key = context.hashKey();
  const created = await transact(context.database, operator, async (tx) => {
    const wanted = await wantedKey(tx.db, options);
    const expiresAt = options.expires === undefined ? null : parseExpiry(options.expires, tx.now);
    return createAccessKey(tx, key, { ...wanted, expiresAt });
  });
  print(options, { ...present(created.key), token: created.token }, () => [
    `${created.key.id} for ${created.key.subjectId}: ${created.key.capabilities.join(", ")}`,
    "",
    `  ${created.token}`,
    "",
    "This is the only time that it is shown. Send it as: Authorization: Bearer <key>",
  ]);
}

type Db = OperatorContext["database"]["db"];
type Wanted = Omit<NewAccessKey, "expiresAt">;

async function wantedKey(db: Db, options: CreateOptions): Promise<Wanted> {
  const { subject, home } = await subjectOf(db, options);
  const microdaoId = options.microdao === undefined ? home : (await requireMicrodao(db, options.microdao)).id;
  if (subject.kind === "integration" && microdaoId === null && options.allMicrodaos !== true) {
    throw accessKeyRefused({ what: "Say how far the key reaches: --microdao <id> or --all-microdaos." });
  }
  const usual =
    subject.kind === "agent" ? [...readingCapabilities, "chat.message.send"] : readingCapabilities;
  return {
    subject,
    name: options.name ?? subject.id,
    capabilities: options.cap ?? (options.bundle === undefined ? usual : []),
    bundles: options.bundle ?? [],
    microdaoId,
  };
}

interface KeySubject {
  readonly subject: Wanted["subject"];
  /** The microDAO that the key is bound to unless another is named. */
  readonly home: string | null;
}

async function subjectOf(db: Db, options: CreateOptions): Promise<KeySubject> {
  const { agent, user, integration, embassy } = options;
  const named = [agent, user, integration, embassy].filter((name) => name !== undefined);
  if (named.length !== 1) {
    throw accessKeyRefused({ what: "Name one subject: --agent, --user, --integration or --embassy." });
  }
  if (agent !== undefined) {
    const { externalId, microdaoId } = await requireAgent(db, agent);
    return { subject: { kind: "agent", id: externalId }, home: microdaoId };
  }
  if (user !== undefined) return { subject: { kind: "user", id: await userIdOf(db, user) }, home: null };
  if (integration !== undefined) return { subject: { kind: "integration", id: integration }, home: null };
  return { subject: { kind: "embassy", id: embassy ?? "" }, home: null };
}

async function userIdOf(db: Db, name: string): Promise<string> {
  if (!name.startsWith("@")) return name;
  const user = await findUserByMatrixId(db, name);
  if (user === undefined) throw accessKeyRefused({ what: `The bridge has not met ${name}.` });
  return user.externalId;
}

function listCommand(): Command {
  return new Command("list")
    .description("list access keys, without their secrets")
    .option("--microdao <id>", "only keys that are bound to this microDAO")
    .option("--subject <id>", "only keys of this subject, such as agent:sofia")
    .option("--json", "print JSON")
    .action((options: { readonly microdao?: string; readonly subject?: string; readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const { db, clock } = database;
        const { microdao, subject } = options;
        const microdaoId = microdao === undefined ? undefined : (await requireMicrodao(db, microdao)).id;
        const keys = await listAccessKeys(db, clock.now(), { subjectId: subject, microdaoId });
        print(options, keys.map(present), () =>
          table(
            ["id", "subject", "name", "status", "last used", "capabilities"],
            keys.map((key) => [
              key.id,
              key.subjectId,
              key.name,
              key.status,
              key.lastUsedAt?.toISOString() ?? "never",
              key.capabilities.join(" "),
            ]),
          ),
        );
      }),
    );
}

function revokeCommand(): Command {
  return new Command("revoke")
    .description("end an access key for ever, from the next request on")
    .argument("<id>", "the key's id: ak_ and 26 characters, without the secret")
    .option("--json", "print JSON")
    .action((id: string, options: { readonly json?: true }) =>
      withDatabase(async ({ database }) => {
        const key = await transact(database, operator, (tx) => revokeAccessKey(tx, id));
        print(options, present(key), () => [`${key.id} of ${key.subjectId} is revoked.`]);
      }),
    );
}

function present(key: AccessKeyRow): object {
  const { id, subjectKind, subjectId, teamId, microdaoId, name, status, createdBy, capabilities } = key;
  const { createdAt, expiresAt, lastUsedAt } = key;
  return {
    ...{ id, teamId, name, status, createdBy, createdAt, expiresAt, lastUsedAt, capabilities },
    subject: { kind: subjectKind, id: subjectId },
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
  };
}
