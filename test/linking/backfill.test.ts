import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { continueBackfill, findBackfill } from "../../src/matrix/backfill/backfill-store.ts";
import { backfillJob } from "../../src/matrix/backfill/jobs.ts";
import { resumeBackfills } from "../../src/matrix/backfill/resume-backfills.ts";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, bot, openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A linked room with `count` messages from before the bot came. */
async function roomWithHistory(roomId: string, count: number): Promise<string[]> {
  const { rooms, deps } = world;
  rooms.create({ roomId, creator: alice, name: roomId });
  rooms.setMember(roomId, bob, "join");
  const said = Array.from({ length: count }, (_, index) => {
    const text = index % 100 === 7 ? "!dao unlink" : `message ${index}`;
    return rooms.say(roomId, index % 2 === 0 ? alice : bob, text).event_id;
  });
  rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(deps, { roomId, inviter: alice });
  await world.push();
  await world.takeJobs(backfillJob);
  return said;
}

async function mirrored(roomId: string): Promise<string[]> {
  const rows = await world.rows<{ id: string }>(
    `SELECT m.matrix_event_id AS id FROM messages m JOIN channels c ON c.id = m.channel_id
      WHERE c.matrix_room_id = $1 ORDER BY m.created_at, m.id`,
    roomId,
  );
  return rows.map(({ id }) => id);
}

const pagesAsked = (roomId: string) =>
  world.rooms.asked.filter((path) => path.includes(`/rooms/${roomId}/messages`)).length;

