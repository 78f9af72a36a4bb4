import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { rebuildRoom } from "../../src/matrix/reconcile/rebuild-room.ts";
import { handleReconcile } from "../../src/matrix/reconcile/reconcile-room.ts";
import { snapshot } from "../mirror/snapshot.ts";
import type { RoomEvent } from "./fake-rooms.ts";
import { alice, bob, bot, linkNewRoom, openWorld, sofia, type World } from "./world.ts";

let world: World;
let roomId: string;
let rooms = 0;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  rooms += 1;
  roomId = `!resolved${rooms}:test`;
  await linkNewRoom(world, { roomId, name: "first" });
  await handleBackfill(world.deps, { roomId });
});

const compare = () => handleReconcile(world.deps, { roomId }, { state: true });
const setName = (name: string) => world.rooms.setState(roomId, alice, "m.room.name", { name });

async function shown(): Promise<unknown> {
  const [row] = await world.rows<{ name: string; topic: string | null; roles: object }>(
    `SELECT c.name, c.topic, jsonb_object_agg(u.matrix_id, k.membership || ' ' || k.role) FILTER (WHERE u.matrix_id = $2) AS bob
       FROM channels c JOIN channel_members k ON k.channel_id = c.id LEFT JOIN users u ON u.id = k.member_user_id
      WHERE c.matrix_room_id = $1 GROUP BY c.id`,
    roomId,
    bob,
  );
  return row;
}

async function push(...events: readonly RoomEvent[]): Promise<void> {
  await world.pushEvents(events);
}

