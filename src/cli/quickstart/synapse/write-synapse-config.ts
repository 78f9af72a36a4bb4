import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { randomToken } from "../../../kernel/random.ts";
import { writeWholeFile } from "../write-whole-file.ts";

export interface SynapsePlan {
  /** Everything this Synapse has: configuration, database, media, log. */
  readonly dataDir: string;
  readonly serverName: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Registration files of application services; they must exist. */
  readonly registrationPaths: readonly string[];
  /** Settings that differ from the ones below, as in homeserver.yaml. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface SynapseFiles {
  readonly configPath: string;
  readonly logPath: string;
  /** What Synapse prints before its log is open. */
  readonly consolePath: string;
  readonly markPath: string;
  /** Proves to the registration endpoint that an account is wanted by whoever owns the server. */
  readonly sharedSecret: string;
}

const unlimited = { per_second: 1000, burst_count: 1000 };

/** Writes the configuration of a private Synapse; secrets and signing key are made once and kept. */
export async function writeSynapseConfig(plan: SynapsePlan): Promise<SynapseFiles> {
  const dataDir = resolve(plan.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(dataDir, name);
  const sharedSecret = await ensureSecret(at("registration_shared_secret"), () => randomToken());
  const macaroonSecret = await ensureSecret(at("macaroon_secret"), () => randomToken());
  // The format of signedjson: algorithm, version, unpadded base64 of the 32 byte seed.
  await ensureSecret(at("signing.key"), () => `ed25519 a_quickstart ${unpadded(randomBytes(32))}`);
  await writeWholeFile(at("log.yaml"), stringify(logConfig(at("homeserver.log"))));
  const secrets = { registration_shared_secret: sharedSecret, macaroon_secret_key: macaroonSecret };
  const config = { ...homeserverConfig(plan, at), ...secrets, ...plan.settings };
  await writeWholeFile(at("homeserver.yaml"), stringify(config));
  return {
    configPath: at("homeserver.yaml"),
    logPath: at("homeserver.log"),
    consolePath: at("console.log"),
    markPath: markPathOf(dataDir),
    sharedSecret,
  };
}

/** Where the process that uses `dataDir` is marked. */
export function markPathOf(dataDir: string): string {
  return join(resolve(dataDir), "synapse.pid");
}

function homeserverConfig(plan: SynapsePlan, at: (name: string) => string): Record<string, unknown> {
  return {
    server_name: plan.serverName,
    public_baseurl: `http://127.0.0.1:${plan.port}/`,
    listeners: [
      {
        port: plan.port,
        bind_addresses: ["127.0.0.1"],
        type: "http",
        tls: false,
        x_forwarded: false,
        resources: [{ names: ["client"], compress: false }],
      },
    ],
    database: { name: "sqlite3", args: { database: at("homeserver.db") } },
    log_config: at("log.yaml"),
    media_store_path: at("media"),
    signing_key_path: at("signing.key"),
    app_service_config_files: plan.registrationPaths.map((path) => resolve(path)),
    // It belongs to one person on one machine: it talks to no other server and tells nobody about itself.
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    enable_registration: false,
    presence: { enabled: false },
    caches: { global_factor: 0.5 },
    event_cache_size: "5K",
    // Passwords of accounts that only this machine can reach; twelve rounds would take a quarter of a second each.
    bcrypt_rounds: 6,
    ...rateLimits,
  };
}

/** The defaults are made for strangers: ten messages at once, then one in five seconds. */
const rateLimits = {
  rc_message: unlimited,
  rc_registration: unlimited,
  rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
  rc_joins: { local: unlimited, remote: unlimited },
  rc_joins_per_room: unlimited,
  rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  rc_third_party_invite: unlimited,
  rc_admin_redaction: unlimited,
  rc_room_creation: unlimited,
  rc_media_create: unlimited,
  rc_key_requests: unlimited,
  rc_user_directory: unlimited,
  rc_profile: unlimited,
  rc_reports: unlimited,
};

function logConfig(path: string): object {
  return {
    version: 1,
    formatters: { line: { format: "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s" } },
    filters: { context: { "()": "synapse.logging.context.LoggingContextFilter", request: "" } },
    handlers: {
      file: {
        class: "logging.handlers.RotatingFileHandler",
        formatter: "line",
        filters: ["context"],
        filename: path,
        maxBytes: 10_000_000,
        backupCount: 2,
        encoding: "utf8",
      },
    },
    root: { level: "INFO", handlers: ["file"] },
    disable_existing_loggers: false,
  };
}

async function ensureSecret(path: string, make: () => string): Promise<string> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept.trim() !== "") return kept.trim();
  const secret = make();
  await writeWholeFile(path, `${secret}\n`);
  return secret;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
