import { type Config, type ConfigFault, missingSettings } from "../../config/index.ts";
import { type Database, openDatabase } from "../../db/index.ts";
import { systemClock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import { silentLog } from "../../kernel/log.ts";
import {
  type Answer,
  lintRegistration,
  openProbe,
  type Probe,
  type RegistrationFault,
  type RegistrationNames,
  readRegistration,
  registrationUnusable,
} from "../../matrix/registration/index.ts";
import { registrationNames } from "../registration-names.ts";
import type { DatabaseFacts } from "./judge-database.ts";

/** What the checks look at. Each thing is asked for once, when the first check needs it. */
export interface DoctorContext {
  readonly config: Config;
  readonly configFaults: readonly ConfigFault[];
  readonly fromQuickstart: boolean;
  readonly names: RegistrationNames | undefined;
  readonly registration: () => Promise<RegistrationReading>;
  readonly database: () => Promise<DatabaseReading>;
  /** Absent without MATRIX_HOMESERVER_URL. */
  readonly homeserver: Probe | undefined;
  /** `GET /_matrix/client/versions`, which needs no token. */
  readonly versions: () => Promise<Answer>;
  /** `GET /account/whoami` with the as_token; undefined when there is no usable one. */
  readonly whoami: () => Promise<Answer | undefined>;
  readonly close: () => Promise<void>;
}

export interface RegistrationReading {
  readonly faults: readonly RegistrationFault[];
  readonly raw: Readonly<Record<string, unknown>>;
}

export type DatabaseReading =
  | { readonly reached: true; readonly database: Database; readonly facts: DatabaseFacts }
  | { readonly reached: false; readonly why: string };

const poolSize = 2;

export function openContext(input: {
  config: Config;
  faults: readonly ConfigFault[];
  fromQuickstart: boolean;
}): DoctorContext {
  const { config, fromQuickstart } = input;
  const { serverName, homeserverUrl, databaseUrl } = config;
  const names = serverName === undefined ? undefined : registrationNames({ ...config, serverName });
  const homeserver = homeserverUrl === undefined ? undefined : openProbe(homeserverUrl);
  const open =
    databaseUrl === undefined
      ? undefined
      : openDatabase({ url: databaseUrl, poolSize, clock: systemClock, log: silentLog });
  const registration = once(() => readForDoctor(config.registrationPath, names));
  return {
    config,
    // A setting that was set wrongly has been named already; it is not absent as well.
    configFaults: [
      ...input.faults,
      ...missingSettings(config, "serve").filter(
        ({ path }) => !input.faults.some((fault) => sameSetting(fault, path)),
      ),
    ],
    fromQuickstart,
    names,
    registration,
    database: once(() => readDatabase(open)),
    homeserver,
    versions: once(() => homeserver?.get("/_matrix/client/versions") ?? Promise.resolve(nowhere)),
    whoami: once(async () => {
      const token = tokenOf(await registration());
      return token === undefined ? undefined : homeserver?.get("/_matrix/client/v3/account/whoami", token);
    }),
    close: async () => open?.close(),
  };
}

const nowhere: Answer = { reached: false, why: "MATRIX_HOMESERVER_URL is not set" };

/** The as_token, unless it is one that no homeserver may be shown: a placeholder, for instance. */
export function tokenOf({ raw, faults }: RegistrationReading): string | undefined {
  const token = raw["as_token"];
  const unusable = faults.some(({ code, path }) => path === "as_token" && /missing|placeholder/.test(code));
  return typeof token === "string" && !unusable ? token : undefined;
}

function sameSetting(fault: ConfigFault, env: string): boolean {
  return fault.path === env || fault.path.endsWith(`: ${env.toLowerCase()}`);
}

async function readForDoctor(
  path: string,
  names: RegistrationNames | undefined,
): Promise<RegistrationReading> {
  try {
    const file = await readRegistration(path);
    return { raw: file.raw, faults: names === undefined ? [] : lintRegistration(file, names) };
  } catch (error) {
    if (registrationUnusable.is(error)) return { raw: {}, faults: error.details.faults };
    throw error;
  }
}

async function readDatabase(database: Database | undefined): Promise<DatabaseReading> {
  if (database === undefined) return { reached: false, why: "DATABASE_URL is not set" };
  try {
    const [facts] = await database.db.$queryRawUnsafe<
      (Omit<DatabaseFacts, "vector"> & { vector: string | null })[]
    >(`
      SELECT current_setting('server_version') AS version,
             current_setting('server_version_num')::int AS "versionNumber",
             (SELECT coalesce(installed_version, default_version)
                FROM pg_available_extensions WHERE name = 'vector') AS vector`);
    if (facts === undefined) return { reached: false, why: "it gives no answer" };
    return { reached: true, database, facts: { ...facts, vector: facts.vector ?? undefined } };
  } catch (error) {
    return { reached: false, why: databaseReason(error) };
  }
}

/** What the server or the network said; Prisma wraps it in an account of our own call. */
export function databaseReason(error: unknown): string {
  const message = messageOf(error).trim();
  return /Message: `(.+?)`\s*$/s.exec(message)?.[1] ?? message.split("\n").at(-1) ?? "no reason given";
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
