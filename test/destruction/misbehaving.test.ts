import { afterAll, expect, it } from "vitest";
import { createEventStream } from "../../bench/generator.ts";
import { createRandom, type Random } from "../../bench/random.ts";
import { makeServer } from "../../src/cli/make-server.ts";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { findBackfill } from "../../src/matrix/backfill/backfill-store.ts";
import { homeserverAway, openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { ingestEvents, registerAppservice } from "../../src/matrix/ingest/index.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { openTestDatabase } from "../egress/egress-database.ts";
import { at, minutes, openEgressWorld } from "../egress/egress-world.ts";
import { alice, bob, bot, openWorld } from "../linking/world.ts";
import { type BadLine, startBadLine } from "../support/bad-line.ts";
import { createTestDatabase } from "../support/database.ts";
import type { MatrixEvent } from "../support/matrix-events.ts";
import { SynapseSender } from "../support/synapse-sender.ts";
import { expectAllStored, expectOutboxMatches, mirrorOf } from "./mirror-truth.ts";
import { chooseSeed, linkRooms } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
const hsToken = "hs_token_of_the_tests_0123456789abcdef0123456789abcdef";
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const namespace = { botUserId: "@microdao:bench.test", isGhost: () => false };

async function openMirror() {
  const own = await createTestDatabase();
  const database = openDatabase({ url: own.url, poolSize: 5, clock: systemClock, log: silentLog });
  closing.push(async () => {
    await database.close();
    await own.drop();
  });
  await linkRooms(database);
  const deps = { database, log: silentLog, counters: noCounters, namespace, triggerMaxAgeMs: 0 };
  return { database, deps };
}

/** The same events, some of them earlier or later than they happened. */
function disordered<T>(events: readonly T[], random: Random): T[] {
  return events
    .map((event, index) => ({ event, place: index + random.below(random.below(10) === 0 ? 400 : 4) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ event }) => event);
}

function expectTrouble(line: BadLine): void {
  const met = [...line.met].map(([fault, times]) => `${fault} ${times}`);
  process.stdout.write(`met: ${met.join(", ")}\n`);
  expect(met.length).toBeGreaterThan(1);
}

it("22, 25, 27, 28, 30, 32, 33 and 38: out of order, repeated, cut off, sent again much later and redacted meanwhile, transactions make the same mirror", async () => {
  const random = createRandom(seed);
  const { database, deps } = await openMirror();
  const app = makeServer({ log: silentLog, pathPrefix: "" });
  registerAppservice(app, {
    ...deps,
    hsToken,
    queries: { user: () => Promise.resolve(false), alias: () => Promise.resolve(false) },
    lastTransaction: { at: undefined, id: null, lagSeconds: undefined },
    onPing: () => undefined,
  });
  const line = await startBadLine(await app.listen({ port: 0, host: "127.0.0.1" }), { random, oneIn: 4 });
  const sender = new SynapseSender({ url: line.url, hsToken, random, firstPauseMs: 2 });
  closing.push(async () => {
    await sender.stop();
    await line.stop();
    await app.close();
  });
  const events: MatrixEvent[] = createEventStream({ seed, startTs: Date.now() - 3600_000 }).next(3_000);
  const late = disordered(events, random);
  for (let start = 0; start < late.length; start += 150) {
    sender.offer(...late.slice(start, start + 150));
    if (random.below(4) === 0) sender.replay(100);
    if (random.below(6) === 0) sender.restart("killed");
    await sender.settled();
  }
  // Rows that were stuck in the homeserver's database come when everything is long over.
  sender.replay(1_000);
  await sender.settled();
  await expectAllStored(database.db, sender.acknowledged);
  const calm = await openMirror();
  await ingestEvents(calm.deps, events, { source: "push", txnId: "1" });
  expect(await mirrorOf(database)).toEqual(await mirrorOf(calm.database));
  await expectOutboxMatches(database.db);
  expectTrouble(line);
});

it("126 and 127: a history is whole after cut pages, error pages, storms of refusals and empty pages to the end, and one row per event", async () => {
  const world = await openWorld();
  closing.push(() => world.close());
  const line = await startBadLine(world.homeserverUrl, { random: createRandom(seed), oneIn: 2, storm: 8 });
  closing.push(() => line.stop());
  const { rooms } = world;
  const roomId = "!stormy:test";
  rooms.create({ roomId, creator: alice, name: "stormy" });
  rooms.setMember(roomId, bob, "join");
  const said = Array.from({ length: 2_000 }, (_, index) => {
    return rooms.say(roomId, index % 2 === 0 ? alice : bob, `message ${index}`).event_id;
  });
  rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(world.deps, { roomId, inviter: alice });
  await world.push();
  rooms.emptyPages = true;
  rooms.emptyEnd = true;
  const homeserver = openHomeserver({
    url: line.url,
    token: "secret",
    clock: systemClock,
    timeoutMs: 60_000,
  });
  const deps = { ...world.deps, homeserver };
  for (let runs = 0; (await findBackfill(world.database.db, roomId))?.status !== "done"; runs += 1) {
    expect(runs).toBeLessThan(50);
    said.push(rooms.say(roomId, bob, "meanwhile").event_id);
    const reading = handleBackfill(deps, { roomId }, { pages: 3 }).catch((error: unknown) => {
      // The queue would repeat the job.
      if (!homeserverAway.is(error)) throw error;
    });
    await Promise.all([reading, world.push()]);
  }
  const mirrored = await world.rows<{ id: string }>(
    "SELECT matrix_event_id AS id FROM messages ORDER BY created_at, id",
  );
  expect(mirrored.map(({ id }) => id)).toEqual(said);
  expectTrouble(line);
});

it("62, 63, 65 and 67: what agents say over such a line, to a homeserver that forgets transaction ids, arrives once and in order", async () => {
  const test = await openTestDatabase();
  const world = await openEgressWorld(test.database);
  const random = createRandom(seed);
  const line = await startBadLine(world.fake.url, { random, oneIn: 3, storm: 4 });
  closing.push(
    () => test.close(),
    () => world.close(),
    () => line.stop(),
  );
  const rounds = Array.from({ length: 12 }, (_, round) => `${round}`);
  const places = [await world.addChannel("one"), await world.addChannel("two")];
  const codes = ["sofia", "yaromir"];
  const agents = await Promise.all(codes.map((code) => world.addAgent(code)));
  const pairs = places.flatMap((place) =>
    agents.map((agent, index) => ({ place, agent, code: codes[index] })),
  );
  for (const { place, code } of pairs) world.fake.setMembership(place.roomId, `@dao_${code}:test`, "join");
  for (const round of rounds) for (const { place, agent } of pairs) await world.post(place, agent, round);
  const homeserver = openHomeserver({ url: line.url, token: "as", clock: systemClock, timeoutMs: 60_000 });
  const waiting = "SELECT count(*)::int AS n FROM matrix.sends WHERE state IN ('queued', 'sending')";
  for (let later = 0; (await world.sql<{ n: number }>(waiting))[0]?.n !== 0; later += minutes(5)) {
    expect(later).toBeLessThan(minutes(2_000));
    const database: Database = at(world, later);
    await world.deliver({ database, homeserver });
    if (random.below(3) === 0) world.fake.restart();
  }
  const streams = places.flatMap(({ roomId }) => [
    ...Map.groupBy(world.fake.messages(roomId), ({ sender }) => sender).values(),
  ]);
  expect(streams.map((said) => said.map(({ content }) => content["body"]))).toEqual(Array(4).fill(rounds));
  expectTrouble(line);
});
