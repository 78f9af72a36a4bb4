import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handleGhostInvite } from "../../src/matrix/linking/answer-ghost-invite.ts";
import {
  answerGhostInviteJob,
  type GhostInvitePayload,
  type LinkRoomPayload,
  linkRoomJob,
} from "../../src/matrix/linking/jobs.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { resumeLinking } from "../../src/matrix/linking/resume-linking.ts";
import { handleInvitation } from "../../src/matrix/room-life/link-or-follow.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bot, openWorld, sofia, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What a homeserver says that does not know of the invitation yet. */
function refuseJoins(times: number): void {
  const trouble = {
    path: /^POST .*\/join\//,
    status: 403,
    body: { errcode: "M_FORBIDDEN", error: "not yet" },
  };
  world.rooms.troubles.push(...Array.from({ length: times }, () => trouble));
}

/** The bot is invited, and the bridge is told. */
async function invite(roomId: string, type?: string): Promise<LinkRoomPayload> {
  await world.takeJobs(linkRoomJob);
  world.rooms.create({ roomId, creator: alice, ...(type !== undefined && { type }) });
  world.rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  return (await nextTry()) as LinkRoomPayload;
}

async function nextTry(): Promise<LinkRoomPayload | undefined> {
  return (await world.takeJobs<LinkRoomPayload>(linkRoomJob))[0];
}

async function refusals(roomId: string, userId = bot): Promise<unknown[]> {
  return world.rows(
    `SELECT tries, reason, extract(epoch FROM next_try_at - refused_at)::int AS pause FROM matrix.refused_joins
      WHERE room_id = $1 AND user_id = $2`,
    roomId,
    userId,
  );
}

async function statusOf(roomId: string): Promise<string | undefined> {
  const [row] = await world.rows<{ status: string }>(
    "SELECT status FROM matrix.rooms WHERE room_id = $1",
    roomId,
  );
  return row?.status;
}

describe("102: an invitation that stands and is refused", () => {
  it("is tried again with growing pauses until the bot is let in", async () => {
    const first = await invite("!later:test");
    refuseJoins(3);
    const pauses: unknown[] = [];
    for (let job: LinkRoomPayload | undefined = first; job !== undefined; job = await nextTry()) {
      await handleInvitation(world.deps, job);
      pauses.push(...(await refusals("!later:test")));
    }
    const reason = "M_FORBIDDEN: not yet";
    expect(pauses).toEqual([
      { tries: 1, reason, pause: 1 },
      { tries: 2, reason, pause: 2 },
      { tries: 3, reason, pause: 4 },
    ]);
    expect(await statusOf("!later:test")).toBe("joined");
    expect(world.rooms.membership("!later:test", bot)).toBe("join");
  });

  it("because the homeserver does not know the bot yet is answered by the next try", async () => {
    const first = await invite("!early:test");
    world.rooms.unregistered.add(bot);
    await handleInvitation(world.deps, first);
    const next = await nextTry();
    expect(next).toMatchObject({ roomId: "!early:test", inviter: alice, attempt: 1 });
    expect(await handleInvitation(world.deps, next ?? first)).toMatchObject({ is: "linked" });
  });

  it("is given up after ten times with the reason, and another invitation begins anew", async () => {
    let job: LinkRoomPayload | undefined = await invite("!never:test");
    refuseJoins(10);
    let tries = 0;
    for (; job !== undefined; job = await nextTry(), tries += 1) await handleInvitation(world.deps, job);
    expect(tries).toBe(10);
    expect(await refusals("!never:test")).toMatchObject([{ tries: 10, pause: null }]);
    expect(await statusOf("!never:test")).toBeUndefined();
    world.rooms.setMember("!never:test", bot, "invite", alice);
    await world.push();
    refuseJoins(1);
    await handleInvitation(world.deps, (await nextTry()) as LinkRoomPayload);
    expect(await refusals("!never:test")).toMatchObject([{ tries: 1, pause: 1 }]);
    expect(await handleInvitation(world.deps, (await nextTry()) as LinkRoomPayload)).toMatchObject({
      is: "linked",
    });
    expect(await refusals("!never:test")).toEqual([]);
  });

  it("is not forgotten when the process is killed at any step", async () => {
    for (let step = 1; ; step += 1) {
      const roomId = `!mortal${step}:test`;
      const first = await invite(roomId);
      refuseJoins(1);
      const alive = await handleLinkRoom(killedAfter(world.deps, step).deps, first).then(
        () => true,
        () => false,
      );
      world.rooms.troubles.length = 0;
      // What the queue does with a job that did not end: it is begun again, beside the one that it asked for.
      const asked = (await nextTry()) ?? first;
      for (const job of alive ? [asked] : [first, asked]) await handleInvitation(world.deps, job);
      expect(await statusOf(roomId), `killed at step ${step}`).toBe("joined");
      expect(await refusals(roomId)).toEqual([]);
      if (alive) break;
    }
  });

  it("is not asked for twice by a start while its next try waits, and is when that was lost", async () => {
    const first = await invite("!restart:test");
    refuseJoins(1);
    await handleInvitation(world.deps, first);
    const next = await nextTry();
    expect(await resumeLinking(world.database, { atStart: true })).toBe(0);
    await world.rows(
      "UPDATE matrix.refused_joins SET next_try_at = now() - interval '6 minutes' WHERE room_id = $1",
      first.roomId,
    );
    expect(await resumeLinking(world.database, { atStart: true })).toBe(1);
    expect(await handleInvitation(world.deps, next ?? first)).toMatchObject({ is: "linked" });
  });

  it("by a server whose clock is slow is not taken for the removal before it", async () => {
    const roomId = "!slow:test";
    await handleInvitation(world.deps, await invite(roomId));
    world.rooms.setMember(roomId, bot, "leave", alice);
    await world.push();
    const invited = world.rooms.setMember(roomId, bot, "invite", alice);
    world.forgetPushes();
    await world.pushEvents([{ ...invited, origin_server_ts: 1 }]);
    refuseJoins(1);
    await handleInvitation(world.deps, (await nextTry()) as LinkRoomPayload);
    expect(await refusals(roomId)).toMatchObject([{ tries: 1, pause: 1 }]);
    await handleInvitation(world.deps, (await nextTry()) as LinkRoomPayload);
    expect(world.rooms.membership(roomId, bot)).toBe("join");
  });

  it("to a space makes no channel meanwhile", async () => {
    const first = await invite("!board:test", "m.space");
    const asked = { ...first, shown: { type: "m.space", predecessor: null } };
    refuseJoins(1);
    await handleInvitation(world.deps, asked);
    expect(await statusOf("!board:test")).toBeUndefined();
    const next = await nextTry();
    expect(next).toMatchObject({ shown: { type: "m.space" } });
    expect(await handleInvitation(world.deps, next ?? first)).toEqual({ is: "space" });
  });

  it("by a room that replaces another leads there", async () => {
    const first = await invite("!old:test");
    await handleInvitation(world.deps, first);
    await world.push();
    world.rooms.create({ roomId: "!new:test", creator: alice, predecessor: "!old:test" });
    world.rooms.setState("!old:test", alice, "m.room.tombstone", { replacement_room: "!new:test" });
    world.rooms.setMember("!new:test", bot, "invite", alice);
    await world.push();
    const invited = (await nextTry()) as LinkRoomPayload;
    refuseJoins(1);
    expect(await handleInvitation(world.deps, invited)).toMatchObject({ is: "not-joined" });
    const next = await nextTry();
    expect(await handleInvitation(world.deps, next ?? first)).toMatchObject({ is: "already-linked" });
    expect(await statusOf("!new:test")).toBe("joined");
  });
});

