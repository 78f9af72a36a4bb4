import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { findAgent } from "../../src/domain/governance/index.ts";
import { postMessage } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { backfillJob } from "../../src/matrix/backfill/jobs.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { handleFollowUpgrade } from "../../src/matrix/room-life/follow-upgrade.ts";
import { type FollowUpgradePayload, followUpgradeJob } from "../../src/matrix/room-life/jobs.ts";
import { handleInvitation } from "../../src/matrix/room-life/link-or-follow.ts";
import { resumeUpgrades } from "../../src/matrix/room-life/resume-upgrades.ts";
import { killedAfter } from "../linking/mortal.ts";
import { alice, bob, bot, openWorld, sofia, type World } from "../linking/world.ts";
import { recordingLog } from "../support/recording-log.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let made = 0;

/** A mirrored room with Bob and Sofia in it; gives its id and its channel's. */
async function mirrored(): Promise<{ roomId: string; channelId: string }> {
  made += 1;
  const roomId = `!old${made}:test`;
  world.rooms.create({ roomId, creator: alice, name: `Room ${made}` });
  for (const user of [bob, sofia]) world.rooms.setMember(roomId, user, "join");
  world.rooms.setMember(roomId, bot, "invite", alice);
  const linked = await handleLinkRoom(world.deps, { roomId, inviter: alice });
  await world.push();
  await world.takeJobs(backfillJob);
  if (linked.is !== "linked") throw new Error(linked.is);
  return { roomId, channelId: linked.channelId };
}

interface Successor {
  readonly predecessor?: unknown;
  readonly type?: string;
  readonly encrypted?: boolean;
  readonly closed?: boolean;
}

/** A room that says of itself that it replaces another. */
function successorOf(roomId: string, room: Successor = {}): string {
  made += 1;
  const next = `!next${made}`;
  const { predecessor = { room_id: roomId, event_id: "$tombstone" }, closed, ...more } = room;
  world.rooms.create({
    roomId: next,
    creator: alice,
    name: "New",
    public: closed !== true,
    version: "12",
    ...more,
  });
  world.rooms.setState(next, alice, "m.room.create", {
    room_version: "12",
    predecessor,
    ...(room.type !== undefined && { type: room.type }),
  });
  return next;
}

async function bury(roomId: string, successor: unknown): Promise<FollowUpgradePayload[]> {
  world.rooms.setState(roomId, alice, "m.room.tombstone", { body: "moved", replacement_room: successor });
  await world.push();
  return world.takeJobs<FollowUpgradePayload>(followUpgradeJob);
}

interface Chain {
  readonly rooms: string[];
  readonly current: string;
}

async function chainOf(channelId: string): Promise<Chain> {
  const rooms = await world.rows<{ room_id: string }>(
    `SELECT room_id FROM matrix.rooms WHERE channel_id = $1::uuid ORDER BY generation`,
    channelId,
  );
  const [channel] = await world.rows<{ matrix_room_id: string }>(
    `SELECT matrix_room_id FROM channels WHERE id = $1::uuid`,
    channelId,
  );
  return { rooms: rooms.map(({ room_id }) => room_id), current: channel?.matrix_room_id ?? "" };
}

async function statusOf(roomId: string, successor: string): Promise<string | undefined> {
  const [row] = await world.rows<{ status: string }>(
    `SELECT status FROM matrix.room_upgrades WHERE room_id = $1 AND successor_room_id = $2`,
    roomId,
    successor,
  );
  return row?.status;
}

async function memberships(channelId: string): Promise<Record<string, string>> {
  const found = await world.rows<{ who: string; membership: string }>(
    `SELECT coalesce(u.matrix_id, a.matrix_id) AS who, m.membership FROM channel_members m
       LEFT JOIN users u ON u.id = m.member_user_id LEFT JOIN agents a ON a.id = m.member_agent_id
      WHERE m.channel_id = $1::uuid`,
    channelId,
  );
  return Object.fromEntries(found.map(({ who, membership }) => [who, membership]));
}

async function say(channelId: string, text: string) {
  const agent = await findAgent(world.database.db, sofia);
  return transact(world.database, bridgeActor, (tx) =>
    postMessage(tx, { channelId, agentId: agent?.id ?? "", body: { text } }),
  );
}

