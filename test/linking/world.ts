import { type Database, openDatabase, openJobQueue, transact } from "../../src/db/index.ts";
import { registerAgent, setAgentMatrixId } from "../../src/domain/governance/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { allJobs } from "../../src/jobs/all-jobs.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { ensureBridge } from "../../src/matrix/ghosts/index.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { ingestEvents } from "../../src/matrix/ingest/ingest-events.ts";
import type { LinkingDeps } from "../../src/matrix/linking/deps.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { createTestDatabase } from "../support/database.ts";
import { FakeRooms, type RoomEvent } from "./fake-rooms.ts";

export const bot = "@microdao:test";
export const alice = "@alice:test";
export const bob = "@bob:test";
export const sofia = "@dao_sofia:test";

export interface World {
  readonly database: Database;
  readonly rooms: FakeRooms;
  readonly homeserverUrl: string;
  readonly deps: LinkingDeps;
  /** Stores what the homeserver has pushed since the last call, as its transactions would. */
  push(): Promise<void>;
  /** Stores these events as a transaction would, whether they were pushed before or not. */
  pushEvents(events: readonly RoomEvent[]): Promise<void>;
  /** What was to be pushed never is: the homeserver crashed. */
  forgetPushes(): void;
  /** Payloads of the jobs of one kind that were asked for and not taken yet; takes them. */
  takeJobs<P extends object>(spec: { name: string }): Promise<P[]>;
  rows<R>(sql: string, ...values: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

/** A migrated database, a homeserver that only knows rooms, the bot, alice with microDAO 1, and the agent Sofia. */
export async function openWorld(): Promise<World> {
  const own = await createTestDatabase();
  const queue = await openJobQueue(own.url, allJobs, silentLog);
  const database = openDatabase({ url: own.url, poolSize: 8, clock: systemClock, log: silentLog, queue });
  const rows = <R>(sql: string, ...values: unknown[]) => database.db.$queryRawUnsafe<R[]>(sql, ...values);
  const rooms = new FakeRooms(/^@(?:microdao|dao_[^:]+):test$/);
  const homeserverUrl = await rooms.start();
  const homeserver = openHomeserver({ url: homeserverUrl, token: "secret", clock: systemClock });
  await furnish(database);
  const namespace = { botUserId: bot, isGhost: (userId: string) => userId.startsWith("@dao_") };
  const ingestDeps = { database, log: silentLog, counters: noCounters, namespace, triggerMaxAgeMs: Infinity };
  const pushed: RoomEvent[] = [];
  rooms.onPush((event) => pushed.push(event));
  return {
    database,
    rooms,
    homeserverUrl,
    deps: {
      database,
      homeserver,
      ingest: (events, source) => ingestEvents(ingestDeps, events, { source, txnId: null }),
      botUserId: bot,
      defaultMicrodao: "microdao:1",
      log: silentLog,
      counters: noCounters,
      wakeEgress: () => undefined,
    },
    async push() {
      await ingestEvents(ingestDeps, pushed.splice(0), { source: "push", txnId: "1" });
    },
    async pushEvents(events) {
      await ingestEvents(ingestDeps, events, { source: "push", txnId: "1" });
    },
    forgetPushes() {
      pushed.length = 0;
    },
    async takeJobs<P extends object>({ name }: { name: string }) {
      const taken = await rows<{ data: P }>("DELETE FROM pgboss.job WHERE name = $1 RETURNING data", name);
      return taken.map(({ data }) => data);
    },
    rows,
    async close() {
      await rooms.stop();
      await queue.close();
      await database.close();
      await own.drop();
    },
  };
}

async function furnish(database: Database): Promise<void> {
  const identity = { appserviceId: "microdao", senderLocalpart: "as", botUserId: bot, serverName: "test" };
  const bridgeId = await ensureBridge(database, identity);
  await transact(database, bridgeActor, async (tx) => {
    await setAgentMatrixId(tx, bridgeId, bot);
    const blueprint = { code: "echo", model: "echo" };
    const agent = await registerAgent(tx, { code: "sofia", name: "Sofia", kind: "assistant", blueprint });
    await setAgentMatrixId(tx, agent.id, sofia);
    const owner = await ensureUserByMatrixId(tx, alice);
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
}

/** Makes a room of alice's with bob in it, which is linked as hers; gives its channel. */
export async function linkNewRoom(
  world: World,
  { roomId, name }: { roomId: string; name: string },
): Promise<string> {
  world.rooms.create({ roomId, creator: alice, name });
  world.rooms.setMember(roomId, bob, "join");
  world.rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  const linked = await handleLinkRoom(world.deps, { roomId, inviter: alice });
  if (linked.is !== "linked") throw new TypeError(linked.is);
  await world.push();
  return linked.channelId;
}
