import { PgBoss } from "pg-boss";
import { afterAll, expect, inject, it, vi } from "vitest";
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { ingestEvents } from "../../src/matrix/ingest/index.ts";
import { createTestDatabase } from "../support/database.ts";
import { copyEmbeddedTemplate } from "../support/embedded-template.ts";
import type { MatrixEvent } from "../support/matrix-events.ts";
import { patience } from "../support/patience.ts";
import { count, expectAllStored, expectOutboxMatches, mirrorOf, storedIds } from "./mirror-truth.ts";
import { bot, chooseSeed, linkRooms, openRig, type Rig, sofia, talkRoom } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** A rig, and how the test itself gets at the database, whether the bridge runs or not. */
interface Victim {
  readonly rig: Rig;
  readonly withDatabase: <T>(look: (database: Database, url: string) => Promise<T>) => Promise<T>;
}

async function using<T>(url: string, look: (database: Database, url: string) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, poolSize: 2, clock: systemClock, log: silentLog });
  try {
    return await look(database, url);
  } finally {
    await database.close();
  }
}

/** The bridge on a PostgreSQL server: the database goes on while the bridge is dead. */
async function onServer(): Promise<Victim> {
  const own = await createTestDatabase("native");
  closing.push(() => own.drop());
  await using(own.url, linkRooms);
  const rig = await openRig({ seed, databaseUrl: own.url });
  closing.push(() => rig.close());
  return { rig, withDatabase: (look) => using(own.url, look) };
}

/** The bridge with its embedded database: both are one process and die together. */
async function inOneProcess(): Promise<Victim> {
  const rig = await openRig({ seed });
  closing.push(() => rig.close());
  const directory = `${rig.bridge.dataDir}/postgres`;
  await copyEmbeddedTemplate("migrated", directory);
  const victim: Victim = {
    rig,
    async withDatabase(look) {
      // While the bridge runs, this joins its database; else it starts it.
      const embedded = await startEmbeddedDatabase({ directory, log: silentLog });
      try {
        return await using(embedded.url, look);
      } finally {
        await embedded.close();
      }
    },
  };
  await victim.withDatabase(linkRooms);
  return victim;
}

/** Offers events as they happen until told to stop: many while the homeserver delivers them, else a few. */
function flood({ sender, random, history }: Rig): () => void {
  const timer = setInterval(() => {
    if (sender.isUp && sender.pending < 1_000) sender.offer(...history(1 + random.below(120)));
    else if (random.below(20) === 0) sender.offer(...history(1));
  }, 10);
  return () => clearInterval(timer);
}

/**
 * Floods the bridge for a random number of transactions, asks Sofia or the bot something meanwhile, kills the bridge in
 * or after the next one, and lets a little happen while it is dead. Gives the question.
 */
async function floodAndKill(rig: Rig, kill: () => Promise<void>, longestMs: number): Promise<string> {
  const { sender, random, ask, history } = rig;
  const stop = flood(rig);
  const body = random.below(2) === 0 ? "!dao status" : "how are things?";
  let question = "";
  const transactions = 1 + random.below(6);
  // One in four is killed while it is still given what it missed.
  if (random.below(4) > 0) await vi.waitUntil(() => sender.isUp, { ...patience, interval: 2 });
  const surprise = random.below(6);
  if (surprise < 2) sender.restart(surprise === 0 ? "killed" : "stopped");
  if (surprise === 2) sender.replay(120);
  for (let index = 0; index < transactions; index += 1) {
    if (index === transactions >> 1) question = await ask(body);
    await sender.nextRequest();
  }
  await new Promise((wake) => setTimeout(wake, random.below(longestMs)));
  await kill();
  stop();
  sender.offer(...history(1 + random.below(15)));
  return question;
}

