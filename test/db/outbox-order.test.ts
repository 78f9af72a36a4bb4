import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Database,
  findOutboxEnd,
  findOutboxPlace,
  isBefore,
  keepOutboxOrder,
  type OutboxPlace,
  openDatabase,
  outboxBeginning,
  readOutbox,
  type Tx,
  transact,
} from "../../src/db/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type DomainEvent, eventId } from "../../src/kernel/events.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

/** Told with a time that has nothing to do with the order of commits, as history is. */
const eventOf = (key: string): DomainEvent => ({
  topic: "audit.event",
  key,
  at: new Date(1_750_000_000_000 - (Number(key.replace(/\D/g, "")) % 7) * 1_000_000),
  actor: bridgeActor,
  payload: { key },
});
const idOf = (key: string): string => eventId(eventOf(key));

async function readAll(database: Database, from: OutboxPlace, limit: number) {
  const ids: string[] = [];
  for (let place = from; ; ) {
    const { rows, held } = await readOutbox(database.db, place, limit);
    ids.push(...rows.map(({ id }) => id));
    const last = rows.at(-1);
    if (last === undefined) return { ids, place, held };
    expect(isBefore(place, last)).toBe(true);
    place = last;
  }
}

describe.each(["default", "embedded"] as const)("the order of the outbox (%s)", (kind) => {
  let own: TestDatabase;
  let database: Database;
  const tell = (...keys: string[]) =>
    transact(database, bridgeActor, (tx) => {
      for (const key of keys) tx.emit(eventOf(key));
      return Promise.resolve();
    });

  beforeAll(async () => {
    own = await createTestDatabase(kind);
    database = openDatabase({ url: own.url, poolSize: 5, clock: systemClock, log: silentLog });
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });
  beforeEach(() => database.db.$executeRawUnsafe("TRUNCATE outbox_events"));

  it("is that of transactions, whatever time the events have", async () => {
    expect(await findOutboxEnd(database.db)).toEqual(outboxBeginning);
    for (const key of ["6", "5", "4", "3"]) await tell(key);
    const { ids } = await readAll(database, outboxBeginning, 100);
    expect(ids).toEqual(["6", "5", "4", "3"].map(idOf));
    expect((await findOutboxEnd(database.db)).id).toBe(idOf("3"));
    const place = await findOutboxPlace(database.db, idOf("5"));
    expect((await readAll(database, place ?? outboxBeginning, 1)).ids).toEqual(["4", "3"].map(idOf));
    expect(await findOutboxPlace(database.db, idOf("99"))).toBeUndefined();
  });

  it("goes on within a transaction that is larger than a page", async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    await tell("1");
    await tell(...keys);
    await tell("2");
    for (const limit of [1, 7, 40, 1000]) {
      const { ids } = await readAll(database, outboxBeginning, limit);
      expect(ids).toEqual([idOf("1"), ...keys.map(idOf).toSorted(), idOf("2")]);
    }
  });

  it("is kept when numbers of transactions begin anew in a cluster made from a dump", async () => {
    for (const key of ["3", "2", "1"]) await tell(key);
    expect(await keepOutboxOrder(database)).toBe(false);
    await database.db.$executeRawUnsafe("UPDATE outbox_events SET txid = txid + 1000000000");
    expect((await readOutbox(database.db, outboxBeginning, 10)).rows).toEqual([]);
    expect(await keepOutboxOrder(database)).toBe(true);
    expect(await keepOutboxOrder(database)).toBe(false);
    await tell("4");
    const place = await findOutboxPlace(database.db, idOf("3"));
    expect((await readAll(database, place ?? outboxBeginning, 10)).ids).toEqual(["2", "1", "4"].map(idOf));
  });

  it("does not tell of events older than itself, whose order nobody knows", async () => {
    await tell("1");
    await database.db.$executeRawUnsafe("UPDATE outbox_events SET txid = NULL");
    await tell("2");
    expect((await readAll(database, outboxBeginning, 10)).ids).toEqual([idOf("2")]);
    expect(await findOutboxPlace(database.db, idOf("1"))).toBeUndefined();
  });
});

