import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import {
  answerKnockJob,
  createFollowup,
  freezePlace,
  type TellFreezePayload,
  tellFreezeJob,
  unfreezePlace,
} from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { type RunCommandPayload, runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { handleCommand } from "../../src/matrix/commands/run-command.ts";
import { handleGhostInvite } from "../../src/matrix/linking/answer-ghost-invite.ts";
import {
  answerGhostInviteJob,
  type LeaveRoomPayload,
  leaveRoomJob,
  linkRoomJob,
} from "../../src/matrix/linking/jobs.ts";
import { handleLeaveRoom } from "../../src/matrix/linking/leave-room.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { resumeLinking } from "../../src/matrix/linking/resume-linking.ts";
import { handleTellFreeze } from "../../src/matrix/linking/tell-freeze.ts";
import type { NewRoom } from "./fake-rooms.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, bot, openWorld, sofia, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function linked(roomId: string, room: Partial<NewRoom> = {}): Promise<string> {
  world.rooms.create({ roomId, creator: alice, name: roomId.slice(1, -5), ...room });
  world.rooms.setMember(roomId, bob, "join");
  world.rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await world.takeJobs(linkRoomJob);
  await handleLinkRoom(world.deps, { roomId, inviter: alice });
  await world.push();
  return roomId;
}

/** Somebody writes; gives the commands that the bridge was asked to run. */
async function say(roomId: string, sender: string, text: string): Promise<RunCommandPayload[]> {
  world.rooms.say(roomId, sender, text);
  await world.push();
  return world.takeJobs<RunCommandPayload>(runCommandJob);
}

interface Sent {
  readonly content: { msgtype: string; body: string; "m.relates_to"?: object };
  readonly key: string;
  readonly id: string;
}

function sent(roomId: string): Promise<Sent[]> {
  return world.rows<Sent>(
    `SELECT content, idempotency_key AS key, id::text AS id FROM matrix.sends
      WHERE room_id = $1 AND idempotency_key NOT LIKE 'notice:%' ORDER BY seq`,
    roomId,
  );
}

/** Says it, runs it, and gives what the bot said last. */
async function ask(roomId: string, sender: string, text: string): Promise<string | undefined> {
  const before = (await sent(roomId)).length;
  for (const command of await say(roomId, sender, text)) await handleCommand(world.deps, command);
  const after = await sent(roomId);
  return after.length > before ? after.at(-1)?.content.body : undefined;
}

const channelOf = async (roomId: string) =>
  (
    await world.rows<{ slug: string; status: string; microdao: string; unlinked: boolean }>(
      `SELECT c.slug, c.status, m.external_id AS microdao, c.unlinked_at IS NOT NULL AS unlinked
         FROM channels c JOIN microdaos m ON m.id = c.microdao_id WHERE c.matrix_room_id = $1`,
      roomId,
    )
  )[0];