describe("a tombstone", () => {
  it("113: killed at any step and followed again moves the channel once", async () => {
    for (let step = 1; ; step += 1) {
      const { roomId, channelId } = await mirrored();
      const next = successorOf(roomId);
      const [job] = await bury(roomId, next);
      if (job === undefined) throw new Error("the push asked for nothing");
      const mortal = killedAfter(world.deps, step);
      const alive = await handleFollowUpgrade(mortal.deps, job).then(
        () => true,
        () => false,
      );
      await handleFollowUpgrade(world.deps, job);
      await handleInvitation(world.deps, { roomId: next, inviter: null });
      await world.push();
      const at = `killed at step ${step}`;
      expect(await chainOf(channelId), at).toEqual({ rooms: [roomId, next], current: next });
      const told = await world.rows(
        `SELECT 1 FROM outbox_events WHERE topic = 'channel.updated' AND payload -> 'payload' ->> 'predecessor_room_id' = $1`,
        roomId,
      );
      expect(told, at).toHaveLength(1);
      expect(await world.takeJobs(backfillJob), at).toEqual([{ roomId: next }]);
      expect(await world.rows(`SELECT status FROM matrix.rooms WHERE room_id = $1`, next)).toEqual([
        { status: "joined" },
      ]);
      if (alive) break;
      expect(step).toBeLessThan(40);
    }
  });

  it("113: followed five times at once moves the channel once, with one notice and one history", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId);
    const [job] = await bury(roomId, next);
    if (job === undefined) throw new Error("the push asked for nothing");
    await Promise.all(Array.from({ length: 5 }, () => handleFollowUpgrade(world.deps, job)));
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId, next], current: next });
    expect(await world.takeJobs(backfillJob)).toEqual([{ roomId: next }]);
    expect(
      await world.rows(`SELECT 1 FROM matrix.sends WHERE starts_with(idempotency_key, $1)`, `notice:${next}`),
    ).toHaveLength(1);
    expect(
      await world.rows(
        `SELECT 1 FROM audit_log WHERE action = 'channel.upgraded' AND data ->> 'matrix_room_id' = $1`,
        next,
      ),
    ).toHaveLength(1);
  });

  it("112 and 113: joins by way of the sender's server before it reads anything of the new room", async () => {
    const { roomId } = await mirrored();
    const next = successorOf(roomId);
    const [job] = await bury(roomId, next);
    world.rooms.asked.length = 0;
    if (job !== undefined) await handleFollowUpgrade(world.deps, job);
    expect(world.rooms.asked[0]).toContain(`/join/${next}?via=test`);
  });

  it("113: whose successor names no event of its predecessor is followed as well", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, { predecessor: { room_id: roomId } });
    for (const job of await bury(roomId, next)) await handleFollowUpgrade(world.deps, job);
    expect(await chainOf(channelId)).toMatchObject({ current: next });
  });

  it("114: to itself, to nothing and to nonsense is no upgrade", async () => {
    const { roomId } = await mirrored();
    for (const nonsense of [roomId, "", "!", 7, null, ["!x:test"], "#alias:test", `!${"x".repeat(300)}`]) {
      expect(await bury(roomId, nonsense)).toEqual([]);
    }
    expect(await world.rows(`SELECT 1 FROM matrix.room_upgrades WHERE room_id = $1`, roomId)).toEqual([]);
  });

  it.each([
    ["that points back at another room", { predecessor: { room_id: "!another:test" } }],
    ["that points back at nothing", { predecessor: null }],
    ["whose predecessor is nonsense", { predecessor: ["!old:test"] }],
    ["that is a space", { type: "m.space" }],
  ])("114: to a room %s is ignored, warned of once, and the bot leaves", async (_what, room) => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, room);
    const log = recordingLog();
    const [job] = await bury(roomId, next);
    if (job === undefined) throw new Error("the push asked for nothing");
    for (let time = 0; time < 2; time += 1) await handleFollowUpgrade({ ...world.deps, log }, job);
    expect(await bury(roomId, next)).toEqual([]);
    expect(log.lines.filter(({ message }) => message === "a tombstone is ignored")).toHaveLength(1);
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId], current: roomId });
    expect(world.rooms.membership(next, bot)).toBe("leave");
  });

  it("114: that leads back into the chain is ignored", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId);
    for (const job of await bury(roomId, next)) await handleFollowUpgrade(world.deps, job);
    const [back] = await bury(next, roomId);
    if (back === undefined) throw new Error("the push asked for nothing");
    expect(await handleFollowUpgrade(world.deps, back)).toMatchObject({ is: "ignored" });
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId, next], current: next });
    expect(world.rooms.membership(roomId, bot)).toBe("join");
  });

  it("114: that was replaced by another before it was followed does not count, until it is set again", async () => {
    const { roomId, channelId } = await mirrored();
    const [wrong, right] = [successorOf(roomId), successorOf(roomId)];
    const [first] = await bury(roomId, wrong);
    const [second] = await bury(roomId, right);
    if (first === undefined || second === undefined) throw new Error("the push asked for nothing");
    expect(await handleFollowUpgrade(world.deps, first)).toEqual({ is: "settled" });
    expect(world.rooms.membership(wrong, bot)).toBe("none");
    expect(await bury(roomId, wrong)).toEqual([{ roomId, successorRoomId: wrong }]);
    expect(await handleFollowUpgrade(world.deps, second)).toEqual({ is: "settled" });
    for (const job of await bury(roomId, right)) await handleFollowUpgrade(world.deps, job);
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId, right], current: right });
  });

  it("114: of a closed room waits, is said once, and goes on with the invitation or when it is tried again", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, { closed: true });
    const log = recordingLog();
    const [job] = await bury(roomId, next);
    if (job === undefined) throw new Error("the push asked for nothing");
    for (let time = 0; time < 3; time += 1) {
      expect(await handleFollowUpgrade({ ...world.deps, log }, job)).toMatchObject({ is: "waiting" });
    }
    expect(log.lines).toHaveLength(1);
    expect(await resumeUpgrades(world.database, { atStart: true })).toBeGreaterThan(0);
    expect(await world.takeJobs(followUpgradeJob)).toContainEqual(job);
    expect(await resumeUpgrades(world.database, { atStart: false })).toBe(0);
    world.rooms.setMember(next, bot, "invite", alice);
    await world.push();
    expect(await handleInvitation(world.deps, { roomId: next, inviter: alice })).toEqual({
      is: "already-linked",
      channelId,
    });
    expect(await statusOf(roomId, next)).toBe("done");
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId, next], current: next });
  });

  it("102 and 113: that never came is asked for when the invitation shows what the new room replaces", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, { closed: true });
    world.rooms.setState(roomId, alice, "m.room.tombstone", { replacement_room: next });
    world.rooms.setMember(next, bot, "invite", alice);
    const shown = { type: null, predecessor: roomId };
    expect(await handleInvitation(world.deps, { roomId: next, inviter: alice, shown })).toEqual({
      is: "already-linked",
      channelId,
    });
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId, next], current: next });
    await world.push();
  });

  it("102 and 114: an invitation that shows what is not so makes a channel of its own", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, { closed: true });
    world.rooms.setMember(next, bot, "invite", alice);
    const shown = { type: null, predecessor: roomId };
    expect(await handleInvitation(world.deps, { roomId: next, inviter: alice, shown })).toMatchObject({
      is: "linked",
    });
    expect(await chainOf(channelId)).toEqual({ rooms: [roomId], current: roomId });
    await world.push();
  });

  it("114: of a room that the bot was removed from, or that was unlinked, is not followed", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId);
    const [job] = await bury(roomId, next);
    world.rooms.setMember(roomId, bot, "leave", alice);
    await world.push();
    if (job !== undefined) expect(await handleFollowUpgrade(world.deps, job)).toEqual({ is: "settled" });
    expect(world.rooms.membership(next, bot)).toBe("none");
    expect(await chainOf(channelId)).toMatchObject({ current: roomId });
  });
});

