import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DbClient, transact } from "../../src/db/index.ts";
import { addReaction, editMessage, redactMessage, removeReaction } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { EgressDeps } from "../../src/matrix/egress/index.ts";
import { openGhosts } from "../../src/matrix/ghosts/index.ts";
import { type Homeserver, openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { at, type EgressWorld, identity, minutes, openEgressWorld, type Place } from "./egress-world.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
const ghost = "@dao_sofia:test";

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await openEgressWorld(test.database);
});
afterEach(() => world.close());

/**
 * A process that dies: the port call with this number is not made, or is made and its answer never seen, and from then
 * on nothing of the process reaches the outside any more.
 */
class Mortal {
  readonly diesAt: number;
  readonly before: boolean;
  calls = 0;
  constructor(diesAt: number, before: boolean) {
    this.diesAt = diesAt;
    this.before = before;
  }
  isDead(): boolean {
    return this.calls > this.diesAt;
  }
  async through<T>(call: () => Promise<T>): Promise<T> {
    if (this.isDead()) throw new TypeError("dead");
    this.calls += 1;
    if (!this.isDead()) return call();
    if (!this.before) await call();
    throw new TypeError("dead");
  }
  /** Every function of a port, mortal. */
  wrap<T extends object>(port: T, names: readonly (keyof T)[]): T {
    const wrapped = Object.fromEntries(
      names.map((name) => [
        name,
        (...parameters: unknown[]) =>
          this.through(() =>
            (port[name] as (...given: unknown[]) => Promise<unknown>).apply(port, parameters),
          ),
      ]),
    );
    return new Proxy(port, { get: (target, name) => wrapped[name as string] ?? Reflect.get(target, name) });
  }
}

function mortalDeps(mortal: Mortal): Partial<EgressDeps> {
  const db = mortal.wrap<DbClient>(world.database.db, ["$queryRawUnsafe", "$executeRawUnsafe"]);
  const database = mortal.wrap({ ...world.database, db }, ["transaction"]);
  const real = openHomeserver({ url: world.fake.url, token: "t", clock: database.clock, timeoutMs: 60_000 });
  const homeserver = mortal.wrap<Homeserver>(real, [
    "sendEvent",
    "redact",
    "messages",
    "stateEvent",
    "invite",
    "joinRoom",
    "registerUser",
  ]);
  return { database, homeserver, ghosts: openGhosts({ database, homeserver, identity, log: silentLog }) };
}

async function revive(place: Place, restarted: boolean): Promise<void> {
  if (restarted) world.fake.restart();
  // Leases run out, then the first look at the room may have to be repeated.
  for (const later of [10, 20, 30, 40]) await world.deliver({ database: at(world, minutes(later)) });
  await world.echo();
  const bodies = world.fake.messages(place.roomId).map(({ content }) => content["body"]);
  expect(bodies).toEqual(["first", "second"]);
  const states = await world.sql(
    `SELECT state, content FROM matrix.sends WHERE room_id = $1 ORDER BY seq`,
    place.roomId,
  );
  expect(states).toEqual([
    { state: "confirmed", content: null },
    { state: "confirmed", content: null },
  ]);
}

/** Kills at every port call in turn, before it and after it, with and without a restart of the homeserver. */
async function killEverywhere(prepare: (place: Place) => void): Promise<number> {
  const sofia = await world.addAgent("sofia");
  let deaths = 0;
  for (const [before, restarted] of [
    [true, false],
    [false, true],
  ] as const) {
    for (let diesAt = 0; ; diesAt += 1) {
      const place = await world.addChannel(`r${before ? "b" : "a"}${diesAt}`);
      prepare(place);
      await world.post(place, sofia, "first");
      await world.post(place, sofia, "second");
      const mortal = new Mortal(diesAt, before);
      await world.deliver(mortalDeps(mortal));
      await revive(place, restarted);
      if (!mortal.isDead()) break;
      deaths += 1;
    }
  }
  return deaths;
}

