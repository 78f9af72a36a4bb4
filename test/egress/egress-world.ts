import { type Database, transact } from "../../src/db/index.ts";
import { registerAgent } from "../../src/domain/governance/index.ts";
import {
  confirmSends,
  findSend,
  type PostMessage,
  postMessage,
  sendIdOf,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { deliverSends, type EgressDeps } from "../../src/matrix/egress/index.ts";
import { ensureBridge, openGhosts } from "../../src/matrix/ghosts/index.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { ingestEvents } from "../../src/matrix/ingest/index.ts";
import { type FakeEvent, type FakeHomeserver, startFakeHomeserver } from "../support/fake-homeserver.ts";

export const identity = {
  appserviceId: "microdao",
  senderLocalpart: "microdao_appservice",
  botUserId: "@microdao:test",
  serverName: "test",
  agentPrefix: "dao_",
};

export function minutes(count: number): number {
  return count * 60_000;
}

/** The same database, so much later. */
export function at({ database }: { database: Database }, laterMs: number): Database {
  return { ...database, clock: { now: () => new Date(database.clock.now().getTime() + laterMs) } };
}

export interface Place {
  readonly channelId: string;
  readonly roomId: string;
}

/** A database with a microDAO, and a fake homeserver; what agents post in one arrives in the other. */
export interface EgressWorld {
  readonly database: Database;
  readonly fake: FakeHomeserver;
  readonly deps: EgressDeps;
  /** A linked channel whose room the bot has joined. */
  addChannel(slug: string): Promise<Place>;
  /** An agent with a registered user; gives its uuid. */
  addAgent(code: string): Promise<string>;
  post(place: Place, agentId: string, text: string, more?: Partial<PostMessage>): Promise<string>;
  deliver(deps?: Partial<EgressDeps>): Promise<void>;
  /** Confirms what is in the rooms, as the mirror does when a transaction brings it back. */
  echo(): Promise<void>;
  send(sendId: string): ReturnType<typeof findSend>;
  sql<T = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Faster than TRUNCATE, which makes new files. */
const forgetEverything = `DO $$ BEGIN
  DELETE FROM agent_runs; DELETE FROM agent_sessions; DELETE FROM channel_members; DELETE FROM messages;
  DELETE FROM outbox_events; DELETE FROM matrix.rooms; DELETE FROM matrix.state_events; DELETE FROM matrix.bridge;
  DELETE FROM channels; DELETE FROM teams; DELETE FROM agents; DELETE FROM microdaos; DELETE FROM users;
END $$`;

/** Begins with an empty world, whatever a test before left in the database. */
export async function openEgressWorld(database: Database): Promise<EgressWorld> {
  await database.db.$executeRawUnsafe(forgetEverything);
  const fake = await startFakeHomeserver();
  const { clock, db } = database;
  const homeserver = openHomeserver({ url: fake.url, token: "as-token", clock, timeoutMs: 60_000 });
  const ghosts = openGhosts({ database, homeserver, identity, log: silentLog });
  const ingestDeps = {
    database,
    log: silentLog,
    counters: noCounters,
    namespace: { botUserId: identity.botUserId, isGhost: (userId: string) => userId.startsWith("@dao_") },
    triggerMaxAgeMs: minutes(60),
  };
  const deps: EgressDeps = {
    database,
    homeserver,
    ghosts,
    botUserId: identity.botUserId,
    ingest: (events, source) => ingestEvents(ingestDeps, events, { source, txnId: null }),
    counters: noCounters,
    log: silentLog,
  };
  await ghosts.ensure(await ensureBridge(database, identity));
  const sql = <T>(text: string, ...values: unknown[]) => db.$queryRawUnsafe<T[]>(text, ...values);
  const microdaoId = await makeMicrodao(sql);
  return {
    database,
    fake,
    deps,
    sql,
    async addChannel(slug) {
      const place = { channelId: newUuid(clock.now()), roomId: `!${slug}:test` };
      fake.addRoom(place.roomId, identity.botUserId);
      await sql(
        `INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility)
         VALUES ($1::uuid, $2, $2, $3::uuid, $4, 'public')`,
        place.channelId,
        slug,
        microdaoId,
        place.roomId,
      );
      await sql(
        `INSERT INTO matrix.rooms (room_id, channel_id, status) VALUES ($1, $2::uuid, 'joined')`,
        place.roomId,
        place.channelId,
      );
      return place;
    },
    async addAgent(code) {
      const blueprint = { code: "assistant", model: "echo" };
      const { id } = await transact(database, bridgeActor, (tx) =>
        registerAgent(tx, { code, name: code, kind: "assistant", blueprint }),
      );
      await ghosts.ensure(id);
      return id;
    },
    async post({ channelId }, agentId, text, more = {}) {
      const posted = await transact(database, bridgeActor, (tx) =>
        postMessage(tx, { channelId, agentId, body: { text }, ...more }),
      );
      return posted.sendId;
    },
    deliver: (more = {}) => deliverSends({ ...deps, ...more }),
    async echo() {
      const rooms = await sql<{ roomId: string }>(`SELECT room_id AS "roomId" FROM matrix.rooms`);
      const echoes = rooms.flatMap(({ roomId }) => fake.messages(roomId).map(echoOf));
      await transact(database, bridgeActor, (tx) => confirmSends(tx, echoes));
    },
    send: (sendId) => findSend(db, sendId),
    close: () => fake.stop(),
  };
}

function echoOf({ event_id, sender, room_id, content }: FakeEvent) {
  return { sendId: sendIdOf(content) ?? "", eventId: event_id, sender, roomId: room_id };
}

async function makeMicrodao(sql: EgressWorld["sql"]): Promise<string> {
  const id = newUuid(new Date(0));
  await sql(`INSERT INTO users (id) VALUES ($1::uuid)`, id);
  await sql(`INSERT INTO microdaos (id, name, owner_user_id) VALUES ($1::uuid, 'Test', $1::uuid)`, id);
  return id;
}
