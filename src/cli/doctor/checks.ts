import { sayFault } from "../../config/index.ts";
import type { Database } from "../../db/index.ts";
import { migrationStatus } from "../../db/migrate/index.ts";
import { botUserId, openProbe, type RegistrationFault } from "../../matrix/registration/index.ts";
import { type DoctorContext, databaseReason, tokenOf } from "./context.ts";
import { type Finding, fail, notChecked, ok, type Verdict, warn } from "./finding.ts";
import { judgeDatabase } from "./judge-database.ts";
import { judgeReachable, judgeRoomVersions, judgeVersions } from "./judge-homeserver.ts";
import { judgeBot, judgeServerName, judgeToken } from "./judge-identity.ts";
import { judgeMigrations } from "./judge-migrations.ts";
import {
  judgeDeadLetters,
  judgeEncrypted,
  judgeLag,
  judgeOutbox,
  judgeSends,
  type MirrorCounts,
} from "./judge-mirror.ts";
import { judgePing } from "./judge-ping.ts";
import { judgeStoredNames } from "./judge-stored-names.ts";
import { readMirrorCounts } from "./read-mirror-counts.ts";
import { readStoredNames } from "./read-stored-names.ts";

type Check = (context: DoctorContext) => Promise<Verdict> | Verdict;

/** What the doctor looks at, in the order in which one thing needs another. */
const checks: readonly (readonly [name: string, check: Check])[] = [
  ["config", checkConfig],
  ["database", checkDatabase],
  ["migrations", checkMigrations],
  ["stored names", checkStoredNames],
  ["registration", checkRegistration],
  ["rate limits", checkRateLimits],
  ["homeserver", checkHomeserver],
  ["versions", checkVersions],
  ["room versions", checkRoomVersions],
  ["token", withWhoami((answer) => judgeToken(answer))],
  ["server name", checkServerName],
  ["bot", checkBot],
  ["way back", checkPing],
  ["encrypted rooms", withCounts(judgeEncrypted)],
  ["lag", withCounts(judgeLag)],
  ["dead letters", withCounts(judgeDeadLetters)],
  ["sends", withCounts(judgeSends)],
  ["outbox", withCounts(judgeOutbox)],
];

/** Runs every check, one after the other, and tells of each as soon as it is known. */
export async function examine(context: DoctorContext, tell: (finding: Finding) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    const finding = { name, ...(await judged(check, context)) };
    tell(finding);
    findings.push(finding);
  }
  return findings;
}

/** A check that fails itself must not keep the others from being seen. */
async function judged(check: Check, context: DoctorContext): Promise<Verdict> {
  try {
    return await check(context);
  } catch (error) {
    return fail(databaseReason(error), "correct what is named above first, then look again");
  }
}

function checkConfig({ configFaults, config, fromQuickstart }: DoctorContext): Verdict {
  if (configFaults.length > 0) {
    return fail(counted(configFaults.length, "fault"), configFaults.map(sayFault).join("\n"));
  }
  return ok(
    `complete${fromQuickstart ? `, with what npm start chose (${config.dataDir}/quickstart.json)` : ""}`,
  );
}

async function checkDatabase(context: DoctorContext): Promise<Verdict> {
  const reading = await context.database();
  if (reading.reached) return judgeDatabase(reading.facts);
  return fail(reading.why, "start PostgreSQL, or correct DATABASE_URL");
}

async function checkMigrations(context: DoctorContext): Promise<Verdict> {
  const reading = await context.database();
  const { databaseUrl } = context.config;
  if (!reading.reached || databaseUrl === undefined) return notChecked("the database is away");
  return judgeMigrations(await migrationStatus({ databaseUrl }));
}

async function checkRegistration(context: DoctorContext): Promise<Verdict> {
  const { faults } = await context.registration();
  const { registrationPath } = context.config;
  // The next check tells of rate limits.
  const told = faults.filter(({ code }) => code !== "rate-limited");
  if (told.length === 0) return ok(registrationPath);
  const found = `${registrationPath} has ${counted(told.length, "fault")}`;
  const fix = told.map(sayRegistration).join("\n");
  return told.some(({ severity }) => severity === "error") ? fail(found, fix) : warn(found, fix);
}