/** What a dead process had in hand is taken up again when its lease has run out. Here that time passes at once. */
async function letLeasesRunOut({ db }: Database, url: string): Promise<void> {
  await db.$executeRawUnsafe(`UPDATE matrix.sends SET leased_until = now() WHERE state = 'sending'`);
  await db.$executeRawUnsafe(
    `UPDATE pgboss.job SET started_on = started_on - interval '1 day', heartbeat_on = heartbeat_on - interval '1 day'
      WHERE state = 'active'`,
  );
  await db.$executeRawUnsafe(`UPDATE pgboss.queue SET monitor_on = NULL, monitor_claim_on = NULL`);
  const boss = new PgBoss({
    connectionString: url,
    supervise: false,
    schedule: false,
    migrate: false,
    max: 1,
  });
  await boss.start();
  await boss.supervise();
  await boss.stop({ graceful: false });
}

/** How often Sofia or the bot has answered each of these. */
function answersTo({ homeserver }: Rig, asked: readonly string[]): number[] {
  const answered = homeserver
    .messages(talkRoom)
    .filter(({ sender }) => sender === sofia || sender === bot)
    .map(({ content }) => content["m.relates_to"] as { "m.in_reply_to"?: { event_id: string } } | undefined)
    .map((relation) => relation?.["m.in_reply_to"]?.event_id);
  return asked.map((question) => answered.filter((id) => id === question).length);
}

/** The same events, told once and in order to a mirror that nobody disturbs. */
async function calmMirror(events: readonly MatrixEvent[]): Promise<Record<string, string[]>> {
  const own = await createTestDatabase();
  closing.push(() => own.drop());
  return using(own.url, async (database) => {
    await linkRooms(database);
    const namespace = { botUserId: bot, isGhost: (userId: string) => userId === sofia };
    const deps = { database, log: silentLog, counters: noCounters, namespace, triggerMaxAgeMs: 0 };
    await ingestEvents(deps, events, { source: "backfill", txnId: null });
    return mirrorOf(database);
  });
}

const unfinishedJobs = "SELECT count(*)::int AS n FROM pgboss.job WHERE state <> 'completed'";

const cases = [
  { where: "on PostgreSQL", open: onServer, kills: 20, longestMs: 25 },
  { where: "with the embedded database in the same process", open: inOneProcess, kills: 5, longestMs: 60 },
];

it.each(inject("nativeServer") === null ? cases.slice(1) : cases)(
  "killed $kills times during a flood, $where, the bridge has stored what it acknowledged, once, and told it once",
  async ({ open, kills, longestMs }) => {
    const { rig, withDatabase } = await open();
    const { bridge, sender } = rig;
    const asked: string[] = [];
    for (let round = 0; round < kills; round += 1) {
      const running = await bridge.start();
      asked.push(await floodAndKill(rig, () => running.kill(), longestMs));
    }
    const running = await bridge.start();
    await sender.settled();
    await withDatabase(async (database, url) => {
      await expectAllStored(database.db, sender.acknowledged);
      await letLeasesRunOut(database, url);
    });
    await vi.waitFor(() => expect(answersTo(rig, asked)).toEqual(asked.map(() => 1)), patience);
    await withDatabase(({ db }) =>
      vi.waitFor(async () => expect(await count(db, unfinishedJobs)).toBe(0), patience),
    );
    await sender.settled();
    expect((await running.stop()).code).toBe(0);
    await withDatabase(async (database) => {
      const { acknowledged, offered } = sender;
      await expectAllStored(database.db, acknowledged);
      await expectOutboxMatches(database.db);
      // An event that the homeserver lost before it was acknowledged may have been stored all the same.
      const stored = await storedIds(database.db, [...offered.keys()]);
      const happened = [...offered.values()].filter(({ event_id }) => stored.has(event_id));
      expect(await mirrorOf(database)).toEqual(await calmMirror(happened));
      expect(
        await count(database.db, "SELECT count(*)::int AS n FROM matrix.sends WHERE state <> 'confirmed'"),
      ).toBe(0);
    });
    const refused = sender.answers.filter(({ status }) => status !== 200 && status !== 0);
    expect(refused).toEqual([]);
    console.info(describeRun(rig));
  },
);

function describeRun({ sender }: Rig): string {
  const cut = sender.answers.filter(({ status }) => status === 0).length;
  const again = sender.answers.filter(({ isRetry }) => isRetry).length;
  return `${sender.acknowledged.size} events acknowledged in ${sender.answers.length} requests, of which ${cut} got no answer and ${again} were repetitions`;
}