describe("!dao freeze", () => {
  it("takes power in the room and a role in the microDAO, and agents are silent until it is lifted", async () => {
    const mod = "@mod:test";
    const roomId = await linked("!frozen:test", { powers: { [alice]: 100, [mod]: 50 } });
    world.rooms.setMember(roomId, mod, "join");
    await world.push();
    expect(await ask(roomId, bob, "!dao freeze")).toBe(
      "That is for moderators of this room (power level 50).",
    );
    expect(await ask(roomId, mod, "!dao freeze")).toContain("admin or owner in the microDAO as well");
    const frozen = () =>
      world.rows("SELECT 1 FROM freezes f JOIN channels c ON c.id = f.channel_id WHERE c.slug = 'frozen'");
    expect(await frozen()).toEqual([]);
    expect(await ask(roomId, alice, "!dao freeze")).toMatch(/^Agents are silent here from now on/);
    expect(await frozen()).toHaveLength(1);
    world.rooms.say(roomId, bob, "people go on");
    await world.push();
    expect(await world.rows("SELECT 1 FROM messages WHERE content_preview = 'people go on'")).toHaveLength(1);
    expect(await ask(roomId, alice, "!dao unfreeze")).toMatch(/^Agents may speak again here/);
    expect(await frozen()).toEqual([]);
    expect(await world.takeJobs(tellFreezeJob)).toEqual([]);
    const audited = await world.rows<{ action: string; clause: string | null }>(
      `SELECT action, data ->> 'clause' AS clause FROM audit_log
        WHERE action IN ('channel.frozen', 'channel.unfrozen', 'access.refused') ORDER BY created_at, id`,
    );
    expect(audited).toEqual([
      { action: "access.refused", clause: "role" },
      { action: "channel.frozen", clause: null },
      { action: "channel.unfrozen", clause: null },
    ]);
  });

  it("by API the room is told once, however often the job runs", async () => {
    const roomId = await linked("!told:test");
    const [channel] = await world.rows<{ channelId: string; microdaoId: string }>(
      `SELECT id::text AS "channelId", microdao_id::text AS "microdaoId" FROM channels WHERE matrix_room_id = $1`,
      roomId,
    );
    const { channelId = "", microdaoId = "" } = channel ?? {};
    const place = { target: { channelId }, microdaoId };
    await transact(world.database, bridgeActor, (tx) => freezePlace(tx, { ...place, reason: "too loud" }));
    const [told] = await world.takeJobs<TellFreezePayload>(tellFreezeJob);
    if (told === undefined) expect.fail("nobody was to be told");
    await handleTellFreeze(world.deps, told);
    await handleTellFreeze(world.deps, told);
    expect((await sent(roomId)).map(({ content }) => content.body.split("\n")[0])).toEqual([
      "Agents are silent here from now on: too loud",
    ]);
    await transact(world.database, bridgeActor, (tx) => unfreezePlace(tx, place));
    const [lifted] = await world.takeJobs<TellFreezePayload>(tellFreezeJob);
    if (lifted === undefined) expect.fail("nobody was to be told");
    await handleTellFreeze(world.deps, told);
    await handleTellFreeze(world.deps, lifted);
    await handleTellFreeze(world.deps, lifted);
    expect(await sent(roomId)).toHaveLength(2);
  });
});

describe("commands in a room", () => {
  it("are answered once, as a notice in the thread of the question, however often they run", async () => {
    const roomId = await linked("!status:test");
    const [command] = await say(roomId, bob, "!dao status");
    expect(command).toMatchObject({ roomId, sender: bob, command: { verb: "status" } });
    if (command === undefined) return;
    await Promise.allSettled([1, 2, 3].map(() => handleCommand(world.deps, command)));
    world.rooms.say(roomId, alice, "one more message");
    await world.push();
    await handleCommand(world.deps, command);
    const answers = await sent(roomId);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      key: `command:${command.eventId}`,
      content: {
        msgtype: "m.notice",
        "m.relates_to": {
          rel_type: "m.thread",
          event_id: command.eventId,
          is_falling_back: true,
          "m.in_reply_to": { event_id: command.eventId },
        },
      },
    });
    expect(answers[0]?.content.body).toMatch(
      /^Mirrored as #status of Demo \(microdao:1\)\nSince: \d{4}-\d\d-\d\d\nMessages: 1\nMembers: 3\nHistory: waiting[^]*Encrypted: no\nAgents: none$/,
    );
  });

  it("that nobody knows get a short answer, and other texts none", async () => {
    const roomId = await linked("!words:test");
    expect(await ask(roomId, bob, "!dao help")).toContain("!dao unlink");
    expect(await ask(roomId, bob, "!dao'; DROP TABLE users")).toBeUndefined();
    expect(await ask(roomId, bob, "!dao <b>x</b> @room")).toBe(
      "I do not know that command. !dao help lists what I do.",
    );
    expect(await say(roomId, bob, "I say !dao help")).toEqual([]);
    expect(await say(roomId, bot, "!dao help")).toEqual([]);
    expect(await say(roomId, sofia, "!dao help")).toEqual([]);
  });

  it("that change something take power level 50", async () => {
    const roomId = await linked("!power:test", { powers: { [alice]: 100, "@mod:test": 50, [bob]: 49 } });
    world.rooms.setMember(roomId, "@mod:test", "join");
    expect(await ask(roomId, bob, "!dao unlink")).toContain("moderators");
    expect(await ask(roomId, bob, "!dao link microdao:1 mine")).toContain("moderators");
    expect(await ask(roomId, "@mod:test", "!dao retention 30")).toContain("admins");
    expect(await channelOf(roomId)).toMatchObject({ slug: "power", status: "active" });
    expect(await ask(roomId, "@mod:test", "!dao link microdao:1 moved")).toBe(
      "This room is now #moved of Demo (microdao:1).",
    );
    expect(await channelOf(roomId)).toMatchObject({ slug: "moved" });
  });

  it("110: the creator of a v12 room may, with no level of his own", async () => {
    const roomId = await linked("!v12hash", { version: "12", powers: {} });
    expect(await ask(roomId, alice, "!dao link microdao:1 twelve")).toContain("#twelve");
  });

  it("of somebody who has left since are not run", async () => {
    const roomId = await linked("!gone:test");
    const [command] = await say(roomId, bob, "!dao status");
    world.rooms.setMember(roomId, bob, "leave");
    await world.push();
    if (command !== undefined) await handleCommand(world.deps, command);
    expect(await sent(roomId)).toEqual([]);
  });

  it("do not make the bot a megaphone", async () => {
    const roomId = await linked("!flood:test");
    for (let time = 0; time < 40; time += 1) await ask(roomId, bob, "!dao help");
    // The notice of the link counts as well.
    expect(await sent(roomId)).toHaveLength(19);
  });

  it("move a channel only to a microDAO of whoever asks, and never onto another one's slug", async () => {
    const carol = "@carol:test";
    await transact(world.database, bridgeActor, async (tx) => {
      const owner = await ensureUserByMatrixId(tx, carol);
      await createMicrodao(tx, { name: "Carol's", ownerUserId: owner.id });
    });
    const roomId = await linked("!move:test", { powers: { [alice]: 100, [carol]: 50 } });
    const other = await linked("!other:test");
    world.rooms.setMember(roomId, carol, "join");
    expect(await ask(roomId, alice, "!dao link microdao:2 stolen")).toContain("not a member");
    expect(await ask(roomId, alice, "!dao link microdao:77 stolen")).toContain("not a member");
    expect(await ask(roomId, alice, "!dao link 1 other")).toContain("other-2 is free");
    expect(await ask(roomId, alice, "!dao link 1 -bad-")).toContain("cannot name a channel");
    expect(await ask(roomId, carol, "!dao link 2 other")).toBe(
      "This room is now #other of Carol's (microdao:2).",
    );
    expect(await channelOf(roomId)).toMatchObject({ slug: "other", microdao: "microdao:2" });
    expect(await channelOf(other)).toMatchObject({ slug: "other", microdao: "microdao:1" });
    const moves = await world.rows(
      `SELECT 1 FROM audit_log WHERE action = 'channel.moved' AND data ->> 'slug' = 'other'`,
    );
    expect(moves).toHaveLength(1);
  });
});

