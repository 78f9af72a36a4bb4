import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase, type Tx, transact } from "../../src/db/index.ts";
import {
  chargeQuota,
  type QuotaLimit,
  type QuotaSubject,
  quotaExceeded,
  readUsage,
  requireQuotaLeft,
  setQuotas,
  spendQuota,
  spendQuotas,
} from "../../src/domain/governance/index.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";

const operator: Actor = { id: "test", kind: "service" };
/** The first second of a minute, an hour and a day. */
const midnight = Date.UTC(2026, 10, 21);
const time = { now: midnight };
const clock: Clock = { now: () => new Date(time.now) };

let first: Database;
let second: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createTestDatabase();
  const open = () => openDatabase({ url: database.url, poolSize: 10, clock, log: silentLog });
  [first, second] = [open(), open()];
  drop = async () => {
    await first.close();
    await second.close();
    await database.drop();
  };
});

afterAll(() => drop());

function someAgent(): QuotaSubject {
  time.now = midnight;
  return { kind: "agent", id: newUuid(new Date(midnight)) };
}

function inTx<T>(work: (tx: Tx) => Promise<T>, database = first): Promise<T> {
  return transact(database, operator, work);
}

function limit(subject: QuotaSubject, ...limits: QuotaLimit[]): Promise<void> {
  return inTx((tx) => setQuotas(tx, subject, limits));
}

function post(subject: QuotaSubject, amount = 1, database = first): Promise<void> {
  return inTx((tx) => spendQuota(tx, { subject, what: "messages", amount }), database);
}

async function refusalOf(work: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!quotaExceeded.is(error)) expect.fail("nothing was refused");
  return error.details;
}

async function used(subject: QuotaSubject): Promise<unknown> {
  const usage = await readUsage(first.db, subject, clock.now());
  return usage.find(({ what }) => what === "messages")?.used;
}

describe("quotas", () => {
  it("what fits passes, and what does not is refused with the seconds to wait", async () => {
    const agent = someAgent();
    await limit(agent, { what: "messages", period: "minute", amount: 2 });
    time.now = midnight + 17_500;
    await post(agent);
    await post(agent);
    expect(await refusalOf(post(agent))).toEqual({
      subject: "agent",
      what: "messages",
      period: "minute",
      limit: 2,
      retryAfterSeconds: 43,
    });
    time.now = midnight + 60_000;
    await post(agent);
    expect(await used(agent)).toEqual({ minute: 1, hour: 3, day: 3 });
  });

  it("of several periods that are full the longest one counts", async () => {
    const agent = someAgent();
    const periods = ["minute", "hour", "day"] as const;
    await limit(agent, ...periods.map((period) => ({ what: "messages", period, amount: 1 }) as const));
    await post(agent);
    expect(await refusalOf(post(agent))).toMatchObject({ period: "day", retryAfterSeconds: 86_400 });
    time.now = midnight + 3_600_000;
    expect(await refusalOf(post(agent))).toMatchObject({ period: "day", retryAfterSeconds: 82_800 });
    expect(await used(agent)).toEqual({ minute: 0, hour: 0, day: 1 });
  });

  it("exactly the quota passes, however many come at once by two connections' worth of processes", async () => {
    const agent = someAgent();
    await limit(agent, { what: "messages", period: "hour", amount: 20 });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => post(agent, 1, index % 2 === 0 ? first : second)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
    expect(await used(agent)).toEqual({ minute: 20, hour: 20, day: 20 });
  });

  it("what a transaction spends is given back when it does not commit", async () => {
    const agent = someAgent();
    const broken = inTx(async (tx) => {
      await spendQuota(tx, { subject: agent, what: "messages", amount: 1 });
      throw quotaExceeded({ subject: "key", what: "runs", period: "day", limit: 0, retryAfterSeconds: 1 });
    });
    await refusalOf(broken);
    expect(await used(agent)).toEqual({ minute: 0, hour: 0, day: 0 });
  });

  it("a refusal counts nothing, in no period", async () => {
    const agent = someAgent();
    await limit(agent, { what: "messages", period: "minute", amount: 5 });
    await post(agent, 3);
    await refusalOf(post(agent, 3));
    expect(await used(agent)).toEqual({ minute: 3, hour: 3, day: 3 });
    await post(agent, 2);
  });

  it("a clock that is behind does not begin a period anew", async () => {
    const agent = someAgent();
    await limit(agent, { what: "messages", period: "minute", amount: 1 });
    time.now = midnight + 60_000;
    await post(agent);
    time.now = midnight + 59_000;
    await refusalOf(post(agent));
  });

  it("what is left can be asked for, and what is charged afterwards may go beyond", async () => {
    const agent = someAgent();
    const tokens = (amount: number) => ({ subject: agent, what: "tokens", amount }) as const;
    const left = () => requireQuotaLeft(first.db, [tokens(0)], clock.now());
    await limit(agent, { what: "tokens", period: "day", amount: 100 });
    await left();
    await inTx((tx) => chargeQuota(tx, tokens(99.5)));
    await left();
    await inTx((tx) => chargeQuota(tx, tokens(250)));
    expect(await refusalOf(left())).toMatchObject({
      what: "tokens",
      period: "day",
    });
    const usage = await readUsage(first.db, agent, clock.now());
    expect(usage.find(({ what }) => what === "tokens")).toEqual({
      what: "tokens",
      used: { minute: 349.5, hour: 349.5, day: 349.5 },
      limits: { minute: null, hour: null, day: 100 },
    });
  });

  it("what holds for all holds for those without a row of their own, and null takes it away for one", async () => {
    const [usual, special, free] = [someAgent(), someAgent(), someAgent()];
    await inTx((tx) =>
      setQuotas(tx, { kind: "agent", id: null }, [{ what: "messages", period: "day", amount: 1 }]),
    );
    await limit(special, { what: "messages", period: "day", amount: 2 });
    await limit(free, { what: "messages", period: "day", amount: null });
    for (const subject of [usual, special, special, free, free, free]) await post(subject);
    await refusalOf(post(usual));
    await refusalOf(post(special));
    await post({ kind: "key", id: "ak_x" });
    await inTx((tx) => setQuotas(tx, { kind: "agent", id: null }, []));
    await post(usual);
  });

  it("a key and its agent are counted together, and the first that is full refuses", async () => {
    const agent = someAgent();
    const key = { kind: "key", id: `ak_${agent.id}` } as const;
    await limit(key, { what: "messages", period: "minute", amount: 1 });
    const both = () =>
      inTx((tx) =>
        spendQuotas(tx, [
          { subject: agent, what: "messages", amount: 1 },
          { subject: key, what: "messages", amount: 1 },
        ]),
      );
    await both();
    expect(await refusalOf(both())).toMatchObject({ subject: "key" });
    expect(await used(agent)).toEqual({ minute: 1, hour: 1, day: 1 });
  });

  it("setting quotas writes to the audit log, once for each change", async () => {
    const agent = someAgent();
    await limit(agent, { what: "runs", period: "day", amount: 5 });
    await limit(agent, { what: "runs", period: "day", amount: 5 });
    const rows = await first.db.$queryRawUnsafe<object[]>(
      "SELECT action FROM audit_log WHERE data ->> 'subject_id' = $1",
      agent.id,
    );
    expect(rows).toEqual([{ action: "quota.set" }]);
  });
});
