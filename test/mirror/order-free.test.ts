import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { ingestEvents } from "../../src/matrix/ingest/index.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  deliveries,
  type HistoryEvent,
  history,
  historyAgent,
  historyOldRoom,
  historyRooms,
  piecesOf,
} from "./history.ts";
import { resetMirror, snapshot } from "./snapshot.ts";

const now = new Date("2026-01-01T00:00:00Z");

describe("the mirror does not depend on how events arrive", () => {
  let testDatabase: TestDatabase;
  let database: Database;

  // One each: what a property was still doing when its time was up must not meet the next.
  beforeEach(async () => {
    testDatabase = await createTestDatabase("default");
    database = openDatabase({
      url: testDatabase.url,
      poolSize: 4,
      clock: { now: () => now },
      log: silentLog,
    });
  });

  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const deps = () => ({
    database,
    log: silentLog,
    counters: noCounters,
    namespace: { botUserId: "@microdao:test", isGhost: (userId: string) => userId.startsWith("@dao_") },
    triggerMaxAgeMs: 0,
  });

  async function mirrorOf(pieces: readonly (readonly HistoryEvent[])[]) {
    await resetMirror(database, historyRooms, { agent: historyAgent, oldRoom: historyOldRoom });
    for (const piece of pieces) await ingestEvents(deps(), piece, { source: "backfill", txnId: null });
    return snapshot(database);
  }

  it("any order, any split and any repetition of a history give the same tables", {
    timeout: 240_000,
  }, async () => {
    const cases = history.chain((events) => fc.tuple(fc.constant(events), deliveries(events.length)));
    await fc.assert(
      fc.asyncProperty(cases, async ([events, delivery]) => {
        const inOrder = await mirrorOf([events]);
        expect(await mirrorOf(piecesOf(events, delivery))).toEqual(inOrder);
        await expectOutboxMatches();
      }),
      { numRuns: 250, interruptAfterTimeLimit: 90_000 },
    );
  });

  it("two writers that interleave give the same tables as one", { timeout: 120_000 }, async () => {
    const cases = history.chain((events) =>
      fc.tuple(fc.constant(events), deliveries(events.length), deliveries(events.length)),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([events, push, backfill]) => {
        const inOrder = await mirrorOf([events]);
        await resetMirror(database, historyRooms, { agent: historyAgent, oldRoom: historyOldRoom });
        const write = async (pieces: readonly (readonly HistoryEvent[])[]) => {
          for (const piece of pieces) await ingestEvents(deps(), piece, { source: "backfill", txnId: null });
        };
        await Promise.all([write(piecesOf(events, push)), write(piecesOf(events, backfill))]);
        expect(await snapshot(database)).toEqual(inOrder);
        await expectOutboxMatches();
      }),
      { numRuns: 30, interruptAfterTimeLimit: 60_000 },
    );
  });

  /** One event tells of each message, one of each that was deleted, and none shows what was redacted. */
  async function expectOutboxMatches(): Promise<void> {
    const [counts] = await database.db.$queryRawUnsafe<Record<string, number>[]>(
      `SELECT (SELECT count(*)::int FROM messages) AS messages,
              (SELECT count(*)::int FROM messages WHERE redacted_at IS NOT NULL) AS redacted,
              (SELECT count(*)::int FROM outbox_events WHERE topic = 'chat.message.created') AS created,
              (SELECT count(DISTINCT envelope #>> '{payload,message_id}')::int FROM outbox_envelopes
                WHERE topic = 'chat.message.created') AS told,
              (SELECT count(*)::int FROM outbox_events WHERE topic = 'chat.message.deleted') AS deleted,
              (SELECT count(*)::int FROM outbox_envelopes o JOIN messages m ON m.matrix_event_id = o.event_key
                WHERE m.redacted_at IS NOT NULL AND o.envelope #>> '{payload,preview}' <> '') AS leaked`,
    );
    expect(counts).toMatchObject({
      created: counts?.["messages"],
      told: counts?.["messages"],
      deleted: counts?.["redacted"],
      leaked: 0,
    });
  }
});
