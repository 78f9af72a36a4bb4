import { configInvalid, loadCommandConfig, missingSettings } from "../../config/index.ts";
import { type Database, openDatabase } from "../../db/index.ts";
import { type HashKey, hashKeyOf, openSealer, type Sealer } from "../../domain/governance/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import { ghostIdOf } from "../../matrix/ghosts/index.ts";

/** Whoever runs a command on the machine, in the audit log. */
export const operator: Actor = { id: "cli", kind: "service" };

export interface OperatorContext {
  readonly database: Database;
  /** Throws `config_invalid` when SECRETS_KEK is not set. */
  hashKey(): HashKey;
  /** The same. */
  readonly sealer: () => Sealer;
  /** The Matrix user of an agent with a code; undefined where MATRIX_SERVER_NAME is not set. Throws `agent_code_unusable`. */
  readonly ghostIdOf: (code: string) => string | undefined;
  /** Whether webhooks may be at addresses of private networks. */
  readonly allowPrivate: boolean;
}

/** What commands about agents, keys and microDAOs work with, beside a bridge that may be running. */
export async function withDatabase<T>(work: (context: OperatorContext) => Promise<T>): Promise<T> {
  const config = loadCommandConfig();
  const need = (setting: string) => {
    const faults = missingSettings(config, "serve").filter(({ path }) => path === setting);
    if (faults.length > 0) throw configInvalid({ faults });
  };
  need("DATABASE_URL");
  const { databaseUrl = "", secretsKek = new Uint8Array(), serverName, agentPrefix } = config;
  const database = openDatabase({ url: databaseUrl, poolSize: 2, clock: systemClock, log: silentLog });
  try {
    return await work({
      database,
      hashKey() {
        need("SECRETS_KEK");
        return hashKeyOf(secretsKek);
      },
      sealer() {
        need("SECRETS_KEK");
        return openSealer(secretsKek, ...(config.secretsKekOld === undefined ? [] : [config.secretsKekOld]));
      },
      ghostIdOf: (code) =>
        serverName === undefined ? undefined : ghostIdOf({ serverName, agentPrefix }, code),
      allowPrivate: config.webhookAllowPrivate,
    });
  } finally {
    await database.close();
  }
}