describe("a channel that has moved", () => {
  it("115: people have left it until they come to the new room, agents stay", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId);
    for (const job of await bury(roomId, next)) await handleFollowUpgrade(world.deps, job);
    await world.push();
    expect(await memberships(channelId)).toEqual({
      [alice]: "join",
      [bob]: "leave",
      [bot]: "join",
      [sofia]: "join",
    });
    world.rooms.setMember(next, bob, "join");
    await world.push();
    expect(await memberships(channelId)).toMatchObject({ [bob]: "join" });
    // What the old room tells of somebody whom the new one knows says nothing any more.
    world.rooms.setMember(roomId, bob, "leave");
    await world.push();
    expect(await memberships(channelId)).toMatchObject({ [bob]: "join" });
    const told = await world.rows<{ topic: string }>(
      `SELECT topic FROM outbox_events WHERE payload -> 'payload' ->> 'matrix_id' = $1
          AND payload -> 'payload' ->> 'channel_id' = (SELECT payload -> 'payload' ->> 'channel_id' FROM outbox_events
                WHERE topic = 'channel.created' AND event_key = $2) ORDER BY created_at, topic`,
      bob,
      channelId,
    );
    expect(told.map(({ topic }) => topic)).toEqual(["member.joined", "member.left", "member.joined"]);
  });

  it("115: the old room's members, roles and name change nothing of it; what is said there is mirrored", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId);
    for (const job of await bury(roomId, next)) await handleFollowUpgrade(world.deps, job);
    world.rooms.setMember(roomId, "@carol:test", "join");
    world.rooms.setState(roomId, alice, "m.room.name", { name: "Old" });
    world.rooms.setState(roomId, alice, "m.room.power_levels", { users: { [alice]: 0, [bob]: 100 } });
    const late = world.rooms.say(roomId, bob, "late");
    await world.push();
    expect(await memberships(channelId)).toMatchObject({ "@carol:test": "leave" });
    expect(await world.rows(`SELECT name FROM channels WHERE id = $1::uuid`, channelId)).toEqual([
      { name: "New" },
    ]);
    const owners = await world.rows(
      `SELECT u.matrix_id FROM channel_members m JOIN users u ON u.id = m.member_user_id
        WHERE m.channel_id = $1::uuid AND m.role = 'owner'`,
      channelId,
    );
    expect(owners).toEqual([{ matrix_id: alice }]);
    expect(
      await world.rows(
        `SELECT channel_id::text AS id FROM messages WHERE matrix_event_id = $1`,
        late.event_id,
      ),
    ).toEqual([{ id: channelId }]);
  });

  it("115: the old room's members are the same rows whether they come before the move or after it", async () => {
    const carol = "@carol:test";
    const tell = (roomId: string) => {
      world.rooms.setMember(roomId, carol, "join");
      world.rooms.setMember(roomId, bob, "leave");
      world.rooms.setMember(roomId, bob, "invite", alice);
      world.rooms.setMember(roomId, "@dave:test", "ban", alice);
      world.rooms.setMember(roomId, sofia, "leave", alice);
    };
    const rowsOf = async (order: "before" | "after") => {
      const { roomId, channelId } = await mirrored();
      if (order === "before") {
        tell(roomId);
        await world.push();
      }
      for (const job of await bury(roomId, successorOf(roomId))) await handleFollowUpgrade(world.deps, job);
      if (order === "after") tell(roomId);
      await world.push();
      return world.rows(
        `SELECT coalesce(u.matrix_id, a.matrix_id) AS who, m.membership, m.role, m.joined_at IS NULL AS never,
                m.left_at IS NULL AS stays
           FROM channel_members m LEFT JOIN users u ON u.id = m.member_user_id
           LEFT JOIN agents a ON a.id = m.member_agent_id
          WHERE m.channel_id = $1::uuid ORDER BY who`,
        channelId,
      );
    };
    expect(await rowsOf("after")).toEqual(await rowsOf("before"));
  });

  it("115: what was posted and not tried yet goes to the new room, and so does what is posted while it is linked", async () => {
    const { roomId, channelId } = await mirrored();
    const { sendId } = await say(channelId, "waiting");
    const next = successorOf(roomId);
    const jobs = await bury(roomId, next);
    for (const job of jobs) await handleFollowUpgrade(world.deps, job);
    await transact(world.database, bridgeActor, (tx) =>
      tx.db.$executeRawUnsafe(`UPDATE matrix.rooms SET status = 'joining' WHERE room_id = $1`, next),
    );
    const later = await say(channelId, "meanwhile");
    expect(
      await world.rows(`SELECT room_id FROM matrix.sends WHERE id = ANY($1::uuid[])`, [sendId, later.sendId]),
    ).toEqual([{ room_id: next }, { room_id: next }]);
  });

  it("138: nothing is said in the clear in a successor that is encrypted, from the move on", async () => {
    const { roomId, channelId } = await mirrored();
    const next = successorOf(roomId, { encrypted: true });
    for (const job of await bury(roomId, next)) await handleFollowUpgrade(world.deps, job);
    await expect(say(channelId, "in the clear")).rejects.toMatchObject({ code: "channel_encrypted" });
    expect(await world.rows(`SELECT encrypted FROM matrix.rooms WHERE room_id = $1`, next)).toEqual([
      { encrypted: true },
    ]);
  });
});