describe("backfill", () => {
  it("reads 1,200 messages once, in order, 500 a page, and nothing reacts to them", async () => {
    const said = await roomWithHistory("!long:test", 1200);
    const seen: number[] = [];
    const done = await handleBackfill(
      world.deps,
      { roomId: "!long:test" },
      { onPage: ({ events }) => seen.push(events) },
    );
    expect(await mirrored("!long:test")).toEqual(said);
    expect(done).toMatchObject({ status: "done", pages: 3, nextToken: null, error: null });
    expect(seen).toEqual([500, 1000, done?.events]);
    expect(pagesAsked("!long:test")).toBe(3);
    expect(await world.takeJobs(runCommandJob)).toEqual([]);
    expect(await handleBackfill(world.deps, { roomId: "!long:test" })).toBeUndefined();
  });

  it("126: an empty page is not the end", async () => {
    const said = await roomWithHistory("!empty:test", 700);
    world.rooms.emptyPages = true;
    const done = await handleBackfill(world.deps, { roomId: "!empty:test" });
    world.rooms.emptyPages = false;
    expect(done?.pages).toBe(4);
    expect(await mirrored("!empty:test")).toEqual(said);
  });

  it("127: what is pushed meanwhile is one row", async () => {
    const said = await roomWithHistory("!both:test", 600);
    const reading = handleBackfill(
      world.deps,
      { roomId: "!both:test" },
      {
        onPage: () => {
          said.push(world.rooms.say("!both:test", bob, "meanwhile").event_id);
        },
      },
    );
    await Promise.all([reading, world.push(), world.push()]);
    await world.push();
    expect(await mirrored("!both:test")).toEqual(said);
  });

  it("killed at any step goes on where it was", async () => {
    let kills = 0;
    for (let step = 1; ; step += 1) {
      const roomId = `!kill${step}:test`;
      const said = await roomWithHistory(roomId, 1010);
      const alive = await handleBackfill(killedAfter(world.deps, step).deps, { roomId }).then(
        () => true,
        () => false,
      );
      const before = await findBackfill(world.database.db, roomId);
      const done = await handleBackfill(world.deps, { roomId });
      expect((await findBackfill(world.database.db, roomId))?.status).toBe("done");
      expect(await mirrored(roomId), `killed at step ${step}`).toEqual(said);
      // At most the page in hand and the one that was on its way are read twice.
      expect((done?.pages ?? before?.pages ?? 0) + 2).toBeGreaterThanOrEqual(pagesAsked(roomId));
      if (alive) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(10);
  });

  it("by three processes at once reads everything, once", async () => {
    const said = await roomWithHistory("!three:test", 1200);
    const roomId = "!three:test";
    await Promise.all([1, 2, 3].map(() => handleBackfill(world.deps, { roomId })));
    await handleBackfill(world.deps, { roomId });
    expect(await findBackfill(world.database.db, roomId)).toMatchObject({ status: "done", pages: 3 });
    expect(await mirrored(roomId)).toEqual(said);
  });

  it("in pieces: each job reads some pages and asks for the next", async () => {
    const said = await roomWithHistory("!pieces:test", 1200);
    const roomId = "!pieces:test";
    expect(await handleBackfill(world.deps, { roomId }, { pages: 2 })).toMatchObject({ status: "running" });
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId }]);
    expect(await handleBackfill(world.deps, { roomId }, { pages: 2 })).toMatchObject({ status: "done" });
    expect(await world.takeJobs(backfillJob)).toEqual([]);
    expect(await mirrored(roomId)).toEqual(said);
  });

  it("waits as long as it is told, and asks for less when an answer does not come", async () => {
    const said = await roomWithHistory("!slow:test", 600);
    const path = /slow.*messages/;
    world.rooms.troubles.push(
      { path, status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 300 } },
      { path, status: 502 },
    );
    const started = Date.now();
    expect(await handleBackfill(world.deps, { roomId: "!slow:test" })).toMatchObject({ status: "done" });
    expect(Date.now() - started).toBeGreaterThan(200);
    expect(world.rooms.asked.some((asked) => path.test(asked) && asked.includes("limit=250"))).toBe(true);
    expect(await mirrored("!slow:test")).toEqual(said);
  });

  it("a room that is told to wait for long gives way to others: its job comes back when the wait is over", async () => {
    const roomId = "!limited:test";
    const said = await roomWithHistory(roomId, 600);
    const told = { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 90_000 } };
    world.rooms.troubles.push({ path: /limited.*messages/, ...told });
    const startedAt = Date.now();
    expect(await handleBackfill(world.deps, { roomId })).toMatchObject({ status: "running", error: null });
    expect(Date.now() - startedAt).toBeLessThan(60_000);
    const [job] = await world.rows<{ waits: number }>(
      "SELECT extract(epoch FROM start_after - now())::float8 AS waits FROM pgboss.job WHERE name = $1",
      backfillJob.name,
    );
    expect(job?.waits).toBeGreaterThan(30);
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId }]);
    expect(await handleBackfill(world.deps, { roomId })).toMatchObject({ status: "done" });
    expect(await mirrored(roomId)).toEqual(said);
  });

  it("128: members are loaded lazily, and those that come along are recorded once", async () => {
    const roomId = "!lazy:test";
    await roomWithHistory(roomId, 1200);
    const { homeserver } = world.deps;
    const content = { membership: "leave", displayname: "Carol" };
    const gone = { room_id: roomId, sender: "@carol:test", state_key: "@carol:test", content };
    const carol = { ...gone, event_id: "$lazy", type: "m.room.member", origin_server_ts: 1 };
    const recorded: unknown[] = [];
    const deps = {
      ...world.deps,
      homeserver: {
        ...homeserver,
        messages: async (page: Parameters<typeof homeserver.messages>[0]) => {
          expect(page.filter).toEqual({ lazy_load_members: true });
          const found = await homeserver.messages(page);
          return { ...found, state: [...found.state, carol] };
        },
      },
      ingest: (events: readonly unknown[], source: Parameters<typeof world.deps.ingest>[1]) => {
        recorded.push(...events.filter((event) => event === carol));
        return world.deps.ingest(events, source);
      },
    };
    expect(await handleBackfill(deps, { roomId })).toMatchObject({ status: "done", pages: 3 });
    expect(recorded).toHaveLength(1);
    const members = await world.rows(
      `SELECT m.membership, m.display_name FROM channel_members m JOIN users u ON u.id = m.member_user_id
         JOIN channels c ON c.id = m.channel_id WHERE c.matrix_room_id = $1 AND u.matrix_id = '@carol:test'`,
      roomId,
    );
    expect(members).toEqual([{ membership: "leave", display_name: "Carol" }]);
  });

  it("of a token that the homeserver forgot begins again, once", async () => {
    const said = await roomWithHistory("!gone:test", 600);
    const roomId = "!gone:test";
    const forget = () =>
      world.rows(`UPDATE matrix.backfills SET next_token = 'gone' WHERE room_id = $1`, roomId);
    await forget();
    await handleBackfill(world.deps, { roomId });
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId }]);
    await handleBackfill(world.deps, { roomId }, { pages: 1 });
    await forget();
    expect(await handleBackfill(world.deps, { roomId })).toMatchObject({
      status: "failed",
      nextToken: "gone",
    });
    await world.rows(`UPDATE matrix.backfills SET next_token = NULL WHERE room_id = $1`, roomId);
    await transact(world.database, bridgeActor, (tx) => continueBackfill(tx, roomId));
    expect(await handleBackfill(world.deps, { roomId })).toMatchObject({ status: "done", error: null });
    expect(await mirrored(roomId)).toEqual(said);
  });

  it("of a room that may not be read fails with the homeserver's words", async () => {
    await roomWithHistory("!closed:test", 10);
    world.rooms.troubles.push({
      path: /closed.*messages/,
      status: 403,
      body: { errcode: "M_FORBIDDEN", error: "no" },
    });
    expect(await handleBackfill(world.deps, { roomId: "!closed:test" })).toMatchObject({
      status: "failed",
      error: "403 M_FORBIDDEN: no",
    });
  });

  it("that nobody is at work on is asked for again", async () => {
    await world.takeJobs(backfillJob);
    await roomWithHistory("!lost:test", 10);
    expect(await resumeBackfills(world.database, { atStart: false })).toBe(0);
    expect(await resumeBackfills(world.database, { atStart: true })).toBe(1);
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId: "!lost:test" }]);
    await world.rows(
      `UPDATE matrix.backfills SET updated_at = now() - interval '6 minutes' WHERE room_id = '!lost:test'`,
    );
    expect(await resumeBackfills(world.database, { atStart: false })).toBe(1);
  });
});
