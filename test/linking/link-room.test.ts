import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { sendMarkerKey } from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { backfillJob } from "../../src/matrix/backfill/jobs.ts";
import { linkRoomJob } from "../../src/matrix/linking/jobs.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, bot, openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A room that the bot has been invited to, and that the bridge has been told of. */
async function invited(roomId: string, room: Partial<Parameters<World["rooms"]["create"]>[0]> = {}) {
  world.rooms.create({ roomId, creator: alice, name: "General", ...room });
  world.rooms.setMember(roomId, bob, "join");
  world.rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  return { roomId, inviter: alice };
}

interface Linked {
  slug: string;
  name: string;
  status: string;
  room_status: string;
  microdao: string;
  channel_id: string;
}

async function linkedRoom(roomId: string): Promise<Linked | undefined> {
  const [row] = await world.rows<Linked>(
    `SELECT c.slug, c.name, c.status, r.status AS room_status, m.external_id AS microdao, c.id AS channel_id
       FROM matrix.rooms r JOIN channels c ON c.id = r.channel_id JOIN microdaos m ON m.id = c.microdao_id
      WHERE r.room_id = $1`,
    roomId,
  );
  return row;
}

async function notices(roomId: string): Promise<string[]> {
  const rows = await world.rows<{ body: string }>(
    `SELECT content ->> 'body' AS body FROM matrix.sends WHERE room_id = $1 ORDER BY seq`,
    roomId,
  );
  return rows.map(({ body }) => body);
}

