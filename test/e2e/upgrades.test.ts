import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeId } from "../../src/kernel/ids.ts";
import {
  createRoom,
  inviteTo,
  membershipOf,
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  realSofia,
  roomPath,
  say,
  untilRead,
  upgradeRoom,
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
});
afterAll(() => world.close());

interface Channel {
  readonly id: string;
  readonly slug: string;
  readonly matrix_room_id: string;
  readonly room_version: string;
}

async function channelOf(roomId: string): Promise<Channel | undefined> {
  const [row] = await world.rows<Channel>(
    `SELECT c.id, c.slug, c.matrix_room_id, c.room_version
       FROM matrix.rooms r JOIN channels c ON c.id = r.channel_id WHERE r.room_id = $1`,
    roomId,
  );
  return row;
}

async function upgradeOf(roomId: string, successor: string) {
  const [row] = await world.rows<{ status: string; reason: string | null }>(
    `SELECT status, reason FROM matrix.room_upgrades WHERE room_id = $1 AND successor_room_id = $2`,
    roomId,
    successor,
  );
  return row;
}

const isIn = (channelId: string | undefined, eventId: string) => async () =>
  (
    await world.rows(
      `SELECT 1 FROM messages WHERE channel_id = $1 AND matrix_event_id = $2`,
      channelId,
      eventId,
    )
  ).length === 1;

const isCurrent = (roomId: string) => async () => (await channelOf(roomId))?.matrix_room_id === roomId;

async function membersOf(channelId: string | undefined): Promise<Record<string, string>> {
  const found = await world.rows<{ who: string; membership: string }>(
    `SELECT coalesce(u.matrix_id, a.matrix_id) AS who, m.membership FROM channel_members m
       LEFT JOIN users u ON u.id = m.member_user_id LEFT JOIN agents a ON a.id = m.member_agent_id
      WHERE m.channel_id = $1`,
    channelId,
  );
  return Object.fromEntries(found.map(({ who, membership }) => [who, membership]));
}