describe("what people ask for", () => {
  it("107: who knocks is listed, let in and turned away by those who may invite and remove", async () => {
    const roomId = await linked("!knocks:test");
    world.rooms.setMember(roomId, "@mod:test", "join");
    const power = (levels: object) =>
      world.rooms.setState(roomId, alice, "m.room.power_levels", {
        users: { [alice]: 100, "@mod:test": 50, [bot]: 50 },
        ...levels,
      });
    power({});
    await world.push();
    expect(await ask(roomId, "@mod:test", "!dao knocks")).toBe("Nobody asks to come in.");
    for (const name of ["@carol:test", "@dave:test"]) world.rooms.setMember(roomId, name, "knock");
    await world.push();
    expect(await ask(roomId, bob, "!dao knocks")).toContain("moderators");
    expect(await ask(roomId, "@mod:test", "!dao knocks")).toContain("@carol:test");
    expect(await ask(roomId, "@mod:test", "!dao accept @carol:test")).toBe("@carol:test is invited.");
    expect(await ask(roomId, "@mod:test", "!dao accept @nobody:test")).toContain(
      "Nobody with this id knocks",
    );
    expect(await ask(roomId, "@mod:test", "!dao deny somebody")).toContain("I do not know that command");
    power({ kick: 60 });
    await world.push();
    expect(await ask(roomId, "@mod:test", "!dao deny @dave:test")).toContain("power level 60");
    expect(await ask(roomId, alice, "!dao deny @dave:test")).toContain(
      "The bridge's bot may not remove people",
    );
    expect(await world.takeJobs(answerKnockJob)).toMatchObject([{ userId: "@carol:test", answer: "accept" }]);
  });

  it("follow-ups are listed, with words only where those who come later may read them", async () => {
    const roomId = await linked("!pins:test");
    expect(await ask(roomId, bob, "!dao followups")).toContain("nothing to come back to");
    world.rooms.say(roomId, alice, "water  the\nplants");
    await world.push();
    const [message] = await world.rows<{ id: string }>(
      `SELECT id::text AS id FROM messages WHERE content_preview LIKE 'water%'`,
    );
    await transact(world.deps.database, bridgeActor, (tx) => createFollowup(tx, { messageId: message!.id }));
    const visibility = (value: string) =>
      world.rows(`UPDATE channels SET history_visibility = $1 WHERE matrix_room_id = $2`, value, roomId);
    await visibility("shared");
    expect(await ask(roomId, bob, "!dao followups")).toMatch(/water the plants/);
    await visibility("joined");
    const shown = await ask(roomId, bob, "!dao followups");
    expect(shown).toContain("something that");
    expect(shown).not.toContain("plants");
  });

  it("whoami, members, agents and channels are answered for everybody, and show nobody what is hidden", async () => {
    const roomId = await linked("!ask:test", { public: true });
    const open = await linked("!open:test", { public: true, name: "Open talk" });
    const hidden = await linked("!hidden:test", { name: "Hidden talk" });
    await linked("!board:test", { public: true, name: "Board talk" });
    await world.rows(
      `WITH team AS (INSERT INTO teams (id, name, slug, mode, microdao_id)
                     SELECT 't_board', 'Board', 'board', 'confidential', microdao_id FROM channels
                      WHERE matrix_room_id = '!board:test' RETURNING id)
       UPDATE channels SET team_id = team.id FROM team WHERE matrix_room_id = '!board:test'`,
    );
    expect(await ask(roomId, bob, "!dao whoami")).toMatch(
      /^@bob:test is user:\d+\nIn this room: member, power level 0\nIn Demo: no member$/,
    );
    expect(await ask(roomId, bob, "!dao members")).toMatch(
      /^Members: 3\nowner: 1 \(.*\)\nmember: 1 \(.*\)\nagent: 1/,
    );
    expect(await ask(roomId, bob, "!dao agents")).toContain("No agent is here.");
    const channels = await ask(roomId, bob, "!dao channels");
    expect(channels).toContain("Open talk");
    expect(channels).not.toMatch(/Hidden talk|Board talk/);
    expect([open, hidden]).toHaveLength(2);
  });

  it("retention is shown to everybody and set by admins, who are told from when on it counts", async () => {
    const roomId = await linked("!retain:test");
    expect(await ask(roomId, bob, "!dao retention")).toBe("Words are kept without limit.");
    expect(await ask(roomId, bob, "!dao retention 30")).toBe(
      "That is for admins of this room (power level 100).",
    );
    expect(await ask(roomId, alice, "!dao retention 30")).toBe("Words are kept for 30 days.");
    expect(await ask(roomId, alice, "!dao retention off")).toBe("Words are kept without limit.");
    const [set] = await world.rows<{ actor: string }>(
      "SELECT actor_kind AS actor FROM audit_log WHERE action = 'channel.retention_set'",
    );
    expect(set).toEqual({ actor: "user" });
  });

  it("a slip of the hand gets a suggestion and never its own words back", async () => {
    const roomId = await linked("!slip:test");
    expect(await ask(roomId, bob, "!dao stauts")).toBe(
      "I do not know that command. Did you mean !dao status?",
    );
    expect(await ask(roomId, bob, "!dao retention soon")).toContain(
      "!dao retention 30 or !dao retention off",
    );
  });

  it("every use is in the audit log, refused ones too, without what was written", async () => {
    const roomId = await linked("!audit:test");
    for (const text of ["!dao status", "!dao unlink", "!dao wombat <secret>"]) await ask(roomId, bob, text);
    const [again] = await say(roomId, bob, "!dao whoami");
    for (let time = 0; time < 3; time += 1) if (again !== undefined) await handleCommand(world.deps, again);
    const trail = await world.rows<{ command: string; outcome: string; kind: string }>(
      `SELECT data ->> 'command' AS command, data ->> 'outcome' AS outcome, actor_kind AS kind FROM audit_log
        WHERE action = 'command.used' AND data ->> 'matrix_room_id' = $1 ORDER BY created_at, id`,
      roomId,
    );
    expect(trail).toEqual([
      { command: "status", outcome: "answered", kind: "user" },
      { command: "unlink", outcome: "refused", kind: "user" },
      { command: "unknown", outcome: "unknown", kind: "user" },
      { command: "whoami", outcome: "answered", kind: "user" },
    ]);
    expect(await world.rows("SELECT 1 FROM audit_log WHERE data::text LIKE '%wombat%'")).toEqual([]);
  });
});