describe("an invitation that stands no more", () => {
  it.each(["leave", "ban"])(
    "because of a %s while it is tried again is over, and nothing is left behind",
    async (how) => {
      const roomId = `!${how}:test`;
      const first = await invite(roomId);
      refuseJoins(1);
      await handleInvitation(world.deps, first);
      world.rooms.setMember(roomId, bot, how, alice);
      await world.push();
      expect(await handleInvitation(world.deps, (await nextTry()) as LinkRoomPayload)).toMatchObject({
        is: "not-joined",
      });
      expect(await nextTry()).toBeUndefined();
      expect(world.rooms.membership(roomId, bot)).toBe(how);
      expect(await refusals(roomId)).toEqual([]);
      expect(await statusOf(roomId)).toBeUndefined();
      expect(await world.rows("SELECT 1 FROM channels WHERE matrix_room_id = $1", roomId)).toEqual([]);
    },
  );

  it("where an operator links the room is told at once", async () => {
    world.rooms.create({ roomId: "!closed:test", creator: alice });
    expect(await handleInvitation(world.deps, { roomId: "!closed:test", inviter: null })).toMatchObject({
      is: "not-joined",
      reason: "M_FORBIDDEN: refused",
    });
    expect(await nextTry()).toBeUndefined();
  });
});

describe("102: an agent's invitation", () => {
  async function inviteSofia(roomId: string): Promise<GhostInvitePayload> {
    await handleInvitation(world.deps, await invite(roomId));
    world.rooms.setMember(roomId, sofia, "invite", alice);
    await world.push();
    return (await nextOfSofia()) as GhostInvitePayload;
  }

  async function nextOfSofia(): Promise<GhostInvitePayload | undefined> {
    return (await world.takeJobs<GhostInvitePayload>(answerGhostInviteJob))[0];
  }

  it("that is refused is tried again until the agent is in, registered or not", async () => {
    const first = await inviteSofia("!agent:test");
    world.rooms.unregistered.add(sofia);
    refuseJoins(2);
    const attempts: unknown[] = [];
    for (let job: GhostInvitePayload | undefined = first; job !== undefined; job = await nextOfSofia()) {
      await handleGhostInvite(world.deps, job);
      attempts.push(job.attempt);
    }
    expect(attempts).toEqual([undefined, 1, 2]);
    expect(world.rooms.membership("!agent:test", sofia)).toBe("join");
    expect(await refusals("!agent:test", sofia)).toEqual([]);
  });

  it("that is taken back, or followed by a ban, is over", async () => {
    for (const how of ["leave", "ban"]) {
      const roomId = `!agent-${how}:test`;
      const first = await inviteSofia(roomId);
      refuseJoins(1);
      await handleGhostInvite(world.deps, first);
      expect(await refusals(roomId, sofia)).toMatchObject([{ tries: 1 }]);
      world.rooms.setMember(roomId, sofia, how, alice);
      await world.push();
      await handleGhostInvite(world.deps, (await nextOfSofia()) as GhostInvitePayload);
      expect(world.rooms.membership(roomId, sofia)).toBe(how);
      expect(await nextOfSofia()).toBeUndefined();
      expect(await refusals(roomId, sofia)).toEqual([]);
    }
  });
});