async function checkRateLimits(context: DoctorContext): Promise<Verdict> {
  const { faults, raw } = await context.registration();
  if (Object.keys(raw).length === 0) return notChecked("there is no registration");
  const limited = faults.find(({ code }) => code === "rate-limited");
  return limited === undefined
    ? ok("agents have none")
    : warn("agents have those of ordinary users", limited.fix);
}

async function checkHomeserver(context: DoctorContext): Promise<Verdict> {
  return judgeReachable(await context.versions(), context.config.homeserverUrl ?? "the homeserver");
}

async function checkVersions(context: DoctorContext): Promise<Verdict> {
  const versions = await context.versions();
  if (!versions.reached || context.homeserver === undefined) return notChecked("the homeserver is away");
  return judgeVersions(versions, await context.homeserver.get("/_matrix/federation/v1/version"));
}

async function checkRoomVersions(context: DoctorContext): Promise<Verdict> {
  const versions = await context.versions();
  const token = tokenOf(await context.registration());
  if (!versions.reached || context.homeserver === undefined) return notChecked("the homeserver is away");
  if (token === undefined) return notChecked("the registration has no usable token");
  return judgeRoomVersions(await context.homeserver.get("/_matrix/client/v3/capabilities", token));
}

type Whoami = NonNullable<Awaited<ReturnType<DoctorContext["whoami"]>>>;

function withWhoami(judge: (answer: Whoami, context: DoctorContext) => Promise<Verdict> | Verdict): Check {
  return async (context) => {
    const versions = await context.versions();
    if (!versions.reached) return notChecked("the homeserver is away");
    const answer = await context.whoami();
    if (answer === undefined) return notChecked("the registration has no usable token");
    return judge(answer, context);
  };
}

function checkServerName(context: DoctorContext): Promise<Verdict> | Verdict {
  return withWhoami((answer, { names }) => {
    if (!answer.reached || answer.status !== 200) return notChecked("the homeserver does not know the token");
    if (names === undefined) return notChecked("MATRIX_SERVER_NAME is not set");
    return judgeServerName(answer, names.serverName);
  })(context);
}

function checkBot(context: DoctorContext): Promise<Verdict> | Verdict {
  return withWhoami(async (whoami, { names, homeserver, registration }) => {
    if (!whoami.reached || whoami.status !== 200) return notChecked("the homeserver does not know the token");
    if (names === undefined || homeserver === undefined) return notChecked("MATRIX_SERVER_NAME is not set");
    const bot = botUserId(names);
    const path = `/_matrix/client/v3/account/whoami?user_id=${encodeURIComponent(bot)}`;
    return judgeBot(await homeserver.get(path, tokenOf(await registration())), bot);
  })(context);
}

function checkPing(context: DoctorContext): Promise<Verdict> | Verdict {
  return withWhoami(async (whoami, { config, homeserver, registration }) => {
    if (!whoami.reached || whoami.status !== 200) return notChecked("the homeserver does not know the token");
    const reading = await registration();
    const { id, url } = reading.raw;
    const token = tokenOf(reading);
    if (homeserver === undefined || token === undefined || typeof id !== "string") {
      return notChecked("the registration cannot be used");
    }
    const path = `/_matrix/client/v1/appservice/${encodeURIComponent(id)}/ping`;
    const answer = await homeserver.post(path, { transaction_id: "doctor" }, token);
    const health = await openProbe(config.bridgeUrl).get("/health");
    return judgePing({ answer, health, url: typeof url === "string" ? url : config.bridgeUrl });
  })(context);
}

function checkStoredNames(context: DoctorContext): Promise<Verdict> | Verdict {
  const { names } = context;
  if (names === undefined) return notChecked("MATRIX_SERVER_NAME is not set");
  return withTables(async (database) => judgeStoredNames(await readStoredNames(database), names))(context);
}

function withCounts(judge: (counts: MirrorCounts, context: DoctorContext) => Verdict): Check {
  return withTables(async (database, context) => judge(await readMirrorCounts(database), context));
}

function withTables(look: (database: Database, context: DoctorContext) => Promise<Verdict>): Check {
  return async (context) => {
    const reading = await context.database();
    if (!reading.reached) return notChecked("the database is away");
    try {
      return await look(reading.database, context);
    } catch (error) {
      return notChecked(`the tables cannot be read (${databaseReason(error)})`);
    }
  };
}

function sayRegistration({ code, path, found, fix }: RegistrationFault): string {
  return `${code} at ${path}: found ${found}; ${fix}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
