import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import {
  findRetention,
  indexMessages,
  removeOldWords,
  setRetention,
} from "../../src/domain/messaging/index.ts";
import { forgetWhatIsOld } from "../../src/jobs/forget-what-is-old.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { newId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { editOf, type MatrixEvent, reactionTo, state, text } from "../support/matrix-events.ts";
import { tablesWith } from "../support/tables-with.ts";
import { openWorld, type World } from "../support/world.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 5, 1);

let world: World;
/** The same database, on the first of June. */
let database: Database;
beforeAll(async () => {
  world = await openWorld();
  database = openDatabase({
    url: world.url,
    poolSize: 3,
    clock: { now: () => new Date(now) },
    log: silentLog,
  });
});
afterAll(async () => {
  await database.close();
  await world.close();
});

let made = 0;
async function room(days: number | null): Promise<{ roomId: string; channelId: string }> {
  const roomId = `!keep${String((made += 1))}:test`;
  const channelId = await world.link(roomId);
  if (days !== null) await set(channelId, days);
  return { roomId, channelId };
}

const set = (channelId: string, days: number | null) =>
  transact(database, bridgeActor, (tx) => setRetention(tx, { channelId, days }));

const word = () => `okapi${String((made += 1)).padStart(4, "0")}`;

async function push(events: readonly unknown[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

/** A message of so many days ago, with an edit and a reaction of yesterday. */
function storyOf(marker: string, roomId: string, daysAgo: number): MatrixEvent[] {
  const message = text(`${marker} said`, { room_id: roomId, origin_server_ts: now - daysAgo * day });
  const over = { room_id: roomId, origin_server_ts: now - day };
  return [message, editOf(message, `${marker} edited`, over), reactionTo(message, marker, over)];
}

async function mirrorOf(channelId: string): Promise<unknown> {
  return world.rows(
    `SELECT (SELECT json_agg(to_jsonb(m) ORDER BY matrix_event_id) FROM messages m WHERE channel_id = $1::uuid) AS messages,
            (SELECT json_agg(to_jsonb(e) ORDER BY event_id) FROM matrix.edits e WHERE channel_id = $1::uuid) AS edits,
            (SELECT json_agg(to_jsonb(r) ORDER BY event_id) FROM matrix.reactions r WHERE channel_id = $1::uuid) AS reactions`,
    channelId,
  );
}

describe("retention", () => {
  it("removes what is older with everything said about it, everywhere, and keeps the rows and what is younger", async () => {
    const { roomId, channelId } = await room(30);
    const [old, young] = [word(), word()];
    await push([...storyOf(old, roomId, 40), ...storyOf(young, roomId, 20)]);
    await transact(database, bridgeActor, (tx) => indexMessages(tx, 500));
    expect(await tablesWith(world.database, old)).toContain("matrix.search_words.words");
    const removed = await removeOldWords(database);
    expect(removed).toMatchObject({ messages: 1, reactions: 1 });
    expect(await tablesWith(world.database, old)).toEqual([]);
    expect(await tablesWith(world.database, young)).toContain("public.messages.content_preview");
    expect(await world.rows("SELECT 1 FROM messages WHERE channel_id = $1::uuid", channelId)).toHaveLength(2);
    expect(await removeOldWords(database)).toEqual({ messages: 0, edits: 0, reactions: 0 });
  });

  it("what is removed stays removed when history tells of it again, and is the same as if it had come late", async () => {
    const first = await room(30);
    const stories = storyOf(word(), first.roomId, 40);
    await push(stories);
    await removeOldWords(database);
    const before = await mirrorOf(first.channelId);
    await push(stories);
    expect(await mirrorOf(first.channelId)).toEqual(before);
    // In another order, in pieces, after the words were removed: the same rows.
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      await world.rows("DELETE FROM matrix.edits WHERE channel_id = $1::uuid", first.channelId);
      await world.rows("DELETE FROM matrix.reactions WHERE channel_id = $1::uuid", first.channelId);
      await world.rows("DELETE FROM matrix.search_words WHERE channel_id = $1::uuid", first.channelId);
      await world.rows("DELETE FROM messages WHERE channel_id = $1::uuid", first.channelId);
      for (const index of order) await push([stories[index]]);
      expect(await mirrorOf(first.channelId), order.join()).toEqual(before);
    }
  });

  it("turned off gives nothing back, and keeps what comes from then on", async () => {
    const { roomId, channelId } = await room(30);
    await push(storyOf(word(), roomId, 40));
    await removeOldWords(database);
    await set(channelId, null);
    const [older, younger] = [word(), word()];
    await push([...storyOf(older, roomId, 35), ...storyOf(younger, roomId, 29)]);
    expect(await tablesWith(world.database, older)).toEqual([]);
    expect(await tablesWith(world.database, younger)).not.toEqual([]);
  });

  it("cut off between any two pieces goes on where it was, and two at once do the same as one", async () => {
    const { roomId, channelId } = await room(30);
    const marker = word();
    await push(storyOf(marker, roomId, 40));
    await world.rows(
      "UPDATE channels SET kept_from = to_timestamp($2::float8 / 1000) WHERE id = $1::uuid",
      channelId,
      now - 30 * day,
    );
    await set(channelId, null);
    await Promise.all([removeOldWords(database), removeOldWords(database)]);
    expect(await tablesWith(world.database, marker)).toEqual([]);
  });

  it("takes away what agents remember and were asked there before, and keeps what is younger", async () => {
    const { channelId } = await room(30);
    const [old, young] = [word(), word()];
    for (const [marker, daysAgo] of [
      [old, 31],
      [young, 29],
    ] as const) {
      const at = new Date(now - daysAgo * day).toISOString();
      await world.rows(
        `INSERT INTO comemory_items (id, channel_id, agent_id, summary, created_at)
         VALUES ($1, $2::uuid, $3::uuid, $4, $5::timestamptz)`,
        ...[newId("comem", new Date(now)), channelId, world.agentId, marker, at],
      );
      await world.rows(
        `INSERT INTO agent_runs (id, agent_id, channel_id, trigger_kind, trigger_key, status, input, created_at)
         VALUES ($1, $2::uuid, $3::uuid, 'api', $6, 'completed', jsonb_build_object('prompt', $4::text), $5::timestamptz)`,
        ...[newId("run", new Date(now)), world.agentId, channelId, marker, at, `api:${daysAgo}`],
      );
    }
    await forgetWhatIsOld({ database, log: silentLog, deadLetterDays: 36_500 });
    expect(await tablesWith(world.database, old)).toEqual([]);
    expect(await tablesWith(world.database, young)).toContain("public.comemory_items.summary");
    expect(await tablesWith(world.database, young)).toContain("public.agent_runs.input");
    await world.rows(`UPDATE channels SET encrypted = true WHERE id = $1::uuid`, channelId);
    await forgetWhatIsOld({ database, log: silentLog, deadLetterDays: 36_500 });
    expect(await tablesWith(world.database, young)).toEqual([]);
  });

  it("the room's own m.room.retention counts where it is shorter, and a day is the least", async () => {
    const { roomId, channelId } = await room(30);
    const marker = word();
    await push([
      state("m.room.retention", { max_lifetime: 10 * day }, { room_id: roomId }),
      ...storyOf(marker, roomId, 15),
    ]);
    await removeOldWords(database);
    expect(await tablesWith(world.database, marker)).toEqual([]);
    for (const hostile of [
      { max_lifetime: -5 },
      { max_lifetime: 1e300 },
      { max_lifetime: "1" },
      { max_lifetime: null },
    ]) {
      await push([state("m.room.retention", hostile, { room_id: roomId })]);
      await removeOldWords(database);
    }
    expect(await findRetention(world.database.db, channelId)).toMatchObject({
      days: 30,
      roomLifetimeMs: null,
    });
  });

  it("is audited and told, once for each change, and refuses what is no number of days", async () => {
    const { channelId } = await room(7);
    await set(channelId, 7);
    const trail = await world.rows(
      "SELECT data FROM audit_log WHERE action = 'channel.retention_set' AND data ->> 'days' = '7'",
    );
    expect(trail).toEqual([{ data: { days: 7, before: null } }]);
    const told = await world.rows(
      `SELECT 1 FROM outbox_events WHERE topic = 'channel.updated' AND payload #>> '{payload,retention_days}' = '7'`,
    );
    expect(told).toHaveLength(1);
    for (const days of [0, -1, 1.5, Number.NaN, 36_501]) {
      await expect(set(channelId, days)).rejects.toMatchObject({ code: "retention_invalid" });
    }
  });
});
