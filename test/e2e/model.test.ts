import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createRandom } from "../../bench/random.ts";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { chooseSeed } from "../destruction/rig.ts";
import { type BridgeProcess, type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { runCli } from "../support/run-cli.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";
import { mirroredRoom } from "./model/mirror.ts";
import { act, type Call, type ModelRoom, type Reply } from "./model/people.ts";
import { type RawEvent, type RoomTruth, truthOf } from "./model/truth.ts";

/** `npm test -- --seed N test/e2e/model.test.ts` does the same again; `MODEL_STEPS` makes it longer. */
const seed = chooseSeed(import.meta.filename);
const steps = Number(process.env["MODEL_STEPS"] ?? 120);
const random = createRandom(seed);
const bot = "@microdao:localhost";
const closing: (() => unknown)[] = [];
const tokens = new Map<string, string>();
const people = ["ann", "bob", "cyd", "dan"].map((localpart) => `@${localpart}:localhost`);

let database: Database;
let bridge: InstalledBridge;
let running: BridgeProcess;
let synapse: TestSynapse;

const startBridge = async () => {
  running = await bridge.start({ MATRIX_HOMESERVER_URL: synapse.url });
};

beforeAll(async () => {
  const own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(
    () => own.drop(),
    () => database.close(),
  );
  bridge = await installBridge({
    databaseUrl: own.url,
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "localhost",
  });
  closing.push(() => bridge.remove());
  synapse = await startSynapse({ registrationPath: bridge.registrationPath });
  closing.push(() => synapse.stop());
  tokens.set(bot, bridge.asToken);
  for (const person of people) {
    const { accessToken } = await synapse.registerUser(person.slice(1, person.indexOf(":")));
    tokens.set(person, accessToken);
  }
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, people[0] ?? "");
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  await startBridge();
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const call: Call = async (who, method, path, body) => {
  const headers = { authorization: `Bearer ${tokens.get(who) ?? ""}`, "content-type": "application/json" };
  const url = `${synapse.url}/_matrix/client/v3${path}`;
  const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const reply = await fetch(url, { ...request, signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  const answer = (await reply?.json().catch(() => undefined)) as Reply | undefined;
  return reply?.ok === true ? answer : undefined;
};

async function linkedRoom(version: string): Promise<ModelRoom> {
  const made = await call(people[0] ?? "", "POST", "/createRoom", {
    name: `Version ${version}`,
    room_version: version,
    preset: "public_chat",
    invite: [bot],
  });
  const roomId = String(made?.["room_id"]);
  await vi.waitUntil(
    async () =>
      (
        await database.db.$queryRawUnsafe<unknown[]>(
          "SELECT 1 AS one FROM matrix.rooms WHERE room_id = $1 AND status = 'joined'",
          roomId,
        )
      ).length === 1,
    patience,
  );
  return { roomId, said: [] };
}

/** The homeserver's own view of a room, read as the bot. */
async function truthOfRoom(roomId: string): Promise<RoomTruth> {
  const at = `/rooms/${encodeURIComponent(roomId)}`;
  const history: RawEvent[] = [];
  let from = "";
  for (;;) {
    const page = await call(bot, "GET", `${at}/messages?dir=b&limit=1000${from}&user_id=${bot}`);
    if (page === undefined) throw new TypeError("the homeserver does not give its messages");
    history.push(...(page["chunk"] as RawEvent[]));
    if (typeof page["end"] !== "string") break;
    from = `&from=${page["end"]}`;
  }
  const state = (await call(bot, "GET", `${at}/state?user_id=${bot}`)) as unknown as RawEvent[];
  return truthOf(history, state, (id) => people.includes(id));
}

/** Does what the operator's manual says after a crash of the homeserver. */
async function repair(): Promise<void> {
  const options = { directory: bridge.dataDir, env: { ...bridge.env, MATRIX_HOMESERVER_URL: synapse.url } };
  const done = await runCli(["backfill", "--all", "--again"], options);
  expect(done.code, done.stderr).toBe(0);
}

const ends = {
  bridge: async () => {
    await running.kill();
    return startBridge;
  },
  homeserver: async () => {
    await synapse.kill();
    return () => synapse.restart();
  },
} as const;

it(`${steps} random actions of people, the bridge and the homeserver killed in between: the mirror is what the homeserver says`, async () => {
  const rooms = [await linkedRoom("11"), await linkedRoom("12")];
  for (const person of people.slice(1)) {
    for (const { roomId } of rooms)
      await call(person, "POST", `/rooms/${encodeURIComponent(roomId)}/join`, {});
  }
  const model = { random, call, people, rooms };
  const done: string[] = [];
  const killAt = new Map<number, keyof typeof ends>([
    [random.below(steps), "bridge"],
    [random.below(steps), "bridge"],
    [random.below(steps), "homeserver"],
  ]);
  for (let step = 0; step < steps; step += 1) {
    const end = killAt.get(step);
    if (end === undefined) {
      done.push(await act(model));
      continue;
    }
    // Something is under way when it dies; some more is said before it is back.
    const meanwhile = [act(model), act(model), act(model)];
    const restart = await ends[end]();
    await Promise.all(meanwhile);
    if (end === "bridge") for (let more = 0; more < 5; more += 1) await act(model);
    await restart();
  }
  await repair();
  let messages = 0;
  for (const { roomId } of rooms) {
    const truth = await truthOfRoom(roomId);
    messages += Object.keys(truth.messages).length;
    await vi.waitFor(async () => expect(await mirroredRoom(database, roomId)).toEqual(truth), patience);
  }
  // Chance decides how many each room gets.
  expect(messages).toBeGreaterThan(0);
  const counts = Object.entries(Object.groupBy(done, (kind) => kind)).map(
    ([kind, all = []]) => `${kind} ${all.length}`,
  );
  process.stdout.write(`done: ${counts.join(", ")}\n`);
});