describe("a process that is killed while it delivers", () => {
  it("60 and 63: between any two steps of an ordinary delivery, each message arrives once and in order", async () => {
    const deaths = await killEverywhere(({ roomId }) => {
      world.fake.setMembership(roomId, ghost, "join");
    });
    expect(deaths).toBeGreaterThan(10);
  });

  it("71: also while the sender is being let into the room", async () => {
    const deaths = await killEverywhere(() => undefined);
    expect(deaths).toBeGreaterThan(20);
  });

  it("62 and 63: also when the answers before were lost", async () => {
    const deaths = await killEverywhere(({ roomId }) => {
      world.fake.setMembership(roomId, ghost, "join");
      world.fake.fail({ path: new RegExp(`${encodeURIComponent(roomId)}/send/`) }, { kind: "cut" });
    });
    expect(deaths).toBeGreaterThan(4);
  });
});

/** A message, and all that may be done to it, asked for at once. */
async function sayAndChange(place: Place, agentId: string): Promise<void> {
  const messageId = await world.post(place, agentId, "first");
  const target = { messageId, agentId };
  await transact(world.database, bridgeActor, async (tx) => {
    await editMessage(tx, { ...target, body: { text: "better" } });
    await addReaction(tx, { ...target, key: "+1" });
    await removeReaction(tx, { ...target, key: "+1" });
    await redactMessage(tx, { ...target, othersAllowed: false });
  });
}

async function expectEachOnce(place: Place): Promise<void> {
  const events = world.fake.messages(place.roomId);
  const [message, , reaction] = events.map(({ event_id }) => event_id);
  const done = events.map(({ type, content }) => [type, content["m.relates_to"] ?? content["redacts"]]);
  expect(done).toEqual([
    ["m.room.message", undefined],
    ["m.room.message", { rel_type: "m.replace", event_id: message }],
    ["m.reaction", { rel_type: "m.annotation", key: "+1", event_id: message }],
    ["m.room.redaction", reaction],
    ["m.room.redaction", message],
  ]);
  const states = `SELECT DISTINCT state FROM matrix.sends WHERE room_id = $1`;
  expect(await world.sql(states, place.roomId)).toEqual([{ state: "confirmed" }]);
}

describe("a process that is killed while it delivers what changes a message", () => {
  it.each([
    ["before a step", true],
    ["after a step, and the homeserver restarts", false],
  ])("62, 63 and 67: %s, each change happens once, after what it changes", async (_when, before) => {
    const sofia = await world.addAgent("sofia");
    for (let diesAt = 0; ; diesAt += 1) {
      const place = await world.addChannel(`c${diesAt}`);
      world.fake.setMembership(place.roomId, ghost, "join");
      await sayAndChange(place, sofia);
      const mortal = new Mortal(diesAt, before);
      await world.deliver(mortalDeps(mortal));
      if (!before) world.fake.restart();
      for (const later of [10, 20, 30, 40]) await world.deliver({ database: at(world, minutes(later)) });
      await world.echo();
      await expectEachOnce(place);
      if (!mortal.isDead()) break;
      expect(diesAt).toBeLessThan(100);
    }
  });
});

describe("on the embedded database", () => {
  it("two deliverers send nothing twice and keep the order", async () => {
    const embedded = await openTestDatabase("embedded");
    const small = await openEgressWorld(embedded.database);
    try {
      const sofia = await small.addAgent("sofia");
      const places = await Promise.all(["a", "b", "c"].map((slug) => small.addChannel(slug)));
      for (const place of places) {
        small.fake.setMembership(place.roomId, ghost, "join");
        for (let number = 0; number < 5; number += 1) await small.post(place, sofia, `${number}`);
      }
      await Promise.all([small.deliver(), small.deliver({ database: embedded.openAnother() })]);
      await small.echo();
      for (const { roomId } of places) {
        expect(small.fake.messages(roomId).map(({ content }) => content["body"])).toEqual([
          "0",
          "1",
          "2",
          "3",
          "4",
        ]);
      }
      expect(await small.sql(`SELECT DISTINCT state FROM matrix.sends`)).toEqual([{ state: "confirmed" }]);
    } finally {
      await small.close();
      await embedded.close();
    }
  });
});
