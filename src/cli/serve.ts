import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import { echoModel } from "../adapters/llm/echo.ts";
import { openAiCompatible } from "../adapters/llm/openai-compatible.ts";
import { pageFetcher } from "../adapters/web/fetch-page.ts";
import { openWebhookSender } from "../adapters/webhooks/webhook-sender.ts";
import type { ServeConfig } from "../config/index.ts";
import {
  type Database,
  type JobQueue,
  keepOutboxOrder,
  openDatabase,
  openJobQueue,
  openPresence,
  transact,
} from "../db/index.ts";
import { requireMigrated } from "../db/migrate/index.ts";
import type { RunPolicy } from "../domain/agents/index.ts";
import { openSealer, parseQuotas, type Sealer, setQuotas } from "../domain/governance/index.ts";
import type { ModelEndpoint } from "../domain/runtime/index.ts";
import { createMetrics, type Metrics, registerApi } from "../http/index.ts";
import { allJobs } from "../jobs/all-jobs.ts";
import { runWorker, type Worker, type WorkerDeps } from "../jobs/run-worker.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { systemClock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import { type RunningBridge, runBridge } from "../matrix/bridge.ts";
import { passTypingOn } from "../matrix/egress/index.ts";
import { agentCodeOf, ensureBridge, type Ghosts, ghostIdOf, openGhosts } from "../matrix/ghosts/index.ts";
import { type Homeserver, openHomeserver } from "../matrix/homeserver/index.ts";
import {
  dropLettersOf,
  type IngestDeps,
  ingestEvents,
  type LastTransaction,
  registerAppservice,
} from "../matrix/ingest/index.ts";
import { readQuestionFrom } from "../matrix/ingest/read-question.ts";
import { type Live, openLive } from "../matrix/live/index.ts";
import { mediaFrom, uploadsTo } from "../matrix/media/index.ts";
import { doubtRooms } from "../matrix/reconcile/keep-reconciling.ts";
import { botUserId, type Registration, requireUsableRegistration } from "../matrix/registration/index.ts";
import type { AddressSpace } from "../matrix/room-life/channel-address.ts";
import { roomOfAlias } from "../matrix/room-life/room-of-alias.ts";
import { type Greeting, greetHomeserver } from "./greet-homeserver.ts";
import { makeServer } from "./make-server.ts";
import { noteTransactions } from "./note-transactions.ts";
import { probesOf } from "./probes.ts";
import { registrationNames } from "./registration-names.ts";

/** Which part of the bridge a process is: the HTTP side, the background work, or both. */
export type Role = "all" | "web" | "worker";

export interface ServeOptions {
  readonly log: Log;
  readonly role?: Role;
}

export interface RunningServer {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Stops in reverse order, in less than ten seconds; what was acknowledged is stored, what was not comes again. */
  close(): Promise<void>;
}

/** The homeserver sends one transaction at a time; the other is for one that it repeats while the first still hangs. */
const pushConnections = 2;

/** What the parts of a serving process share. */
interface Parts {
  readonly config: ServeConfig;
  readonly registration: Registration;
  readonly log: Log;
  readonly database: Database;
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly metrics: Metrics;
  readonly ingest: IngestDeps;
  readonly lastTransaction: LastTransaction;
  readonly live: Live;
}

/**
 * Starts the bridge: database, listener, then everything that talks to the homeserver, which may still be away.
 * Throws a declared error when the configuration, the registration or the database does not fit.
 */
