import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Config, ServeConfig } from "../../config/index.ts";
import { chooseHomeserver, type Homeserver, isRegistered } from "./choose-homeserver.ts";
import { type ClosingStack, newClosingStack } from "./closing-stack.ts";
import type { OpenDemoBridge } from "./demo-bridge.ts";
import { type DemoWorld, ensureDemoWorld } from "./demo-world.ts";
import { ensurePeople } from "./ensure-account.ts";
import { homeserverEnded } from "./errors.ts";
import { freePort } from "./free-port.ts";
import { type KeptState, openKeptState } from "./kept-state.ts";
import { type QuickstartFacts, removeQuickstartFile, writeQuickstartFile } from "./quickstart-file.ts";
import { lockDataDir } from "./quickstart-lock.ts";
import { quickstartPage, registrationPage } from "./quickstart-page.ts";

/** The parts of the bridge that a quickstart puts together. */
export interface QuickstartParts {
  readonly startEmbeddedDatabase: (dataDir: string) => Promise<Closable & { readonly url: string }>;
  /** Brings a database to the current schema, seeds included. */
  readonly migrate: (databaseUrl: string) => Promise<void>;
  /** Writes the registration, or brings it up to date. `changes` says what was different in a file that was there. */
  readonly writeRegistration: (config: ServeConfig) => Promise<WrittenRegistration>;
  readonly openDemoBridge: (config: ServeConfig, botUserId: string) => OpenDemoBridge;
  readonly startBridge: (config: ServeConfig) => Promise<Closable & { readonly url: string }>;
}

interface Closable {
  readonly close: () => Promise<void>;
}

interface WrittenRegistration {
  readonly path: string;
  readonly asToken: string;
  readonly botUserId: string;
  readonly changes: readonly string[];
}

export interface QuickstartOptions {
  readonly config: Config;
  readonly parts: QuickstartParts;
  /** Told what is going on, for people. */
  readonly say: (line: string) => void;
  /** Aborted when everything shall stop. */
  readonly signal: AbortSignal;
}

interface Run extends QuickstartOptions {
  readonly state: KeptState;
  readonly stack: ClosingStack;
}

const registrationPollMs = 2_000;

/**
 * `npm start`: brings up all that a newcomer needs, keeps `quickstart.json` true while it runs, and stops what it started
 * when the signal says so or when something goes wrong. Everything it makes is made once and found again by the next run.
 */
export async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const { config, say, signal } = options;
  const stack = newClosingStack(say);
  try {
    stack.push("the lock", await lockDataDir(config.dataDir));
    await removeQuickstartFile(config.dataDir);
    await runAll({ ...options, state: await openKeptState(config.dataDir), stack });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (signal.aborted) say("Stopping.");
    await stack.close();
  }
}

async function runAll(run: Run): Promise<void> {
  const { parts, say, signal, stack } = run;
  const homeserver = await chooseHomeserver(run);
  signal.throwIfAborted();
  const config = await completeConfig(run, homeserver, await startDatabase(run));
  const registration = await parts.writeRegistration(config);
  signal.throwIfAborted();
  const homeserverEnd = await startHomeserver(run, homeserver, registration.path);
  const users = await ensurePeople(homeserver, run.state, say);
  const demo = parts.openDemoBridge(config, registration.botUserId);
  stack.push("the database connection", demo.close);
  const defaultMicrodao = await demo.ensureMicrodao(users[0]?.userId ?? registration.botUserId);
  signal.throwIfAborted();
  const bridge = await parts.startBridge({ ...config, defaultMicrodao });
  stack.push("the bridge", bridge.close);
  const publish = async (world: DemoWorld): Promise<void> => {
    const facts = factsOf({ config, homeserver, registration, bridgeUrl: bridge.url, world });
    stack.push("quickstart.json", () => removeQuickstartFile(config.dataDir));
    await writeQuickstartFile(config.dataDir, facts);
    if (world === nothingYet) return;
    const isEmbedded = run.config.databaseUrl === undefined;
    say(quickstartPage({ facts, dataDir: config.dataDir, isPrivate: homeserver.isPrivate, isEmbedded }));
  };
  await untilRegistered(run, homeserver, registration, () => publish(nothingYet));
  say("Setting up the demo: alice and bob, the rooms general and quiet, and Sofia.");
  await publish(await ensureDemoWorld({ ...run, homeserver, bridge: demo, users }));
  await untilStopped(signal, homeserverEnd);
}

