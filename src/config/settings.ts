import { z } from "zod";
import { llmSettings } from "./llm-settings.ts";
import { type Setting, setting, whole } from "./setting.ts";
import { baseUrl, key32, localpart, quotas, senderLocalpart, serverName, urlOf } from "./setting-types.ts";

export type { NeededBy, Setting } from "./setting.ts";

export const settings = {
  appEnv: setting("APP_ENV", z.enum(["local", "staging", "production"]).default("local"), {
    about: "Which world this is. `production` refuses to roll migrations back and asks before applying them.",
    write: "one of local, staging, production",
    example: "local",
  }),
  host: setting(
    "HOST",
    z
      .string()
      .regex(/^[A-Za-z0-9.:_-]+$/)
      .default("127.0.0.1"),
    {
      about: "The address to listen on. `0.0.0.0` listens on every interface, which a container needs.",
      write: "an IP address or a host name, without a port",
      example: "127.0.0.1",
    },
  ),
  port: setting("PORT", whole(0, 65_535).default(9009), {
    about:
      "The port for the homeserver's pushes, the API, `/health`, `/ready` and `/metrics`. 0 takes a free one.",
    write: "a whole number from 0 to 65535",
    example: "9009",
  }),
  logLevel: setting(
    "LOG_LEVEL",
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    {
      about: "How much is logged. Tokens, message bodies and keys are logged at no level.",
      write: "one of trace, debug, info, warn, error, fatal, silent",
      example: "info",
    },
  ),
  dataDir: setting("DATA_DIR", z.string().default(".data"), {
    about:
      "A directory for what the bridge keeps beside the database: the registration, the embedded database.",
    write: "a path, absolute or relative to the working directory",
    example: ".data",
  }),
  databaseUrl: setting("DATABASE_URL", urlOf(["postgres:", "postgresql:"]).optional(), {
    about:
      "PostgreSQL 15 or newer with the pgvector extension. `npm start` without it uses an embedded PostgreSQL under " +
      "`DATA_DIR`.",
    write: "a URL such as postgresql://microdao:password@127.0.0.1:5432/microdao",
    example: "postgresql://microdao:password@127.0.0.1:5432/microdao",
    secret: "password",
    neededBy: ["serve"],
  }),
  databasePoolSize: setting("DATABASE_POOL_SIZE", whole(1, 200).default(10), {
    about:
      "How many database connections one process may share among its work. What the homeserver pushes has up to two more.",
    write: "a whole number from 1 to 200",
    example: "10",
  }),
  secretsKek: setting("SECRETS_KEK", key32.optional(), {
    about:
      "The key that other keys are derived from. Access keys are stored as HMACs under it: whoever loses it must " +
      "issue all access keys anew. Make one with `openssl rand -base64 32`.",
    write: "32 random bytes in base64 (44 characters), made with: openssl rand -base64 32",
    example: "",
    secret: "all",
    neededBy: ["serve"],
  }),
  homeserverUrl: setting("MATRIX_HOMESERVER_URL", baseUrl(() => true).optional(), {
    about: "Where the bridge reaches the homeserver's client API.",
    write: "an http or https URL without credentials and without /_matrix, such as http://127.0.0.1:8008",
    example: "http://127.0.0.1:8008",
    neededBy: ["serve"],
  }),
  serverName: setting("MATRIX_SERVER_NAME", serverName.optional(), {
    about:
      "The homeserver's `server_name`: what stands after the colon in user ids, often not the host of its URL.",
    write: "the part after the colon of a user id, such as example.org",
    example: "example.org",
    neededBy: ["serve", "registration"],
  }),
  registrationSharedSecret: setting("MATRIX_REGISTRATION_SHARED_SECRET", z.string().optional(), {
    about:
      "Synapse's `registration_shared_secret`. Only `npm start` reads it, to make the demo's accounts on a homeserver " +
      "that is not its own.",
    write: "the registration_shared_secret of homeserver.yaml",
    example: "",
    secret: "all",
  }),
  registrationPath: setting("REGISTRATION_PATH", z.string().optional(), {
    about: "The registration file that `microdao registration` writes and both sides read.",
    write: "a path to a YAML file",
    example: ".data/registration.yaml",
    derived: "`<DATA_DIR>/registration.yaml`",
  }),
  bridgeUrl: setting("BRIDGE_URL", baseUrl(() => true).optional(), {
    about: "Where the homeserver reaches the bridge. It becomes the `url` of the registration.",
    write: "an http or https URL without credentials and without /_matrix, such as http://127.0.0.1:9009",
    example: "http://127.0.0.1:9009",
    derived: "`http://<HOST>:<PORT>`, with 127.0.0.1 when HOST is every interface",
  }),
  appserviceId: setting(
    "APPSERVICE_ID",
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/)
      .default("microdao"),
    {
      about: "The registration's `id`. The homeserver keeps its queue under it: do not change it later.",
      write: "letters, digits, dots, dashes and underscores, at most 100",
      example: "microdao",
    },
  ),
  senderLocalpart: setting("SENDER_LOCALPART", senderLocalpart.default("microdao_appservice"), {
    about:
      "The registration's `sender_localpart`: the application service's own user. It never joins rooms, and it is " +
      "neither the bot nor an agent.",
    write: "a localpart: lower case letters, digits and . _ / -",
    example: "microdao_appservice",
  }),
  botLocalpart: setting("BOT_LOCALPART", localpart.default("microdao"), {
    about: "The bot that people invite: `@<BOT_LOCALPART>:<MATRIX_SERVER_NAME>`.",
    write: "a localpart: lower case letters, digits and . _ = / + -",
    example: "microdao",
  }),
  agentPrefix: setting("AGENT_PREFIX", localpart.default("dao_"), {
    about: "What the Matrix users of agents begin with, and the room aliases that the bridge makes.",
    write: "the beginning of a localpart: lower case letters, digits and . _ = / + -",
    example: "dao_",
  }),
  defaultMicrodao: setting(
    "DEFAULT_MICRODAO",
    z
      .string()
      .regex(/^microdao:[1-9]\d{0,17}$/)
      .default("microdao:1"),
    {
      about:
        "The microDAO that a room belongs to when whoever invites the bot is not a member of exactly one.",
      write: "the external id of a microDAO, such as microdao:1",
      example: "microdao:1",
    },
  ),
  triggerMaxAgeMinutes: setting("TRIGGER_MAX_AGE_MINUTES", whole(1, 10_080).default(60), {
    about: "Agents do not answer messages that are older than this when they arrive.",
    write: "a whole number of minutes from 1 to 10080",
    example: "60",
  }),
  agentConcurrency: setting("AGENT_CONCURRENCY", whole(1, 100).default(4), {
    about: "How many questions an agent answers at one time, unless its own settings say otherwise.",
    write: "a whole number from 1 to 100",
    example: "4",
  }),
  modelConcurrency: setting("MODEL_CONCURRENCY", whole(1, 1_000).default(16), {
    about:
      "How many questions one language model is asked at one time, by all agents and processes together.",
    write: "a whole number from 1 to 1000",
    example: "16",
  }),
  agentHopLimit: setting("AGENT_HOP_LIMIT", whole(0, 1_000).default(30), {
    about: "How many times in a row agents may ask one another.",
    write: "a whole number from 0 to 1000",
    example: "30",
  }),
  agentBudget: setting("AGENT_BUDGET", whole(1, 1_000).default(20), {
    about:
      "How often within `AGENT_BUDGET_SECONDS` one may ask the same agent, agents may be asked in a room, and an agent may be " +
      "asked by agents. Then there is a rest.",
    write: "a whole number from 1 to 1000",
    example: "20",
  }),
  agentBudgetSeconds: setting("AGENT_BUDGET_SECONDS", whole(1, 86_400).default(60), {
    about: "The time in which `AGENT_BUDGET` counts.",
    write: "a whole number of seconds from 1 to 86400",
    example: "60",
  }),
  agentRestSeconds: setting("AGENT_REST_SECONDS", whole(1, 86_400).default(60), {
    about: "How long nothing is answered when `AGENT_BUDGET` is used up.",
    write: "a whole number of seconds from 1 to 86400",
    example: "60",
  }),
  deadLetterDays: setting("DEAD_LETTER_DAYS", whole(1, 3_650).default(30), {
    about: "For how many days an event that could not be processed is kept. Then its content is erased.",
    write: "a whole number of days from 1 to 3650",
    example: "30",
  }),
  parkedDays: setting("PARKED_DAYS", whole(1, 3_650).default(30), {
    about:
      "For how many days an edit, a reaction or a redaction waits for its event. Then it is listed among the dead letters, too.",
    write: "a whole number of days from 1 to 3650",
    example: "30",
  }),
  mediaMaxMib: setting("MEDIA_MAX_MIB", whole(1, 100_000).default(100), {
    about: "The largest file of a message that the API passes on, in MiB.",
    write: "a whole number from 1 to 100000",
    example: "100",
  }),
  mediaTimeoutSeconds: setting("MEDIA_TIMEOUT_SECONDS", whole(1, 600).default(30), {
    about: "How long the homeserver may be silent while it gives a file.",
    write: "a whole number of seconds from 1 to 600",
    example: "30",
  }),
  mediaLinkMinutes: setting("MEDIA_LINK_MINUTES", whole(1, 10_080).default(60), {
    about: "How long links to files of messages are good, at least; at most a quarter longer.",
    write: "a whole number of minutes from 1 to 10080",
    example: "60",
  }),
  webhookAllowPrivate: setting(
    "WEBHOOK_ALLOW_PRIVATE",
    z
      .enum(["true", "false"])
      .default("false")
      .transform((text) => text === "true"),
    {
      about:
        "Whether agents' webhooks may be at addresses of private networks, this machine included, and use plain http. " +
        "Whoever manages an agent can then make the bridge call what it can reach.",
      write: "true or false",
      example: "false",
    },
  ),
  apiRequestsPerSecond: setting("API_REQUESTS_PER_SECOND", whole(1, 100_000).default(50), {
    about:
      "How many requests of one access key a process answers in a second, in the long run; four times as many at once.",
    write: "a whole number from 1 to 100000",
    example: "50",
  }),
  authFailuresPerMinute: setting("AUTH_FAILURES_PER_MINUTE", whole(1, 100_000).default(60), {
    about: "How many access keys that are none may come from one address in a minute.",
    write: "a whole number from 1 to 100000",
    example: "60",
  }),
  quotaAgent: setting(
    "QUOTA_AGENT",
    quotas.default("messages=12000/minute,runs=2000/minute,tokens=5000000/day,money=20/day"),
    {
      about:
        "How much each agent may use that has no quota of its own: messages, runs, tokens of language models and money in " +
        "US dollars, by the minute, hour or day. `off` for no limit.",
      write: "limits such as messages=600/hour,money=5/day, or off",
      example: "messages=600/hour,runs=100/hour,tokens=1000000/day,money=5/day",
    },
  ),
  quotaKey: setting("QUOTA_KEY", quotas.default("messages=12000/minute"), {
    about: "The same for each access key.",
    write: "limits such as messages=600/hour, or off",
    example: "messages=600/hour",
  }),
  ...llmSettings,
  natsUrl: setting("NATS_URL", urlOf(["nats:", "tls:", "ws:", "wss:"]).optional(), {
    about:
      "Reserved, and not used yet: a NATS server with JetStream. Events stay in the database, in `outbox_events`.",
    write: "a URL such as nats://127.0.0.1:4222",
    example: "nats://127.0.0.1:4222",
    secret: "password",
  }),
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;

/** The settings as the table reads them, before defaults that are worked out from others. */
export type SettingValues = { -readonly [K in SettingKey]: z.output<(typeof settings)[K]["type"]> };

/** The rows in their order, with the table's key. */
export function settingRows(): readonly (readonly [SettingKey, Setting])[] {
  return Object.entries(settings) as [SettingKey, Setting][];
}

/** What a row says without being told: its default as text, or undefined. */
export function defaultOf(row: Setting): string | undefined {
  const { data } = row.type.safeParse(undefined);
  return typeof data === "string" || typeof data === "number" ? String(data) : undefined;
}