describe("state that goes back", () => {
  it("33 and 119: the homeserver's answer wins over the newest event, for ever, until a newer one comes", async () => {
    const first = setName("one");
    const second = setName("two");
    world.rooms.setState(roomId, alice, "m.room.topic", { topic: "of the room" });
    world.rooms.setState(roomId, alice, "m.room.power_levels", { users: { [alice]: 100, [bob]: 50 } });
    const joined = world.rooms.member(roomId, bob);
    const left = world.rooms.setMember(roomId, bob, "leave");
    await world.push();
    expect(await shown()).toMatchObject({ name: "two", topic: "of the room", bob: { [bob]: "leave admin" } });

    world.rooms.resolveTo(roomId, { type: "m.room.name" }, first.event_id);
    world.rooms.resolveTo(roomId, { type: "m.room.topic" });
    world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: bob }, joined?.event_id);
    await compare();
    const resolved = { name: "one", topic: null, bob: { [bob]: "join admin" } };
    expect(await shown()).toMatchObject(resolved);
    const told = await world.rows<{ name: string }>(
      `SELECT payload #>> '{payload,name}' AS name FROM outbox_events WHERE topic = 'channel.updated'
        ORDER BY created_at DESC, id DESC LIMIT 1`,
    );
    expect(told).toEqual([{ name: "one" }]);

    await push(second, left);
    await compare();
    expect(await shown()).toMatchObject(resolved);
    const whole = await snapshot(world.database);
    const homeserver = { ...world.deps.homeserver, event: () => Promise.resolve(undefined) };
    await rebuildRoom({ ...world.deps, homeserver }, roomId, { force: false });
    expect(await snapshot(world.database)).toEqual(whole);

    setName("three");
    world.rooms.setMember(roomId, bob, "ban", alice);
    await world.push();
    expect(await shown()).toMatchObject({ name: "three", bob: { [bob]: "ban admin" } });
  });

  it("119: what was overruled counts again when the homeserver names it again", async () => {
    const first = setName("one");
    const second = setName("two");
    await world.push();
    world.rooms.resolveTo(roomId, { type: "m.room.name" }, first.event_id);
    await compare();
    world.rooms.resolveTo(roomId, { type: "m.room.name" }, second.event_id);
    await compare();
    expect(await shown()).toMatchObject({ name: "two" });
  });

  it("33: who is in the homeserver's state no more has left, is told of once, and comes back by a newer event", async () => {
    const member = world.rooms.member(roomId, bob);
    const told = () =>
      world.rows<{ topic: string }>(
        `SELECT topic FROM outbox_events WHERE topic LIKE 'member.%' AND payload #>> '{payload,matrix_id}' = $2
           AND payload #>> '{payload,channel_id}' = (SELECT payload #>> '{payload,channel_id}' FROM outbox_events
             WHERE topic = 'channel.created' AND payload #>> '{payload,matrix_room_id}' = $1)
         ORDER BY txid, id`,
        roomId,
        bob,
      );
    const joined = { topic: "member.joined" };
    const left = { topic: "member.left" };
    world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: bob });
    for (let time = 0; time < 2; time += 1) {
      await compare();
      expect(await shown()).toMatchObject({ bob: { [bob]: "leave member" } });
      expect(await told()).toEqual([joined, left]);
    }
    if (member !== undefined) await push(member);
    await compare();
    expect(await shown()).toMatchObject({ bob: { [bob]: "leave member" } });
    const whole = await snapshot(world.database);
    const homeserver = { ...world.deps.homeserver, event: () => Promise.resolve(undefined) };
    await rebuildRoom({ ...world.deps, homeserver }, roomId, { force: false });
    expect(await snapshot(world.database)).toEqual(whole);

    world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: bob }, member?.event_id);
    await compare();
    expect(await shown()).toMatchObject({ bob: { [bob]: "join member" } });
    expect(await told()).toEqual([joined, left, joined]);

    world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: bob });
    await compare();
    world.rooms.setMember(roomId, bob, "join");
    await world.push();
    expect(await shown()).toMatchObject({ bob: { [bob]: "join member" } });
    expect(await told()).toEqual([joined, left, joined, left, joined]);
  });

  it("33: an agent that is in the homeserver's state no more is not in the room, and a room without any of us is detached", async () => {
    world.rooms.setMember(roomId, sofia, "join");
    await world.push();
    const found = () =>
      world.rows(
        `SELECT k.membership, k.left_at, r.detached_at IS NOT NULL AS detached
           FROM channel_members k JOIN agents a ON a.id = k.member_agent_id JOIN matrix.rooms r ON r.channel_id = k.channel_id
          WHERE r.room_id = $1 AND a.matrix_id = $2`,
        roomId,
        sofia,
      );
    world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: sofia });
    await compare();
    expect(await found()).toEqual([{ membership: "leave", left_at: null, detached: false }]);
    const { roomState } = world.deps.homeserver;
    const homeserver = {
      ...world.deps.homeserver,
      roomState: async (room: { roomId: string }) =>
        (await roomState(room)).filter((event) => event["state_key"] !== bot),
    };
    await handleReconcile({ ...world.deps, homeserver }, { roomId }, { state: true });
    expect(await found()).toEqual([{ membership: "leave", left_at: null, detached: true }]);
  });

  it("33: a membership that is pushed while the state is read twice is not undone, whenever it comes", async () => {
    const carol = "@carol:test";
    for (const answer of [1, 2]) {
      world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: bob });
      world.rooms.resolveTo(roomId, { type: "m.room.member", stateKey: carol });
      const { roomState } = world.deps.homeserver;
      let answers = 0;
      const homeserver = {
        ...world.deps.homeserver,
        async roomState(room: { roomId: string }) {
          const state = await roomState(room);
          answers += 1;
          if (answers !== answer) return state;
          for (const who of [bob, carol]) world.rooms.setMember(roomId, who, "join");
          await world.push();
          return state;
        },
      };
      await handleReconcile({ ...world.deps, homeserver }, { roomId }, { state: true });
      expect(answers).toBe(2);
      expect(await shown()).toMatchObject({ bob: { [bob]: "join member" } });
      const [found] = await world.rows(
        `SELECT k.membership FROM channel_members k JOIN users u ON u.id = k.member_user_id JOIN channels c ON c.id = k.channel_id
          WHERE c.matrix_room_id = $1 AND u.matrix_id = $2`,
        roomId,
        carol,
      );
      expect(found).toEqual({ membership: "join" });
      await compare();
      expect(await shown()).toMatchObject({ bob: { [bob]: "join member" } });
    }
  });

  it("119: other state that the homeserver has no more counts no more, whatever its key, and an answer without a room changes nothing", async () => {
    const parent = { type: "m.space.parent", stateKey: "!space:test" };
    const event = world.rooms.send({
      room_id: roomId,
      type: parent.type,
      state_key: parent.stateKey,
      sender: alice,
      content: { via: ["test"] },
    });
    await world.push();
    const counts = () =>
      world.rows(
        "SELECT NOT overruled AS counts FROM matrix.state_events WHERE event_id = $1",
        event.event_id,
      );
    const kept = await counts();
    const whole = await snapshot(world.database);
    const empty = { ...world.deps.homeserver, roomState: () => Promise.resolve([]) };
    await handleReconcile({ ...world.deps, homeserver: empty }, { roomId }, { state: true });
    expect(await snapshot(world.database)).toEqual(whole);
    world.rooms.resolveTo(roomId, parent);
    await compare();
    expect([kept, await counts()]).toEqual([[{ counts: true }], [{ counts: false }]]);
  });

  it("33: what is pushed while the state is read is not overruled by the answer that is older", async () => {
    setName("one");
    await world.push();
    const { roomState } = world.deps.homeserver;
    const homeserver = {
      ...world.deps.homeserver,
      async roomState(room: { roomId: string }) {
        const state = await roomState(room);
        if (((await shown()) as { name: string }).name === "one") {
          setName("pushed meanwhile");
          await world.push();
        }
        return state;
      },
    };
    await handleReconcile({ ...world.deps, homeserver }, { roomId }, { state: true });
    expect(await shown()).toMatchObject({ name: "pushed meanwhile" });
    expect(
      await world.rows("SELECT 1 FROM matrix.state_events WHERE overruled AND room_id = $1", roomId),
    ).toEqual([]);
  });
});
