import { randomUUID } from "node:crypto";
import { relative } from "node:path";
import { createEventStream, roomIds } from "../../bench/generator.ts";
import { createRandom, type Random } from "../../bench/random.ts";
import type { Database } from "../../src/db/index.ts";
import { root } from "../architecture/repository.ts";
import { resetMirror } from "../mirror/snapshot.ts";
import { type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { type FakeHomeserver, startFakeHomeserver } from "../support/fake-homeserver.ts";
import type { MatrixEvent } from "../support/matrix-events.ts";
import { SynapseSender } from "../support/synapse-sender.ts";

export const serverName = "bench.test";
export const bot = `@microdao:${serverName}`;
export const sofia = `@dao_sofia:${serverName}`;
/** Who asks the agents something, in a room where nothing else is said. */
export const asker = `@asker:${serverName}`;
export const talkRoom = `!talk:${serverName}`;
export const floodRooms = roomIds();

export interface RigOptions {
  readonly seed: number;
  /** Absent: the bridge's process keeps its own embedded database; `prepare` is then up to the test. */
  readonly databaseUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly firstPauseMs?: number;
  /** By how much the bridge is told later than others of what happens on the homeserver, milliseconds. */
  readonly lateBy?: (event: MatrixEvent) => number;
}

/** A bridge as a process, linked rooms, a homeserver that is asked, and one that pushes. */
export interface Rig {
  readonly random: Random;
  readonly bridge: InstalledBridge;
  readonly homeserver: FakeHomeserver;
  readonly sender: SynapseSender;
  /** The next events of a long history: messages, edits, reactions, redactions and members in fifty rooms. */
  readonly history: (count: number) => MatrixEvent[];
  /** The asker says something where agents listen, to Sofia unless it is a command; it is pushed. Gives the event's id. */
  readonly ask: (body: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** A number to begin with, said with what repeats the run as far as chance is in our hands. `file`: the test's, absolute. */
export function chooseSeed(file: string): number {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_007);
  console.info(`Again: npm test -- --seed ${seed} ${relative(root, file)}`);
  return seed;
}

export async function openRig(options: RigOptions): Promise<Rig> {
  const { seed, databaseUrl, env, firstPauseMs = 20, lateBy = () => 0 } = options;
  const homeserver = await startFakeHomeserver(serverName);
  homeserver.addRoom(talkRoom, asker, bot, sofia);
  const bridge = await installBridge({
    homeserverUrl: homeserver.url,
    serverName,
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(env !== undefined && { env }),
  });
  const random = createRandom(seed);
  const { url, hsToken } = bridge;
  // What is said to the agents is never lost, so that it can be told whether all of it was answered.
  const loses = ({ room_id }: MatrixEvent) => room_id !== talkRoom && random.below(50) === 0;
  const sender = new SynapseSender({ url, hsToken, random, firstPauseMs, loses });
  // What agents say comes back, as on a real homeserver.
  homeserver.onEvent((event) => {
    const late = lateBy(event);
    if (late === 0) sender.offer(event);
    else setTimeout(() => sender.offer(event), late);
  });
  const stream = createEventStream({ seed, startTs: Date.now() - 20 * 60_000 });
  // The very events that reconciling finds, should it come to that.
  sender.offer(...homeserver.members(talkRoom));
  return {
    random,
    bridge,
    homeserver,
    sender,
    history: (count) => stream.next(count),
    ask: (body) => say(homeserver, body),
    async close() {
      await sender.stop();
      await bridge.remove();
      await homeserver.stop();
    },
  };
}

async function say(homeserver: FakeHomeserver, body: string): Promise<string> {
  const mentions = body.startsWith("!") ? {} : { user_ids: [sofia] };
  const room = encodeURIComponent(talkRoom);
  const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${randomUUID()}`;
  const reply = await fetch(`${homeserver.url}${path}?user_id=${encodeURIComponent(asker)}`, {
    method: "PUT",
    body: JSON.stringify({ msgtype: "m.text", body, "m.mentions": mentions }),
  });
  const { event_id } = (await reply.json()) as { event_id: string };
  return event_id;
}

/** Links the rooms in a migrated database; channels and agents have the same ids in every database. */
export async function linkRooms(database: Database): Promise<void> {
  await resetMirror(database, [...floodRooms, talkRoom], { agent: sofia });
  await database.db.$executeRawUnsafe(
    `INSERT INTO agents (id, external_id, name, kind, blueprint_id, matrix_id)
     SELECT '00000000-0000-7000-8000-000000000005', 'agent:bridge', 'microDAO', 'system', id, $1 FROM agent_blueprints`,
    bot,
  );
}
