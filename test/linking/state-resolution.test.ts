import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { rebuildRoom } from "../../src/matrix/reconcile/rebuild-room.ts";
import { handleReconcile } from "../../src/matrix/reconcile/reconcile-room.ts";
import { snapshot } from "../mirror/snapshot.ts";
import type { RoomEvent } from "./fake-rooms.ts";
import { alice, bob, bot, openWorld, type World } from "./world.ts";

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
  world.rooms.create({ roomId, creator: alice, name: "first" });
  world.rooms.setMember(roomId, bob, "join");
  world.rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(world.deps, { roomId, inviter: alice });
  await world.push();
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