describe("!dao unlink", () => {
  async function unlink(roomId: string): Promise<LeaveRoomPayload | undefined> {
    expect(await ask(roomId, alice, "!dao unlink")).toContain("no longer mirrored");
    const [job] = await world.takeJobs<LeaveRoomPayload>(leaveRoomJob);
    return job;
  }
  const delivered = (id: string | null) =>
    world.rows(`UPDATE matrix.sends SET state = 'sent', event_id = 'e' || id WHERE id = $1::uuid`, id);

  it("keeps what there is, mirrors nothing more, and leaves after its farewell was delivered", async () => {
    const roomId = await linked("!bye:test");
    world.rooms.say(roomId, bob, "before");
    await world.push();
    const job = await unlink(roomId);
    world.rooms.say(roomId, bob, "after");
    await world.push();
    expect(await channelOf(roomId)).toMatchObject({ status: "unlinked", unlinked: true });
    const kept = await world.rows(
      `SELECT content_preview AS said FROM messages m JOIN channels c ON c.id = m.channel_id
        WHERE c.matrix_room_id = $1 ORDER BY m.created_at`,
      roomId,
    );
    expect(kept).toEqual([{ said: "before" }, { said: "!dao unlink" }]);
    if (job === undefined) throw new Error("nobody asked the bot to leave");
    const leaving = handleLeaveRoom(world.deps, job);
    await new Promise((wake) => setTimeout(wake, 500));
    expect(world.rooms.membership(roomId, bot)).toBe("join");
    await delivered(job.sendId);
    await leaving;
    expect(world.rooms.membership(roomId, bot)).toBe("leave");
    await handleLeaveRoom(world.deps, job);
    await world.push();
    const [room] = await world.rows(`SELECT status, mirrored FROM matrix.rooms WHERE room_id = $1`, roomId);
    expect(room).toEqual({ status: "unlinked", mirrored: false });
  });

  it("waits for a farewell that takes long, but not for ever", async () => {
    const roomId = await linked("!slow:test");
    const job = await unlink(roomId);
    if (job === undefined) throw new Error("nobody asked the bot to leave");
    await expect(handleLeaveRoom(world.deps, job)).rejects.toMatchObject({ code: "farewell_pending" });
    expect(world.rooms.membership(roomId, bot)).toBe("join");
    await world.rows(
      `UPDATE matrix.sends SET created_at = created_at - interval '4 minutes' WHERE id = $1::uuid`,
      job.sendId,
    );
    await handleLeaveRoom(world.deps, job);
    expect(world.rooms.membership(roomId, bot)).toBe("leave");
  });

  it("twice is once", async () => {
    const roomId = await linked("!once:test");
    const [command] = await say(roomId, alice, "!dao unlink");
    if (command === undefined) return;
    await handleCommand(world.deps, command);
    await handleCommand(world.deps, command);
    expect(await sent(roomId)).toHaveLength(1);
    expect(await world.takeJobs(leaveRoomJob)).toHaveLength(1);
  });

  it("killed at any step and run again says it once and asks the bot to leave once", async () => {
    let kills = 0;
    for (let step = 1; ; step += 1) {
      const roomId = await linked(`!dying${step}:test`);
      const [command] = await say(roomId, alice, "!dao unlink");
      if (command === undefined) throw new Error("no command");
      const alive = await handleCommand(killedAfter(world.deps, step).deps, command).then(
        () => true,
        () => false,
      );
      await handleCommand(world.deps, command);
      expect(await sent(roomId), `killed at step ${step}`).toHaveLength(1);
      expect(await world.takeJobs(leaveRoomJob)).toHaveLength(1);
      if (alive) break;
      kills += 1;
    }
    expect(kills).toBe(2);
  });

  it("is undone by another invitation, which fills the gap", async () => {
    const roomId = await linked("!again:test");
    await handleBackfill(world.deps, { roomId });
    const job = await unlink(roomId);
    await delivered(job?.sendId ?? null);
    if (job !== undefined) await handleLeaveRoom(world.deps, job);
    const missed = world.rooms.say(roomId, bob, "while nobody looked");
    world.rooms.setState(roomId, alice, "m.room.name", { name: "New name" });
    world.rooms.setMember(roomId, bot, "invite", alice);
    await world.push();
    const before = await channelOf(roomId);
    expect(await handleLinkRoom(world.deps, { roomId, inviter: alice })).toMatchObject({ is: "linked" });
    await handleBackfill(world.deps, { roomId });
    expect(await channelOf(roomId)).toEqual({ ...before, status: "active", unlinked: false });
    expect(
      await world.rows(`SELECT 1 FROM messages WHERE matrix_event_id = $1`, missed.event_id),
    ).toHaveLength(1);
    expect(await world.rows(`SELECT name FROM channels WHERE matrix_room_id = $1`, roomId)).toEqual([
      { name: "New name" },
    ]);
    const notices = await world.rows(
      `SELECT 1 FROM matrix.sends WHERE room_id = $1 AND idempotency_key LIKE 'notice:%'`,
      roomId,
    );
    expect(notices).toHaveLength(2);
    // The job of the first farewell, run late, does not take the bot out again.
    if (job !== undefined) await handleLeaveRoom(world.deps, job);
    expect(world.rooms.membership(roomId, bot)).toBe("join");
  });
});

