import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { reconcileJob } from "../../src/matrix/reconcile/jobs.ts";
import { askForDueRooms, doubtRooms } from "../../src/matrix/reconcile/keep-reconciling.ts";
import { handleReconcile } from "../../src/matrix/reconcile/reconcile-room.ts";
import { patience } from "../support/patience.ts";
import { takeRuns } from "../support/take-runs.ts";
import type { RoomEvent } from "./fake-rooms.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, bot, openWorld, sofia, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A linked room whose history has been read, with some messages before it. */
async function linkedRoom(roomId: string, before = 5): Promise<string[]> {
  const { rooms, deps } = world;
  rooms.create({ roomId, creator: alice, name: roomId });
  rooms.setMember(roomId, bob, "join");
  const said = say(roomId, before, "before");
  rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(deps, { roomId, inviter: alice });
  await world.push();
  await handleBackfill(deps, { roomId });
  await handleReconcile(deps, { roomId }, { state: true });
  return said;
}

function say(roomId: string, count: number, what: string): string[] {
  return Array.from(
    { length: count },
    (_, index) => world.rooms.say(roomId, bob, `${what} ${index}`).event_id,
  );
}

/** Says something that the homeserver never pushes, because it crashed. */
async function lose(happen: () => string[]): Promise<string[]> {
  await world.push();
  const lost = happen();
  world.forgetPushes();
  return lost;
}

async function mirrored(roomId: string): Promise<string[]> {
  const rows = await world.rows<{ id: string }>(
    `SELECT m.matrix_event_id AS id FROM messages m JOIN channels c ON c.id = m.channel_id
      WHERE c.matrix_room_id = $1 ORDER BY m.created_at, m.id`,
    roomId,
  );
  return rows.map(({ id }) => id);
}

async function ledger(roomId: string): Promise<Record<string, unknown>> {
  const [row] = await world.rows<Record<string, unknown>>(
    "SELECT * FROM matrix.ledgers WHERE room_id = $1",
    roomId,
  );
  return row ?? {};
}