/** What is true of the demo as long as the homeserver does not let the bridge in. */
const nothingYet: DemoWorld = { users: [], rooms: [], agents: [], adminKey: "" };

async function startDatabase({ config, parts, say, stack }: Run): Promise<string> {
  let url = config.databaseUrl;
  if (url === undefined) {
    say("Starting the embedded PostgreSQL.");
    const database = await parts.startEmbeddedDatabase(join(config.dataDir, "postgres"));
    stack.push("the database", database.close);
    ({ url } = database);
  }
  await parts.migrate(url);
  return url;
}

/** The configuration that the bridge runs with: what was set, and for the rest what was found or made. */
async function completeConfig(
  { config, state, say }: Run,
  homeserver: Homeserver,
  databaseUrl: string,
): Promise<ServeConfig> {
  const remembered = state.values.bridgePort;
  const wanted = [config.port, remembered ?? 0].filter((port) => port !== 0);
  const port = await freePort(config.host, wanted);
  if (config.port !== 0 && port !== config.port)
    say(`Port ${config.port} is taken, so the bridge uses port ${port}.`);
  await state.keep({ bridgePort: port });
  return {
    ...config,
    port,
    bridgeUrl: withPort(config.bridgeUrl, config.port, port),
    databaseUrl,
    secretsKek: config.secretsKek ?? (await keptSecretsKek(state)),
    homeserverUrl: homeserver.url,
    serverName: homeserver.serverName,
  };
}

/** A key-encryption key of this data directory's own, the same at every start: access keys hang on it. */
async function keptSecretsKek(state: KeptState): Promise<Uint8Array<ArrayBuffer>> {
  const secretsKek = state.values.secretsKek ?? randomBytes(32).toString("base64");
  await state.keep({ secretsKek });
  return new Uint8Array(Buffer.from(secretsKek, "base64"));
}

/** Where the homeserver finds us follows our port, unless it says another one, as that of a proxy does. */
function withPort(bridgeUrl: string, from: number, to: number): string {
  const url = new URL(bridgeUrl);
  if (url.port !== String(from)) return bridgeUrl;
  url.port = String(to);
  return url.toString().replace(/\/+$/, "");
}

/** Starts a homeserver that is ours; the promise inside settles when it ends. */
async function startHomeserver(
  { say, stack }: Run,
  homeserver: Homeserver,
  registrationPath: string,
): Promise<{ ended: Promise<void>; logPath: string } | undefined> {
  if (homeserver.start === undefined) return undefined;
  say(`Starting Synapse on ${homeserver.url}.`);
  const synapse = await homeserver.start(registrationPath);
  stack.push("Synapse", synapse.stop);
  return synapse;
}

async function untilRegistered(
  { say, signal }: Run,
  homeserver: Homeserver,
  registration: WrittenRegistration,
  meanwhile: () => Promise<void>,
): Promise<void> {
  if (!homeserver.isPrivate)
    for (const change of registration.changes) say(`Registration changed: ${change}`);
  for (let told = false; !(await isRegistered(homeserver, registration.asToken)); told = true) {
    if (!told) {
      await meanwhile();
      say(registrationPage(registration.path, homeserver.url));
    }
    await new Promise((wake) => setTimeout(wake, registrationPollMs));
    signal.throwIfAborted();
  }
}

/** Waits for the order to stop. A homeserver of ours that ends without being told to is an error. */
async function untilStopped(
  signal: AbortSignal,
  homeserver: { ended: Promise<void>; logPath: string } | undefined,
): Promise<void> {
  const stopped = new Promise<"stopped">((resolve) => {
    if (signal.aborted) resolve("stopped");
    signal.addEventListener("abort", () => {
      resolve("stopped");
    });
  });
  const ended = homeserver?.ended.then(() => "ended" as const);
  const first = await Promise.race([stopped, ...(ended === undefined ? [] : [ended])]);
  if (first === "ended") throw homeserverEnded({ logPath: homeserver?.logPath ?? "" });
}

function factsOf(found: {
  config: ServeConfig;
  homeserver: Homeserver;
  registration: WrittenRegistration;
  bridgeUrl: string;
  world: DemoWorld;
}): QuickstartFacts {
  const { config, homeserver, registration, bridgeUrl, world } = found;
  return {
    homeserverUrl: homeserver.url,
    serverName: homeserver.serverName,
    bridgeUrl,
    consoleUrl: `${bridgeUrl}/console`,
    databaseUrl: config.databaseUrl,
    registrationPath: registration.path,
    botUserId: registration.botUserId,
    ...world,
  };
}