export async function startBridge(
  config: ServeConfig,
  { log, role = "all" }: ServeOptions,
): Promise<RunningServer> {
  const names = registrationNames(config);
  const registration = await requireUsableRegistration(config.registrationPath, names);
  for (const { code, found } of registration.warnings)
    log.warn({ code, found }, "the registration could be better");
  await requireMigrated(config.databaseUrl);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const queue = await openJobQueue(config.databaseUrl, allJobs, log);
    closing.unshift(() => queue.close());
    const parts = await openParts(config, registration, { log, queue });
    // The queue's workers use the database: it closes after them.
    closing.push(() => parts.database.close());
    return await start(parts, role, closing);
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

async function openParts(
  config: ServeConfig,
  registration: Registration,
  { log, queue }: { log: Log; queue: JobQueue },
): Promise<Parts> {
  const names = registrationNames(config);
  const { databaseUrl: url, databasePoolSize: poolSize } = config;
  const database = openDatabase({ url, poolSize, clock: systemClock, log, queue });
  const identity = {
    appserviceId: registration.id,
    senderLocalpart: registration.senderLocalpart,
    botUserId: botUserId(names),
    serverName: config.serverName,
    agentPrefix: config.agentPrefix,
  };
  await ensureBridge(database, identity);
  await transact(database, bridgeActor, async (tx) => {
    await setQuotas(tx, { kind: "agent", id: null }, parseQuotas(config.quotaAgent));
    await setQuotas(tx, { kind: "key", id: null }, parseQuotas(config.quotaKey));
  });
  if (await keepOutboxOrder(database))
    log.warn({}, "the database was made from a dump: its events were put in order anew");
  const homeserver = openHomeserver({
    url: config.homeserverUrl,
    token: registration.asToken,
    clock: systemClock,
    botUserId: identity.botUserId,
  });
  const metrics = createMetrics();
  return {
    config,
    registration,
    log,
    database,
    homeserver,
    metrics,
    ghosts: openGhosts({ database, homeserver, identity, log }),
    ingest: {
      database,
      log,
      counters: metrics.counters,
      namespace: {
        botUserId: identity.botUserId,
        isGhost: (userId) => agentCodeOf(identity, userId) !== undefined,
      },
      triggerMaxAgeMs: config.triggerMaxAgeMinutes * 60_000,
      runPolicy: runPolicyOf(config),
    },
    lastTransaction: { at: undefined, id: null, lagSeconds: undefined },
    live: openLive({ database, log }),
  };
}

async function start(parts: Parts, role: Role, closing: (() => Promise<unknown>)[]): Promise<RunningServer> {
  const { config, log } = parts;
  const worker = role === "web" ? undefined : await startWorker(parts, closing);
  const bridge = await openBridge(parts);
  closing.unshift(() => bridge.close());
  const greeting = greetHomeserver({
    ...parts,
    appserviceId: parts.registration.id,
    onReached: () => doubtRooms(parts.database, "all"),
  });
  closing.unshift(() => greeting.stop());
  const noting = noteTransactions(parts);
  closing.unshift(() => noting.stop());
  const app = makeServer({ log, pathPrefix: new URL(parts.registration.url).pathname.replace(/\/+$/, "") });
  if (role !== "worker") addAppservice(app, parts, bridge, greeting);
  addApi(app, parts, greeting, worker);
  const url = await app.listen({ host: config.host, port: config.port });
  closing.unshift(() => app.close());
  log.info({ url, role, homeserver: config.homeserverUrl }, "the bridge is up");
  greeting.begin();
  return {
    url: config.host === "0.0.0.0" || config.host === "::" ? config.bridgeUrl : url,
    async close() {
      for (const close of closing.splice(0)) await close();
      log.info({}, "the bridge has stopped");
    },
  };
}

function addressSpaceOf({ serverName, agentPrefix }: ServeConfig): AddressSpace {
  return { serverName, aliasPrefix: agentPrefix };
}

function runPolicyOf(config: ServeConfig): RunPolicy {
  return {
    hopLimit: config.agentHopLimit,
    uses: config.agentBudget,
    windowMs: config.agentBudgetSeconds * 1000,
    restMs: config.agentRestSeconds * 1000,
  };
}

async function startWorker(parts: Parts, closing: (() => Promise<unknown>)[]): Promise<Worker> {
  const { config, ingest, metrics, log } = parts;
  const name = `${hostname()}:${process.pid}`;
  const presence = await openPresence({ url: config.databaseUrl, name, log });
  closing.unshift(() => presence.close());
  const worker = await runWorker({
    ...parts,
    holder: presence.holder,
    counters: metrics.counters,
    botUserId: ingest.namespace.botUserId,
    defaultMicrodao: config.defaultMicrodao,
    deadLetterDays: config.deadLetterDays,
    parkedDays: config.parkedDays,
    ...addressSpaceOf(config),
    uploads: uploadsOf(parts),
    webhooks: {
      sender: openWebhookSender({ allowPrivate: config.webhookAllowPrivate }),
      sealer: sealerOf(config),
    },
    ...thinkingOf(config),
    runPolicy: runPolicyOf(config),
    runLimits: { perAgent: config.agentConcurrency, perModel: config.modelConcurrency },
    ingest: (events, source) => ingestEvents(ingest, events, { source, txnId: null }),
  });
  closing.unshift(() => worker.stop());
  return worker;
}

function uploadsOf({ config, database, homeserver }: Parts): ReturnType<typeof uploadsTo> {
  return uploadsTo({ database, homeserver, limitBytes: config.mediaMaxMib * 1024 * 1024 });
}

/** What agents think with: the models, and what they read of the web. */
function thinkingOf(config: ServeConfig): Pick<WorkerDeps, "models" | "fetchPage" | "contextTokens"> {
  return {
    models: {
      openModel: (endpoint) => openAiCompatible({ ...endpoint, clock: systemClock }),
      offline: echoModel,
      endpoint: endpointOf(config),
      sealer: sealerOf(config),
    },
    fetchPage: pageFetcher({ allowedHosts: config.fetchAllowHosts }),
    contextTokens: config.llmContextTokens,
  };
}

function endpointOf(config: ServeConfig): ModelEndpoint | undefined {
  const { llmBaseUrl: baseUrl, llmModel: model, llmApiKey: apiKey, llmInputPrice, llmOutputPrice } = config;
  if (baseUrl === undefined || model === undefined) return undefined;
  const isPriced = llmInputPrice !== undefined || llmOutputPrice !== undefined;
  const prices = isPriced ? { input: llmInputPrice ?? 0, output: llmOutputPrice ?? 0 } : undefined;
  return { baseUrl: baseUrl.replace(/\/+$/, ""), model, apiKey, prices };
}

function sealerOf({ secretsKek, secretsKekOld }: ServeConfig): Sealer {
  return openSealer(secretsKek, ...(secretsKekOld === undefined ? [] : [secretsKekOld]));
}

function openBridge(parts: Parts): Promise<RunningBridge> {
  const { config, registration, ghosts, log } = parts;
  return runBridge({
    homeserverUrl: config.homeserverUrl,
    serverName: config.serverName,
    registration,
    isUserWanted: (userId) => ghosts.isWanted(userId),
    roomOfAlias: (alias) =>
      roomOfAlias(
        { ...parts, ...addressSpaceOf(config), botUserId: parts.ingest.namespace.botUserId },
        alias,
      ),
    log,
  });
}

function addAppservice(app: FastifyInstance, parts: Parts, bridge: RunningBridge, greeting: Greeting): void {
  registerAppservice(app, {
    ...parts.ingest,
    // No other work makes what is pushed wait for a connection.
    database: parts.database.lane(pushConnections),
    hsToken: parts.registration.hsToken,
    queries: bridge.queries,
    lastTransaction: parts.lastTransaction,
    onPing: (transactionId) => greeting.pinged(transactionId),
    onEphemeral: (ephemeral) => parts.live.take(ephemeral),
  });
}

/** A process that only works has the API all the same: its health and its metrics are asked for there. */
function addApi(app: FastifyInstance, parts: Parts, greeting: Greeting, worker: Worker | undefined): void {
  const { config, database, live, log, metrics } = parts;
  registerApi(app, {
    database,
    live,
    secretsKey: config.secretsKek,
    log,
    metrics,
    probes: probesOf({ databaseUrl: config.databaseUrl, greeting }),
    media: {
      source: mediaFrom({
        url: config.homeserverUrl,
        token: parts.registration.asToken,
        clock: systemClock,
        limitBytes: config.mediaMaxMib * 1024 * 1024,
        timeoutMs: config.mediaTimeoutSeconds * 1000,
      }),
      sink: uploadsOf(parts),
      linkMs: config.mediaLinkMinutes * 60_000,
    },
    runPolicy: runPolicyOf(config),
    ghostIdOf: (code) => ghostIdOf(config, code),
    // Without a worker here, those of other processes find the message by their poll.
    wakeEgress: () => worker?.wakeEgress(),
    dropLetters: (matrixId, how) => dropLettersOf(database, matrixId, how),
    showTyping: passTypingOn(parts.homeserver, log),
    readQuestion: readQuestionFrom(parts.homeserver, parts.ingest.namespace.botUserId),
    rateLimit: { perSecond: config.apiRequestsPerSecond, burst: 4 * config.apiRequestsPerSecond },
    failureLimit: { perSecond: config.authFailuresPerMinute / 60, burst: config.authFailuresPerMinute },
    webhooks: { allowPrivate: config.webhookAllowPrivate },
  });
}