describe("reconciling a room", () => {
  it("39: what a crash lost behind newer events that came is found, once, and nobody reacts to it", async () => {
    const said = await linkedRoom("!lost:test");
    const lost = await lose(() => [
      ...say("!lost:test", 29, "lost"),
      world.rooms.say("!lost:test", alice, "!dao status").event_id,
    ]);
    // More than a page of newer events has come in the meantime.
    const came = say("!lost:test", 600, "came");
    await world.push();
    await world.takeJobs(runCommandJob);
    expect(await handleReconcile(world.deps, { roomId: "!lost:test" })).toMatchObject({
      is: "checked",
      found: 30,
    });
    expect(await mirrored("!lost:test")).toEqual([...said, ...lost, ...came]);
    expect(await world.takeJobs(runCommandJob)).toEqual([]);
    expect(await handleReconcile(world.deps, { roomId: "!lost:test" })).toMatchObject({ found: 0, pages: 1 });
    expect(await ledger("!lost:test")).toMatchObject({
      head_event_id: came.at(-1),
      found: 30n,
      gap_token: null,
    });
  });

  it("38: known events that are pushed again change nothing, unknown old ones are mirrored without reaction", async () => {
    const roomId = "!replay:test";
    const said = await linkedRoom(roomId);
    const pushed: RoomEvent[] = [];
    world.rooms.onPush((event) => pushed.push(event));
    const lost = await lose(() => say(roomId, 3, "late"));
    await handleReconcile(world.deps, { roomId });
    const before = await world.rows("SELECT * FROM messages ORDER BY id");
    await world.pushEvents([...pushed, ...pushed]);
    expect(await world.rows("SELECT * FROM messages ORDER BY id")).toEqual(before);
    expect(await mirrored(roomId)).toEqual([...said, ...lost]);
  });

  it("what is read before it is pushed is answered when it is pushed, once", async () => {
    const roomId = "!fast:test";
    await linkedRoom(roomId);
    world.rooms.setMember(roomId, sofia, "join", alice);
    await world.push();
    const question = world.rooms.say(roomId, alice, "!dao status");
    await handleReconcile(world.deps, { roomId });
    expect(await world.takeJobs(runCommandJob)).toEqual([]);
    await world.push();
    await world.pushEvents([question]);
    expect(await world.takeJobs(runCommandJob)).toEqual([
      expect.objectContaining({ eventId: question.event_id }),
    ]);
    expect(await takeRuns(world)).toEqual([]);
  });

  it("105 and 119: state and members that were missed are corrected", async () => {
    const roomId = "!state:test";
    await linkedRoom(roomId);
    await lose(() => [
      world.rooms.setState(roomId, alice, "m.room.name", { name: "Renamed" }).event_id,
      world.rooms.setMember(roomId, bob, "leave").event_id,
      ...say(roomId, 1, "x"),
    ]);
    expect(await handleReconcile(world.deps, { roomId }, { state: true })).toMatchObject({ found: 3 });
    const [channel] = await world.rows("SELECT name FROM channels WHERE matrix_room_id = $1", roomId);
    expect(channel).toEqual({ name: "Renamed" });
    const [member] = await world.rows(
      `SELECT cm.membership FROM channel_members cm JOIN users u ON u.id = cm.member_user_id
         JOIN channels c ON c.id = cm.channel_id WHERE c.matrix_room_id = $1 AND u.matrix_id = $2`,
      roomId,
      bob,
    );
    expect(member).toEqual({ membership: "leave" });
    expect(await ledger(roomId)).toMatchObject({ state_checked_at: expect.any(Date) as Date });
  });

  it("killed at any step goes on, and in the end nothing is missing", async () => {
    let kills = 0;
    for (let step = 1; ; step += 1) {
      const roomId = `!reconcile-kill${step}:test`;
      const said = await linkedRoom(roomId, 2);
      const lost = await lose(() => say(roomId, 510, "lost"));
      const came = say(roomId, 3, "came");
      await world.push();
      const alive = await handleReconcile(
        killedAfter(world.deps, step).deps,
        { roomId },
        { state: true },
      ).then(
        () => true,
        () => false,
      );
      // Its lease has run out, as it does after a minute.
      await world.rows(
        "UPDATE matrix.ledgers SET leased_until = now() - interval '1 second' WHERE lease IS NOT NULL",
      );
      for (let again = 0; again < 3; again += 1) await handleReconcile(world.deps, { roomId });
      expect(await mirrored(roomId), `killed at step ${step}`).toEqual([...said, ...lost, ...came]);
      expect(await ledger(roomId)).toMatchObject({ head_event_id: came.at(-1), gap_token: null });
      if (alive) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(10);
  });

  it("a room is kept while a state is read that takes longer than the lease", async () => {
    const roomId = "!slowstate:test";
    await linkedRoom(roomId);
    const { deps } = world;
    const lease = async () =>
      (
        await world.rows<{ until: Date }>(
          "SELECT leased_until AS until FROM matrix.ledgers WHERE room_id = $1",
          roomId,
        )
      )[0]?.until.getTime() ?? 0;
    const homeserver = {
      ...deps.homeserver,
      roomState: async (of: Parameters<typeof deps.homeserver.roomState>[0]) => {
        const before = await lease();
        await vi.waitUntil(async () => (await lease()) > before, patience);
        return deps.homeserver.roomState(of);
      },
    };
    const options = { state: true, renewMs: 20 };
    expect(await handleReconcile({ ...deps, homeserver }, { roomId }, options)).toMatchObject({
      is: "checked",
    });
  });

  it("by two processes at once is done by one of them", async () => {
    const roomId = "!two:test";
    await linkedRoom(roomId);
    const lost = await lose(() => say(roomId, 40, "lost"));
    const { deps } = world;
    const others: unknown[] = [];
    const homeserver = {
      ...deps.homeserver,
      messages: async (page: Parameters<typeof deps.homeserver.messages>[0]) => {
        others.push(await handleReconcile(deps, { roomId }), await handleReconcile(deps, { roomId }));
        return deps.homeserver.messages(page);
      },
    };
    expect(await handleReconcile({ ...deps, homeserver }, { roomId })).toMatchObject({ found: 40, pages: 1 });
    expect(others).toEqual([{ is: "not-mine" }, { is: "not-mine" }]);
    expect((await mirrored(roomId)).slice(-40)).toEqual(lost);
  });

  it("of a token that the homeserver forgot begins at the present again", async () => {
    const roomId = "!forgot:test";
    await linkedRoom(roomId);
    const lost = await lose(() => say(roomId, 1100, "lost"));
    expect(await handleReconcile(world.deps, { roomId }, { pages: 1 })).toMatchObject({ is: "unfinished" });
    await world.rows("UPDATE matrix.ledgers SET gap_token = 'gone' WHERE room_id = $1", roomId);
    expect(await handleReconcile(world.deps, { roomId })).toMatchObject({ is: "unfinished" });
    expect(await ledger(roomId)).toMatchObject({ gap_token: null });
    expect(await handleReconcile(world.deps, { roomId })).toMatchObject({ is: "checked" });
    expect((await mirrored(roomId)).slice(-1100)).toEqual(lost);
  });

  it("of a room that the bot was removed from unnoticed says so and counts it as left", async () => {
    const roomId = "!kicked:test";
    await linkedRoom(roomId);
    await lose(() => [world.rooms.setMember(roomId, bot, "leave", alice).event_id]);
    expect(await handleReconcile(world.deps, { roomId })).toEqual({
      is: "unreadable",
      reason: "The homeserver refused (403 M_FORBIDDEN): refused",
    });
    expect(await world.rows("SELECT status FROM matrix.rooms WHERE room_id = $1", roomId)).toEqual([
      { status: "left" },
    ]);
    expect(await handleReconcile(world.deps, { roomId })).toEqual({ is: "not-mine" });
  });

  it("is asked for once when it is due, whoever looks, and again when the job was lost", async () => {
    const roomId = "!due:test";
    await linkedRoom(roomId);
    await world.takeJobs(reconcileJob);
    await doubtRooms(world.database, "all");
    await world.rows(
      "UPDATE matrix.ledgers SET due_at = now() + interval '1 hour' WHERE room_id <> $1",
      roomId,
    );
    await world.rows(
      "UPDATE matrix.ledgers SET due_at = now() - interval '1 second' WHERE room_id = $1",
      roomId,
    );
    await Promise.all([1, 2, 3].map(() => askForDueRooms(world.database)));
    expect(await world.takeJobs(reconcileJob)).toEqual([{ roomId }]);
    expect(await askForDueRooms(world.database)).toBe(0);
    await world.rows(
      "UPDATE matrix.ledgers SET asked_at = now() - interval '11 minutes' WHERE room_id = $1",
      roomId,
    );
    expect(await askForDueRooms(world.database)).toBe(1);
    await handleReconcile(world.deps, { roomId });
    expect(await askForDueRooms(world.database)).toBe(0);
  });

  it("is due once after a silence of the homeserver, if something happened in the room lately", async () => {
    const roomId = "!silent:test";
    await linkedRoom(roomId);
    await world.rows("UPDATE matrix.ledgers SET due_at = now() + interval '1 hour'");
    const noteTransaction = (ago: string) =>
      world.rows(`UPDATE matrix.bridge SET last_txn_at = now() - interval '${ago}'`);
    const checkedAgo = (ago: string) =>
      world.rows(
        `UPDATE matrix.ledgers SET checked_at = now() - interval '${ago}' WHERE room_id = $1`,
        roomId,
      );
    await noteTransaction("9 minutes");
    await checkedAgo("20 minutes");
    expect(await askForDueRooms(world.database)).toBe(0);
    await noteTransaction("11 minutes");
    await askForDueRooms(world.database);
    expect(await world.takeJobs(reconcileJob)).toContainEqual({ roomId });
    await handleReconcile(world.deps, { roomId });
    await world.takeJobs(reconcileJob);
    await askForDueRooms(world.database);
    expect(await world.takeJobs(reconcileJob)).not.toContainEqual({ roomId });
  });
});