describe("an invitation of an agent", () => {
  it("to a mirrored room is accepted, twice as well", async () => {
    const roomId = await linked("!agents:test");
    world.rooms.setMember(roomId, sofia, "invite", bob);
    await world.push();
    const [job] = await world.takeJobs<{ roomId: string; ghostId: string }>(answerGhostInviteJob);
    expect(job).toMatchObject({ roomId, ghostId: sofia });
    if (job === undefined) return;
    await handleGhostInvite(world.deps, job);
    await handleGhostInvite(world.deps, job);
    await world.push();
    expect(world.rooms.membership(roomId, sofia)).toBe("join");
    expect(await ask(roomId, bob, "!dao status")).toContain(`Agents: Sofia (${sofia})`);
  });

  it("to a room that is being linked just now waits for that", async () => {
    world.rooms.create({ roomId: "!soon:test", creator: alice });
    world.rooms.setMember("!soon:test", sofia, "invite", alice);
    world.rooms.setMember("!soon:test", bot, "invite", alice);
    await world.push();
    const answered = handleGhostInvite(world.deps, { roomId: "!soon:test", ghostId: sofia });
    await new Promise((wake) => setTimeout(wake, 300));
    await handleLinkRoom(world.deps, { roomId: "!soon:test", inviter: alice });
    await answered;
    expect(world.rooms.membership("!soon:test", sofia)).toBe("join");
  });

  it("to any other room is declined, saying what to do first", async () => {
    world.rooms.create({ roomId: "!alone:test", creator: alice });
    world.rooms.setMember("!alone:test", sofia, "invite", alice);
    await handleGhostInvite(world.deps, { roomId: "!alone:test", ghostId: sofia });
    expect(world.rooms.member("!alone:test", sofia)?.content).toEqual({
      membership: "leave",
      reason: `Agents answer in mirrored rooms only: invite ${bot} first.`,
    });
  });

  it("that is taken back or followed by a ban forces nothing", async () => {
    const roomId = await linked("!ban:test");
    world.rooms.setMember(roomId, sofia, "ban", alice);
    await handleGhostInvite(world.deps, { roomId, ghostId: sofia });
    expect(world.rooms.membership(roomId, sofia)).toBe("ban");
  });
});

describe("a link that nobody is at work on", () => {
  it("is asked for again, with its inviter", async () => {
    await world.takeJobs(linkRoomJob);
    world.rooms.create({ roomId: "!stuck:test", creator: alice });
    world.rooms.setMember("!stuck:test", bot, "invite", alice);
    const mortal = killedAfter(world.deps, 3);
    await expect(handleLinkRoom(mortal.deps, { roomId: "!stuck:test", inviter: alice })).rejects.toThrow(
      "killed",
    );
    expect(await resumeLinking(world.database, { atStart: false })).toBe(0);
    expect(await resumeLinking(world.database, { atStart: true })).toBe(1);
    expect(await world.takeJobs(linkRoomJob)).toEqual([{ roomId: "!stuck:test", inviter: alice }]);
  });
});
