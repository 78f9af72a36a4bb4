import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { makeServer } from "../../src/cli/make-server.ts";
import { type Database, openDatabase, openJobQueue, transact } from "../../src/db/index.ts";
import { ensureAgent, setAgentMatrixId } from "../../src/domain/governance/index.ts";
import { finishLink, linkChannel, reactionJob, syncSpaceJob } from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type Counters, noCounters } from "../../src/kernel/counters.ts";
import { type Log, silentLog } from "../../src/kernel/log.ts";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import {
  type AppserviceDeps,
  type AppserviceQueries,
  type IngestDeps,
  type LastTransaction,
  registerAppservice,
} from "../../src/matrix/ingest/index.ts";
import { answerGhostInviteJob, linkRoomJob } from "../../src/matrix/linking/jobs.ts";
import { followUpgradeJob } from "../../src/matrix/room-life/jobs.ts";
import { createTestDatabase } from "./database.ts";
import { alice, bot, room, sofia } from "./matrix-events.ts";

export const hsToken = "hs_token_of_the_tests_0123456789abcdef0123456789abcdef";

export interface WorldOptions {
  readonly log?: Log;
  readonly counters?: Counters;
  readonly queries?: AppserviceQueries;
  readonly onPing?: AppserviceDeps["onPing"];
  readonly onEphemeral?: AppserviceDeps["onEphemeral"];
  readonly pathPrefix?: string;
  /** How old a pushed message may be for anybody to react to it. Without limit unless a test is about that. */
  readonly triggerMaxAgeMs?: number;
  /** Without the job queue, which takes a while to open: for tests in which nothing asks for work. */
  readonly withoutJobs?: boolean;
  /** A migrated database of the test's own making, which is not dropped. */
  readonly databaseUrl?: string;
}

/** A bridge as far as the homeserver sees it: the appservice API on a migrated database with one linked channel. */
export interface World {
  readonly url: string;
  readonly database: Database;
  /** Not listening yet: `inject`, or `listen` on port 0 where sockets matter. */
  readonly app: FastifyInstance;
  readonly deps: IngestDeps;
  readonly lastTransaction: LastTransaction;
  readonly microdaoId: string;
  /** The uuid of the channel that `room` is linked to. */
  readonly channelId: string;
  readonly agentId: string;
  /** Links another room; gives its channel's uuid. */
  link(roomId: string): Promise<string>;
  /** Pushes events as the homeserver does. Answers are for the test to look at. */
  push(events: readonly unknown[], txnId?: string): Promise<LightMyRequestResponse>;
  rows<R = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<R[]>;
  /** The payloads of the jobs that were asked for and not taken yet; takes them. */
  takeJobs<P extends object>(spec: { readonly name: string }): Promise<P[]>;
  close(): Promise<void>;
}

const jobs = [syncSpaceJob, linkRoomJob, followUpgradeJob, answerGhostInviteJob, runCommandJob, reactionJob];

const nobody: AppserviceQueries = {
  user: () => Promise.resolve(false),
  alias: () => Promise.resolve(false),
};
const defaults = {
  log: silentLog,
  counters: noCounters,
  queries: nobody,
  onPing: () => undefined,
  pathPrefix: "",
  triggerMaxAgeMs: Number.POSITIVE_INFINITY,
} satisfies WorldOptions;

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { log, counters, queries, onPing, pathPrefix, triggerMaxAgeMs } = { ...defaults, ...options };
  const own = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const url = options.databaseUrl ?? own?.url ?? "";
  const queue = options.withoutJobs === true ? undefined : await openJobQueue(url, jobs, silentLog);
  const database = openDatabase({ url, poolSize: 5, clock: systemClock, log, ...(queue && { queue }) });
  const deps: IngestDeps = {
    database,
    log,
    counters,
    namespace: { botUserId: bot, isGhost: (userId) => /^@dao_[^:]+:test$/.test(userId) },
    triggerMaxAgeMs,
  };
  const lastTransaction: LastTransaction = { at: undefined, id: null, lagSeconds: undefined };
  const app = makeServer({ log, pathPrefix });
  registerAppservice(app, {
    ...deps,
    hsToken,
    queries,
    lastTransaction,
    onPing,
    ...(options.onEphemeral !== undefined && { onEphemeral: options.onEphemeral }),
  });
  await app.ready();
  const { microdaoId, agentId } = await furnish(database);
  const link = (roomId: string) => linkRoom(database, microdaoId, roomId);
  const rows = <R>(sql: string, ...values: unknown[]) => database.db.$queryRawUnsafe<R[]>(sql, ...values);
  return {
    url,
    database,
    app,
    deps,
    lastTransaction,
    microdaoId,
    agentId,
    channelId: await link(room),
    link,
    push: (events, txnId) => pushTransaction(app, events, txnId),
    rows,
    async takeJobs<P extends object>({ name }: { readonly name: string }) {
      const taken = await rows<{ data: P }>("DELETE FROM pgboss.job WHERE name = $1 RETURNING data", name);
      return taken.map(({ data }) => data);
    },
    async close() {
      await app.close();
      await queue?.close();
      await database.close();
      await own?.drop();
    },
  };
}

let transactions = 0;

/** `PUT /_matrix/app/v1/transactions/{txnId}`, with a transaction id of its own unless one is given. */
export function pushTransaction(
  app: FastifyInstance,
  events: readonly unknown[],
  txnId?: string,
): Promise<LightMyRequestResponse> {
  transactions += 1;
  return app.inject({
    method: "PUT",
    url: `/_matrix/app/v1/transactions/${txnId ?? String(transactions)}`,
    headers: { authorization: `Bearer ${hsToken}`, "content-type": "application/json" },
    payload: JSON.stringify({ events }),
  });
}

/** Alice's microDAO, and the agent Sofia with her ghost. */
async function furnish(database: Database): Promise<{ microdaoId: string; agentId: string }> {
  return transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, alice);
    const microdao = await createMicrodao(tx, { name: "Test", ownerUserId: owner.id });
    const agent = await ensureAgent(tx, {
      code: "sofia",
      name: "Sofia",
      kind: "assistant",
      microdaoId: microdao.id,
      blueprint: { code: "test", model: "echo" },
    });
    await setAgentMatrixId(tx, agent.id, sofia);
    return { microdaoId: microdao.id, agentId: agent.id };
  });
}

/** Links a room as the bridge does once it is in it. */
async function linkRoom(database: Database, microdaoId: string, roomId: string): Promise<string> {
  return transact(database, bridgeActor, async (tx) => {
    const { channelId } = await linkChannel(tx, { roomId, microdaoId, inviter: alice });
    await finishLink(tx, roomId, { alias: null, name: null });
    if (channelId === null) throw new Error("a room that was linked has no channel");
    return channelId;
  });
}