describe("a reader of the outbox", () => {
  let own: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    own = await createTestDatabase("native");
    database = openDatabase({ url: own.url, poolSize: 8, clock: systemClock, log: silentLog });
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  it("misses nothing of transactions that commit late, in any interleaving, and takes nothing twice", async () => {
    const taken: string[] = [];
    let place = await findOutboxEnd(database.db);
    const told: string[] = [];
    let writing = true;
    const write = async (writer: number) => {
      for (let turn = 0; turn < 30; turn += 1) {
        const key = `${writer}x${turn}`;
        await transact(database, bridgeActor, async (tx: Tx) => {
          // Its number is taken here; what happens until the commit is up to chance.
          await tx.db.$executeRawUnsafe("SELECT pg_current_xact_id()");
          await tx.db.$executeRawUnsafe("SELECT pg_sleep($1::float8)", ((writer * 7 + turn * 3) % 11) / 1000);
          tx.emit(eventOf(key));
        });
        told.push(idOf(key));
      }
    };
    const read = async () => {
      for (let last = false; ; ) {
        const { rows, held } = await readOutbox(database.db, place, 5);
        taken.push(...rows.map(({ id }) => id));
        place = rows.at(-1) ?? place;
        if (rows.length === 0 && last) return;
        last = rows.length === 0 && !held && !writing;
      }
    };
    const reading = read();
    await Promise.all([0, 1, 2, 3].map(write));
    writing = false;
    await reading;
    expect(taken).toHaveLength(120);
    expect(taken.toSorted()).toEqual(told.toSorted());
  });

  it("waits behind a long transaction, and says that something is held back", async () => {
    const slow = new Client({ connectionString: own.url });
    await slow.connect();
    await slow.query("BEGIN; SELECT pg_current_xact_id()");
    const from = await findOutboxEnd(database.db);
    await transact(database, bridgeActor, (tx) => {
      tx.emit(eventOf("early"));
      return Promise.resolve();
    });
    expect(await readOutbox(database.db, from, 10)).toEqual({ rows: [], held: true });
    await slow.query(
      `INSERT INTO outbox_events (id, topic, payload) VALUES ('evt_late', 'audit.event', '{}'); COMMIT`,
    );
    const { rows, held } = await readOutbox(database.db, from, 10);
    expect({ ids: rows.map(({ id }) => id), held }).toEqual({
      ids: ["evt_late", idOf("early")],
      held: false,
    });
    await slow.end();
  });

  it.each([
    { perTransaction: 10, limit: 100, analyzed: false },
    { perTransaction: 100, limit: 10, analyzed: true },
    { perTransaction: 100, limit: 100, analyzed: true },
    { perTransaction: 1, limit: 100, analyzed: true },
  ])(
    "reads along the index, however many rows there are: $perTransaction of each transaction, $limit a page",
    async (of) => {
      const { perTransaction, limit, analyzed } = of;
      await database.db.$executeRawUnsafe("TRUNCATE outbox_events");
      await database.db.$executeRawUnsafe(
        `INSERT INTO outbox_events (id, topic, payload, txid)
       SELECT 'evt_' || lpad(g::text, 26, '0'), 'audit.event', '{}', -1000000 + g / $1::int FROM generate_series(1, 100000) g`,
        perTransaction,
      );
      if (analyzed) await database.db.$executeRawUnsafe("ANALYZE outbox_events");
      const fetched = await transact(database, bridgeActor, async ({ db }) => {
        // What PostgreSQL counts for a transaction begins with what it has not reported of the ones before.
        const count = async () => {
          const [found] = await db.$queryRawUnsafe<{ n: bigint }[]>(
            "SELECT coalesce(idx_tup_fetch, 0) + seq_tup_read AS n FROM pg_stat_xact_user_tables WHERE relname = 'outbox_events'",
          );
          return Number(found?.n);
        };
        const before = await count();
        const first = await readOutbox(db, outboxBeginning, limit);
        const second = await readOutbox(db, first.rows.at(-1) ?? outboxBeginning, limit);
        expect(new Set([...first.rows, ...second.rows].map(({ id }) => id)).size).toBe(2 * limit);
        return (await count()) - before;
      });
      expect(fetched).toBeGreaterThanOrEqual(2 * limit);
      expect(fetched).toBeLessThan(12 * Math.max(limit, perTransaction));
    },
  );
});