describe("a real room that is upgraded", () => {
  it("110, 111 and 113: the channel follows to version 12 with its id, name and history; agents speak on in the new room", async () => {
    const old = await mirroredRoom(world, alice, {
      name: "Plans",
      preset: "public_chat",
      room_version: "11",
    });
    await inviteTo(alice, old, realSofia);
    await bob.ask("POST", `/join/${encodeURIComponent(old)}`, {});
    const before = await channelOf(old);
    await world.until("the agent is in", async () => (await membershipOf(alice, old, realSofia)) === "join");
    const early = await say(alice, old, "before the upgrade");
    await world.until("it is mirrored", isIn(before?.id, early));

    const next = await upgradeRoom(alice, old, "12");
    expect(next).not.toContain(":");
    await world.until("the channel has moved", isCurrent(next));
    await untilRead(world, next);
    expect(await channelOf(next)).toEqual({ ...before, matrix_room_id: next, room_version: "12" });
    expect(await world.rows(`SELECT 1 FROM channels WHERE id <> $1 AND name = 'Plans'`, before?.id)).toEqual(
      [],
    );
    expect(
      await world.rows(
        `SELECT room_id, predecessor_room_id, successor_room_id, generation, creators FROM matrix.rooms
          WHERE channel_id = $1 ORDER BY generation`,
        before?.id,
      ),
    ).toMatchObject([
      { room_id: old, predecessor_room_id: null, successor_room_id: next, generation: 0, creators: [] },
      {
        room_id: next,
        predecessor_room_id: old,
        successor_room_id: null,
        generation: 1,
        creators: [alice.id],
      },
    ]);
    expect(await membersOf(before?.id)).toMatchObject({
      [alice.id]: "join",
      [bob.id]: "leave",
      [realBot]: "join",
      [realSofia]: "join",
    });

    const question = await say(alice, next, "Sofia, are you there?", {
      "m.mentions": { user_ids: [realSofia] },
    });
    await world.until("the agent has answered in the new room", async () => {
      const found = await world.rows(
        `SELECT s.room_id, s.state FROM matrix.sends s WHERE s.sender_matrix_id = $1 AND s.state = 'confirmed'`,
        realSofia,
      );
      return found.some((row) => row["room_id"] === next);
    });
    expect(await membershipOf(alice, next, realSofia)).toBe("join");
    await bob.ask("POST", `/join/${encodeURIComponent(next)}`, {});
    await world.until("bob is back", async () => (await membersOf(before?.id))[bob.id] === "join");
    for (const event of [early, question]) expect(await isIn(before?.id, event)()).toBe(true);
  });

  it("76 and 115: an answer to a thread of the old room is said in the new one, without the thread", async () => {
    const old = await mirroredRoom(world, alice, {
      name: "Threads",
      preset: "public_chat",
      room_version: "11",
    });
    const channel = await channelOf(old);
    const early = await say(alice, old, "before the upgrade");
    await world.until("it is mirrored", isIn(channel?.id, early));
    const next = await upgradeRoom(alice, old, "12");
    await untilRead(world, next);
    const path = `/channels/${encodeId("c", channel?.id ?? "")}`;
    const asSofia = await world.key("--agent", "agent:sofia");
    const wish = { text: "to what was said before", threadRoot: early };
    const posted = await asSofia("POST", `${path}/messages`, wish);
    await world.until("it is delivered", async () => {
      const { body } = await asSofia("GET", `/messages/${posted.body["id"] as string}`);
      return (body["delivery"] as { state: string }).state === "confirmed";
    });
    expect(
      await world.rows(
        `SELECT m.thread_root_event_id, s.room_id FROM matrix.sends s JOIN messages m ON m.id = s.id
          WHERE m.content_preview = $1`,
        wish.text,
      ),
    ).toEqual([{ thread_root_event_id: null, room_id: next }]);
    const { body } = await asSofia("GET", path);
    expect(body).toMatchObject({ matrixRoomId: next, previousMatrixRoomId: old, upgrade: null });
  });

  it("115: what is said in the old room late still reaches the channel, and changes nothing else of it", async () => {
    const old = await mirroredRoom(world, alice, { name: "Late", preset: "public_chat", room_version: "10" });
    const { id } = (await channelOf(old)) ?? {};
    const next = await upgradeRoom(alice, old, "11");
    await untilRead(world, next);
    const late = await say(alice, old, "still here");
    await alice.ask("PUT", `${roomPath(old)}/state/m.room.name`, { name: "Old name" });
    await bob.ask("POST", `/join/${encodeURIComponent(old)}`, {});
    await world.until("it is mirrored", isIn(id, late));
    await world.until("bob was seen", async () => (await membersOf(id))[bob.id] !== undefined);
    expect((await membersOf(id))[bob.id]).toBe("leave");
    expect(await world.rows(`SELECT name, matrix_room_id FROM channels WHERE id = $1`, id)).toEqual([
      { name: "Late", matrix_room_id: next },
    ]);
  });

  it("114: an invite-only successor waits through a crash, and the invitation takes it up", async () => {
    const old = await mirroredRoom(world, alice, {
      name: "Closed",
      preset: "private_chat",
      room_version: "11",
    });
    const { id } = (await channelOf(old)) ?? {};
    const next = await upgradeRoom(alice, old, "12");
    await world.until("it waits", async () => (await upgradeOf(old, next))?.status === "waiting");
    const operator = await world.key("--integration", "ops", "--all-microdaos");
    expect((await operator("GET", `/channels/${encodeId("c", id ?? "")}`)).body).toMatchObject({
      upgrade: { matrixRoomId: next, reason: expect.stringContaining("M_FORBIDDEN") as string },
    });
    expect((await upgradeOf(old, next))?.reason).toContain("M_FORBIDDEN");
    expect(world.installed.output().split("was replaced by one that the bot may not join").length).toBe(2);
    await world.bridge.kill();
    await inviteTo(alice, next, realBot);
    world.bridge = await world.installed.start();
    await world.until("the channel has moved", isCurrent(next), 60);
    await untilRead(world, next);
    expect((await channelOf(next))?.id).toBe(id);
    expect(await world.rows(`SELECT 1 FROM channels WHERE name = 'Closed'`)).toHaveLength(1);
  });

  it("113 and 114: a room that does not point back, and one that is a channel already, are ignored", async () => {
    const old = await mirroredRoom(world, alice, { name: "Victim", preset: "public_chat" });
    const before = await channelOf(old);
    const stranger = await createRoom(alice, { name: "Stranger", preset: "public_chat" });
    const other = await mirroredRoom(world, alice, { name: "Other", preset: "public_chat" });
    const bury = (replacement: string) =>
      alice.ask("PUT", `${roomPath(old)}/state/m.room.tombstone`, {
        body: "moved",
        replacement_room: replacement,
      });
    await bury(stranger);
    await world.until("the liar is seen", async () => (await upgradeOf(old, stranger))?.status === "ignored");
    await bury(other);
    await world.until("the other is seen", async () => (await upgradeOf(old, other))?.status === "ignored");
    await world.until("the bot left", async () => (await membershipOf(alice, stranger, realBot)) === "leave");
    expect(await membershipOf(alice, other, realBot)).toBe("join");
    expect(await channelOf(old)).toEqual(before);
  });

  it("113: a chain of three upgrades while the bridge is away is followed to its end", async () => {
    const first = await mirroredRoom(world, alice, {
      name: "Chain",
      preset: "public_chat",
      room_version: "9",
    });
    const { id } = (await channelOf(first)) ?? {};
    await world.bridge.kill();
    const rooms = [first];
    const said: string[] = [];
    for (const version of ["10", "11", "12"]) {
      said.push(await say(alice, rooms.at(-1) ?? "", `on to ${version}`));
      rooms.push(await upgradeRoom(alice, rooms.at(-1) ?? "", version));
    }
    const last = rooms.at(-1) ?? "";
    world.bridge = await world.installed.start();
    await world.until("the channel has moved to the last room", isCurrent(last), 60);
    await untilRead(world, last);
    expect((await channelOf(last))?.id).toBe(id);
    for (const event of said) await world.until("everything was read", isIn(id, event));
    const chain = await world.rows<{ room_id: string }>(
      `SELECT room_id FROM matrix.rooms WHERE channel_id = $1 ORDER BY generation`,
      id,
    );
    expect(chain.map(({ room_id }) => room_id)).toEqual(rooms);
  });
});