describe("an invitation of the bot", () => {
  it("makes a channel with members, one notice and one backfill, and is asked for by the push itself", async () => {
    const room = await invited("!first:test", { alias: "#general:test", name: "General chat" });
    expect(await world.takeJobs(linkRoomJob)).toMatchObject([room]);
    expect(await handleLinkRoom(world.deps, room)).toMatchObject({
      is: "linked",
      slug: "general",
      encrypted: false,
    });
    await world.push();
    expect(await linkedRoom(room.roomId)).toMatchObject({
      slug: "general",
      name: "General chat",
      status: "active",
      room_status: "joined",
      microdao: "microdao:1",
    });
    const members = await world.rows<{ who: string; role: string }>(
      `SELECT coalesce(u.matrix_id, a.matrix_id) AS who, cm.role FROM channel_members cm
         LEFT JOIN users u ON u.id = cm.member_user_id LEFT JOIN agents a ON a.id = cm.member_agent_id
        WHERE cm.channel_id = $1 AND cm.membership = 'join' ORDER BY who`,
      (await linkedRoom(room.roomId))?.channel_id,
    );
    expect(members).toEqual([
      { who: alice, role: "owner" },
      { who: bob, role: "member" },
      { who: bot, role: "agent" },
    ]);
    expect(await notices(room.roomId)).toHaveLength(1);
    expect((await notices(room.roomId))[0]).toMatch(
      /mirrored as #general of Demo[^]*!dao unlink[^]*!dao help/,
    );
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId: room.roomId }]);
  });

  it("of a room that is linked already brings nothing new", async () => {
    const room = await invited("!twice:test");
    await handleLinkRoom(world.deps, room);
    await world.takeJobs(backfillJob);
    expect(await handleLinkRoom(world.deps, room)).toMatchObject({ is: "already-linked" });
    expect(await notices(room.roomId)).toHaveLength(1);
    expect(await world.takeJobs(backfillJob)).toEqual([]);
  });

  it("five times at once is one channel, one notice and one backfill", async () => {
    const room = await invited("!atonce:test");
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => handleLinkRoom(world.deps, room)));
    expect(outcomes.filter(({ is }) => is === "linked")).toHaveLength(1);
    expect(await notices(room.roomId)).toHaveLength(1);
    expect(await world.takeJobs(backfillJob)).toHaveLength(1);
  });

  it("killed at any step and run again ends in the same rows", async () => {
    await world.takeJobs(backfillJob);
    let kills = 0;
    for (let step = 1; ; step += 1) {
      const room = await invited(`!kill${step}:test`, { name: `Kill ${step}` });
      const mortal = killedAfter(world.deps, step);
      const alive = await handleLinkRoom(mortal.deps, room).then(
        () => true,
        () => false,
      );
      if (!alive) kills += 1;
      await handleLinkRoom(world.deps, room);
      await world.push();
      expect(await linkedRoom(room.roomId)).toMatchObject({ slug: `kill-${step}`, room_status: "joined" });
      expect(await notices(room.roomId), `killed at step ${step}`).toHaveLength(1);
      expect(await world.takeJobs(backfillJob)).toEqual([{ roomId: room.roomId }]);
      const channelId = (await linkedRoom(room.roomId))?.channel_id;
      const told = await world.rows(
        `SELECT 1 FROM outbox_events WHERE topic = 'channel.created' AND event_key = $1`,
        channelId,
      );
      expect(told).toHaveLength(1);
      if (alive) break;
    }
    expect(kills).toBeGreaterThan(6);
  });

  it("of ten rooms of one name at once gives ten slugs", async () => {
    const rooms = await Promise.all(
      Array.from({ length: 10 }, (_, index) => invited(`!same${index}:test`, { name: "Same name" })),
    );
    await Promise.all(rooms.map((room) => handleLinkRoom(world.deps, room)));
    const rows = await world.rows<{ slug: string }>(`SELECT slug FROM channels WHERE name = 'Same name'`);
    expect(rows.map(({ slug }) => slug).sort()).toEqual(
      ["same-name", ...Array.from({ length: 9 }, (_, index) => `same-name-${index + 2}`)].sort(),
    );
  });

  it("belongs to the inviter's microDAO if there is exactly one, else to the default", async () => {
    const carol = "@carol:test";
    await transact(world.database, bridgeActor, async (tx) => {
      const owner = await ensureUserByMatrixId(tx, carol);
      await createMicrodao(tx, { name: "Carol's", ownerUserId: owner.id });
    });
    const hers = await invited("!carol:test", { creator: carol });
    await handleLinkRoom(world.deps, { ...hers, inviter: carol });
    expect(await linkedRoom("!carol:test")).toMatchObject({ microdao: "microdao:2" });
    const nobodys = await invited("!nobody:test");
    await handleLinkRoom(world.deps, { ...nobodys, inviter: "@stranger:elsewhere" });
    expect(await linkedRoom("!nobody:test")).toMatchObject({ microdao: "microdao:1" });
    expect(world.rooms.asked.some((path) => path.includes("via=elsewhere"))).toBe(true);
  });

  it("without any microDAO is declined with a reason, and leaves nothing behind", async () => {
    const room = await invited("!homeless:test");
    const deps = { ...world.deps, defaultMicrodao: "microdao:999" };
    expect(await handleLinkRoom(deps, { ...room, inviter: "@stranger:test" })).toEqual({
      is: "no-home",
      microdao: "microdao:999",
    });
    expect(world.rooms.member(room.roomId, bot)?.content).toMatchObject({
      membership: "leave",
      reason: expect.stringContaining("administrator") as string,
    });
    expect(await linkedRoom(room.roomId)).toBeUndefined();
  });

  it("103: after a kick brings the bot back to the same channel, and nothing else does", async () => {
    const room = await invited("!kick:test");
    await handleLinkRoom(world.deps, room);
    await world.push();
    const before = await linkedRoom(room.roomId);
    world.rooms.setMember(room.roomId, bot, "leave", alice);
    await world.push();
    expect(await linkedRoom(room.roomId)).toMatchObject({ room_status: "left" });
    expect(world.rooms.membership(room.roomId, bot)).toBe("leave");
    await world.takeJobs(linkRoomJob);
    world.rooms.setMember(room.roomId, bot, "invite", alice);
    await world.push();
    expect(await world.takeJobs(linkRoomJob)).toMatchObject([room]);
    await handleLinkRoom(world.deps, room);
    expect(await linkedRoom(room.roomId)).toEqual(before);
  });

  it("comes back although nobody told the bridge that the bot was removed", async () => {
    const room = await invited("!unseen:test");
    await handleLinkRoom(world.deps, room);
    world.rooms.setMember(room.roomId, bot, "leave", alice);
    world.rooms.setMember(room.roomId, bot, "invite", alice);
    expect(await handleLinkRoom(world.deps, room)).toMatchObject({ is: "linked" });
    expect(world.rooms.membership(room.roomId, bot)).toBe("join");
  });

  it("138: of an encrypted room links it without a word", async () => {
    const room = await invited("!secret:test", { encrypted: true });
    expect(await handleLinkRoom(world.deps, room)).toMatchObject({ is: "linked", encrypted: true });
    expect(await notices(room.roomId)).toEqual([]);
    const [channel] = await world.rows(
      `SELECT encrypted FROM channels WHERE matrix_room_id = $1`,
      room.roomId,
    );
    expect(channel).toEqual({ encrypted: true });
  });

  it("remembers the notice of a room when it has come back, and posts it once", async () => {
    const room = await invited("!noticed:test");
    await handleLinkRoom(world.deps, room);
    const [send] = await world.rows<{ id: string; body: string }>(
      "SELECT id::text AS id, content ->> 'body' AS body FROM matrix.sends WHERE room_id = $1",
      room.roomId,
    );
    const content = { msgtype: "m.notice", body: send?.body, [sendMarkerKey]: encodeId("m", send?.id ?? "") };
    const forged = world.rooms.send({ room_id: room.roomId, type: "m.room.message", sender: bob, content });
    const notice = world.rooms.send({ room_id: room.roomId, type: "m.room.message", sender: bot, content });
    await world.push();
    const remembered = () =>
      world.rows("SELECT notice_event_id AS id FROM matrix.rooms WHERE room_id = $1", room.roomId);
    expect(await remembered()).toEqual([{ id: notice.event_id }]);
    await world.pushEvents([forged, notice]);
    await handleLinkRoom(world.deps, room);
    expect(await remembered()).toEqual([{ id: notice.event_id }]);
    expect(await notices(room.roomId)).toHaveLength(1);
  });

  it("117: of a space makes it the space of the inviter's microDAO, without a channel", async () => {
    const room = await invited("!space:test", { type: "m.space", name: "Demo" });
    for (let time = 0; time < 2; time += 1) {
      expect(await handleLinkRoom(world.deps, room)).toEqual({ is: "space" });
      await world.push();
    }
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, room.roomId)).toEqual([]);
    expect(
      await world.rows(`SELECT external_id, matrix_space_id FROM microdaos ORDER BY created_at LIMIT 1`),
    ).toEqual([{ external_id: "microdao:1", matrix_space_id: room.roomId }]);
    expect(await world.rows(`SELECT 1 FROM matrix.inbox`)).toEqual([]);
    const other = await invited("!space2:test", { type: "m.space" });
    expect(await handleLinkRoom(world.deps, other)).toEqual({ is: "space" });
    expect(await world.rows(`SELECT 1 FROM microdaos WHERE matrix_space_id = $1`, other.roomId)).toEqual([]);
  });

  it("117: of a space tells nobody of a channel, whatever is pushed meanwhile", async () => {
    const told = () =>
      world.rows("SELECT id FROM outbox_events WHERE topic ~ '^(channel|member)[.]' ORDER BY id");
    const before = await told();
    const shown = { type: "m.space", predecessor: null };
    const room = { ...(await invited("!quiet:test", { type: "m.space", name: "Quiet" })), shown };
    expect(await handleLinkRoom(world.deps, room)).toEqual({ is: "space" });
    world.rooms.setMember(room.roomId, "@carol:test", "join");
    await world.push();
    expect(await handleLinkRoom(world.deps, room)).toEqual({ is: "space" });
    world.rooms.create({ roomId: "!named:test", creator: alice, type: "m.space", public: true });
    expect(await handleLinkRoom(world.deps, { roomId: "!named:test", inviter: null })).toEqual({
      is: "space",
    });
    await world.push();
    expect(await told()).toEqual(before);
    const liar = { ...(await invited("!liar:test")), shown };
    expect(await handleLinkRoom(world.deps, liar)).toMatchObject({ is: "linked" });
  });
});
