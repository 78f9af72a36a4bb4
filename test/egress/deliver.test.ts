import { beforeEach, describe, expect, it, vi } from "vitest";
import { transact } from "../../src/db/index.ts";
import { claimSends, confirmSends, recordOutcome } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { fetchEchoes, startEgress } from "../../src/matrix/egress/index.ts";
import type { RecordedRequest } from "../support/fake-homeserver.ts";
import { patience } from "../support/patience.ts";
import type { OpenTestDatabase } from "./egress-database.ts";
import { at, type EgressWorld, minutes, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
let place: Place;
let sofia: string;
const ghost = "@dao_sofia:test";

openWorldForEach((fresh) => {
  ({ test, world, place, sofia } = fresh);
  world.fake.setMembership(place.roomId, ghost, "join");
});

function puts(): RecordedRequest[] {
  return world.fake.requests.filter(({ method, path }) => method === "PUT" && path.includes("/send/"));
}

function bodies(room = place.roomId): unknown[] {
  return world.fake.messages(room).map(({ content }) => content["body"]);
}

describe("delivering what agents say", () => {
  it("60: a message is sent with the transaction id that was stored before, and its text is then forgotten", async () => {
    const sendId = await world.post(place, sofia, "hello");
    await world.deliver();
    expect(puts().map(({ path }) => path.split("/").at(-1))).toEqual([`md.${sendId}`]);
    expect(puts()[0]?.query.get("user_id")).toBe(ghost);
    expect(await world.send(sendId)).toMatchObject({
      state: "sent",
      attempts: 1,
      eventId: expect.any(String) as string,
    });
    expect(await world.sql(`SELECT content FROM matrix.sends`)).toEqual([
      { content: { msgtype: "m.text", "m.mentions": {} } },
    ]);
  });

  it("61: forty agents that speak at once have forty transaction ids and forty events", async () => {
    const agents = await Promise.all(Array.from({ length: 40 }, (_, number) => world.addAgent(`a${number}`)));
    agents.forEach((_, number) => world.fake.setMembership(place.roomId, `@dao_a${number}:test`, "join"));
    await Promise.all(agents.map((agent, number) => world.post(place, agent, `from ${number}`)));
    await world.deliver();
    expect(new Set(puts().map(({ path }) => path)).size).toBe(40);
    expect(new Set(bodies()).size).toBe(40);
    expect(world.fake.messages(place.roomId)).toHaveLength(40);
  });

  it("62: no usable answer means the same request again, and nobody joins in between", async () => {
    world.fake.fail(
      { path: /\/send\// },
      { kind: "dropped" },
      { kind: "html", status: 502 },
      { kind: "refused", status: 500, errcode: "M_UNKNOWN" },
      { kind: "limited", retryAfterMs: 10 },
      { kind: "cut" },
      { kind: "not-json" },
    );
    const sendId = await world.post(place, sofia, "hello");
    for (let attempt = 0; attempt < 8; attempt += 1)
      await world.deliver({ database: at(world, minutes(attempt)) });
    expect(await world.send(sendId)).toMatchObject({ state: "sent" });
    expect(bodies()).toEqual(["hello"]);
    expect(new Set(puts().map(({ path }) => path)).size).toBe(1);
    expect(world.fake.requests.some(({ path }) => /\/(?:join|invite)\//.test(path))).toBe(false);
  });

  it("63: a homeserver that restarted after a lost answer gets nothing twice", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "cut" });
    const sendId = await world.post(place, sofia, "hello");
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({ state: "queued", lastErrorCode: "homeserver_away" });
    world.fake.restart();
    await world.deliver({ database: at(world, minutes(1)) });
    expect(puts()).toHaveLength(1);
    expect(await world.send(sendId)).toMatchObject({
      state: "sent",
      eventId: world.fake.messages(place.roomId)[0]?.event_id,
    });
  });

  describe("from a device", () => {
    beforeEach(async () => {
      world.fake.makeDevices();
      await world.deps.ghosts.renewDevice(sofia);
      await world.sql(`UPDATE matrix.ghosts SET device_since = device_since - interval '1 hour'`);
    });
    const looks = () => world.fake.requests.filter(({ path }) => path.endsWith("/messages"));

    it("64: a homeserver that restarted after a lost answer knows the message, and nobody looks for it", async () => {
      world.fake.fail({ path: /\/send\// }, { kind: "cut" });
      const sendId = await world.post(place, sofia, "hello");
      await world.deliver();
      world.fake.restart();
      await world.deliver({ database: at(world, minutes(1)) });
      expect(puts().map(({ query }) => query.get("device_id"))).toEqual(["MICRODAO", "MICRODAO"]);
      expect(new Set(puts().map(({ path }) => path)).size).toBe(1);
      expect(looks()).toEqual([]);
      expect(bodies()).toEqual(["hello"]);
      expect(await world.send(sendId)).toMatchObject({
        state: "sent",
        eventId: world.fake.messages(place.roomId)[0]?.event_id,
      });
    });

    it("63: a day later, or when the device is newer than the first try, the message is looked for", async () => {
      world.fake.fail({ path: /\/send\// }, { kind: "cut" }, { kind: "cut" });
      await world.post(place, sofia, "old");
      await world.deliver();
      world.fake.restart();
      await world.deliver({ database: at(world, minutes(25 * 60)) });
      expect(looks()).toHaveLength(1);
      await world.post(place, sofia, "new device");
      await world.deliver();
      await world.deps.ghosts.renewDevice(sofia);
      await world.deliver({ database: at(world, minutes(1)) });
      expect(looks()).toHaveLength(2);
      expect(bodies()).toEqual(["old", "new device"]);
    });

    it("56: a device that the homeserver has lost is made anew, and the message goes out once", async () => {
      world.fake.fail({ path: /\/send\// }, { kind: "cut" });
      await world.post(place, sofia, "hello");
      await world.deliver();
      world.fake.restart();
      world.fake.loseDevices();
      await world.deliver({ database: at(world, minutes(1)) });
      await world.post(place, sofia, "again");
      world.fake.loseDevices();
      await world.deliver({ database: at(world, minutes(2)) });
      expect(bodies()).toEqual(["hello", "again"]);
      expect(new Set(puts().map(({ path }) => path)).size).toBe(2);
    });

    it.each(["M_UNKNOWN_DEVICE", "ORG.MATRIX.MSC4326.M_UNKNOWN_DEVICE"])(
      "56: where a device is not known (%s) however often it is made, the message goes out without",
      async (errcode) => {
        const refused = { kind: "refused", status: 400, errcode } as const;
        world.fake.fail({ path: /\/send\// }, refused, refused);
        const sendId = await world.post(place, sofia, "hello");
        await world.deliver();
        expect(puts().map(({ query }) => query.get("device_id"))).toEqual(["MICRODAO", "MICRODAO", null]);
        expect(new Set(puts().map(({ path }) => path)).size).toBe(1);
        expect(await world.send(sendId)).toMatchObject({ state: "sent", attempts: 1 });
      },
    );
  });

  it("63: long after the first try the event is looked for, whatever the last answer was", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "cut" }, { kind: "limited" });
    await world.post(place, sofia, "hello");
    await world.deliver();
    // The answer to this look is lost too, so the next try is a blind one and is refused.
    world.fake.fail({ path: /\/messages$/ }, { kind: "refused", status: 403, errcode: "M_FORBIDDEN" });
    await world.deliver({ database: at(world, minutes(1)) });
    world.fake.restart();
    await world.deliver({ database: at(world, minutes(30)) });
    expect(bodies()).toEqual(["hello"]);
  });

  it("63: a look that gets no answer postpones the message instead of risking a second one", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "cut" });
    world.fake.fail({ path: /\/messages$/ }, { kind: "html", status: 502 });
    const sendId = await world.post(place, sofia, "hello");
    await world.deliver();
    world.fake.restart();
    await world.deliver({ database: at(world, minutes(1)) });
    expect(await world.send(sendId)).toMatchObject({ state: "queued" });
    expect(puts()).toHaveLength(1);
    await world.deliver({ database: at(world, minutes(2)) });
    expect(bodies()).toEqual(["hello"]);
  });

  it("115: what was begun in a room that was replaced goes on in the new one, unless it is in the old one", async () => {
    const next = await world.addChannel("next");
    world.fake.setMembership(next.roomId, ghost, "join");
    world.fake.fail({ path: /\/send\// }, { kind: "cut" }, { kind: "limited" });
    const arrived = await world.post(place, sofia, "arrived");
    await world.deliver();
    const mira = await world.addAgent("mira");
    world.fake.setMembership(place.roomId, "@dao_mira:test", "join");
    world.fake.setMembership(next.roomId, "@dao_mira:test", "join");
    const refused = await world.post(place, mira, "not yet");
    await world.deliver();
    await world.sql(
      `UPDATE matrix.rooms SET successor_room_id = $2 WHERE room_id = $1`,
      place.roomId,
      next.roomId,
    );
    for (const minute of [1, 2]) await world.deliver({ database: at(world, minutes(minute)) });
    expect(await world.send(arrived)).toMatchObject({ state: "sent" });
    expect(await world.send(refused)).toMatchObject({ state: "sent" });
    expect(bodies()).toEqual(["arrived"]);
    expect(bodies(next.roomId)).toEqual(["not yet"]);
  });

  it.each(["M_UNABLE_TO_AUTHORISE_JOIN", "M_UNABLE_TO_GRANT_JOIN", "M_FORBIDDEN"])(
    "106: an agent that a restricted room does not let in (%s) is invited first, and then said to be missing",
    async (errcode) => {
      world.fake.setMembership(place.roomId, ghost, "leave", ghost);
      world.fake.fail({ path: /\/join\// }, { kind: "refused", status: 403, errcode });
      const sendId = await world.post(place, sofia, "hello");
      await world.deliver();
      expect(world.fake.requests.filter(({ path }) => path.endsWith("/invite"))).toHaveLength(1);
      expect(await world.send(sendId)).toMatchObject({
        state: "failed",
        lastErrorCode: "M_FORBIDDEN",
        lastError: "the room does not let the agent in: invite it",
      });
    },
  );

  it("65: who is told to wait waits that long, and the others go on", async () => {
    const other = await world.addChannel("other");
    world.fake.setMembership(other.roomId, ghost, "join");
    const mira = await world.addAgent("mira");
    world.fake.setMembership(place.roomId, "@dao_mira:test", "join");
    world.fake.fail({ path: /general.*\/send\// }, { kind: "limited", retryAfter: "120" });
    const late = await world.post(place, sofia, "late");
    await world.post(other, sofia, "elsewhere");
    await world.deliver();
    await world.post(place, mira, "beside");
    await world.deliver({ database: at(world, minutes(1)) });
    expect(bodies()).toEqual(["beside"]);
    expect(bodies(other.roomId)).toEqual(["elsewhere"]);
    expect(await world.send(late)).toMatchObject({ state: "queued", lastErrorCode: "M_LIMIT_EXCEEDED" });
    await world.deliver({ database: at(world, minutes(3)) });
    expect(bodies()).toEqual(["beside", "late"]);
  });

  it("66: a refusal for good is visible with its code, and the next message goes on", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "refused", status: 400, errcode: "M_BAD_JSON" });
    const bad = await world.post(place, sofia, "bad");
    const good = await world.post(place, sofia, "good");
    await world.deliver();
    expect(await world.send(bad)).toMatchObject({ state: "failed", lastErrorCode: "M_BAD_JSON" });
    expect(await world.send(good)).toMatchObject({ state: "sent" });
    expect(bodies()).toEqual(["good"]);
  });

  it("67: the messages of one sender in one room keep their order, also past a retry", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "html", status: 502 });
    for (let number = 0; number < 12; number += 1) await world.post(place, sofia, `${number}`);
    await world.deliver();
    expect(bodies()).toEqual([]);
    await world.deliver({ database: at(world, minutes(1)) });
    expect(bodies()).toEqual(Array.from({ length: 12 }, (_, number) => `${number}`));
  });

  it("68: the echo may come before the answer, after it, or without it, and closes the row once", async () => {
    const before = await world.post(place, sofia, "before");
    const answer = Promise.withResolvers<undefined>();
    world.fake.fail({ path: /\/send\// }, { kind: "held", until: answer.promise });
    const delivering = world.deliver();
    await vi.waitUntil(() => world.fake.messages(place.roomId).length > 0, patience);
    await world.echo();
    expect(await world.send(before)).toMatchObject({ state: "confirmed" });
    answer.resolve(undefined);
    await delivering;
    expect(await world.send(before)).toMatchObject({ state: "confirmed" });

    const without = await world.post(place, sofia, "without");
    world.fake.fail({ path: /\/send\// }, { kind: "cut" });
    await world.deliver();
    await world.echo();
    expect(await world.send(without)).toMatchObject({ state: "confirmed", lastErrorCode: null });

    const after = await world.post(place, sofia, "after");
    await world.deliver();
    const { confirmedAt } = (await world.send(before))!;
    await world.echo();
    await world.echo();
    expect(await world.send(after)).toMatchObject({ state: "confirmed" });
    expect((await world.send(before))?.confirmedAt).toEqual(confirmedAt);
    await world.deliver({ database: at(world, minutes(60)) });
    expect(bodies()).toEqual(["before", "without", "after"]);
    expect(await world.sql(`SELECT 1 FROM matrix.sends WHERE content IS NOT NULL`)).toEqual([]);
  });

  it("68: an echo that never comes is fetched from the room, once, and not from a room that cannot be read", async () => {
    const sendId = await world.post(place, sofia, "are you there?");
    await world.deliver();
    expect(await fetchEchoes(world.deps)).toBe(0);
    expect(await fetchEchoes({ ...world.deps, database: at(world, 15_000) })).toBe(1);
    expect(await world.send(sendId)).toMatchObject({ state: "confirmed" });
    expect(await world.sql("SELECT id::text, content_preview FROM messages")).toEqual([
      { id: sendId, content_preview: "are you there?" },
    ]);
    expect(await fetchEchoes({ ...world.deps, database: at(world, minutes(60)) })).toBe(0);

    await world.post(place, sofia, "and now?");
    await world.deliver();
    world.fake.fail({ path: /\/event\// }, { kind: "refused", status: 403, errcode: "M_FORBIDDEN" });
    expect(await fetchEchoes({ ...world.deps, database: at(world, 15_000) })).toBe(0);
    expect(await fetchEchoes({ ...world.deps, database: at(world, 15_000) })).toBe(0);
    expect(await fetchEchoes({ ...world.deps, database: at(world, 60_000) })).toBe(1);
  });

  it("68: a marker that somebody else wrote closes nothing", async () => {
    const sendId = await world.post(place, sofia, "mine");
    const claims = [
      { sendId, eventId: "$forged", sender: "@eve:test", roomId: place.roomId },
      { sendId, eventId: "$elsewhere", sender: ghost, roomId: "!other:test" },
    ];
    const confirm = (echoes: typeof claims) =>
      transact(world.database, bridgeActor, (tx) => confirmSends(tx, echoes));
    expect(await confirm(claims)).toEqual([]);
    expect(await world.send(sendId)).toMatchObject({ state: "queued" });
    const own = { sendId, eventId: "$own", sender: ghost, roomId: place.roomId };
    expect(await confirm([own, { ...own, eventId: "$twin" }])).toEqual([{ sendId, eventId: "$own" }]);
    expect(await confirm([own])).toEqual([{ sendId, eventId: "$own" }]);
    expect(await confirm([{ ...own, eventId: "$twin" }])).toEqual([]);
  });

  it("69: what was posted long ago is sent without a time of ours: its place is where the homeserver puts it", async () => {
    const early = await world.post(place, sofia, "posted first");
    const began = Date.now();
    await world.deliver({ database: at(world, minutes(60)) });
    await fetchEchoes({ ...world.deps, database: at(world, minutes(61)) });
    expect(world.fake.requests.filter(({ query }) => query.has("ts"))).toEqual([]);
    const [event] = world.fake.messages(place.roomId);
    expect(event?.origin_server_ts).toBeGreaterThanOrEqual(began);
    expect(await world.sql("SELECT id::text, created_at FROM messages")).toEqual([
      { id: early, created_at: new Date(event?.origin_server_ts ?? 0) },
    ]);
  });

  it("71: who is not in the room is invited, joins, and sends with the same transaction id", async () => {
    world.fake.setMembership(place.roomId, ghost, "leave");
    const sendId = await world.post(place, sofia, "hello");
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({ state: "sent", attempts: 1 });
    expect(puts().map(({ path }) => path.split("/").at(-1))).toEqual([`md.${sendId}`, `md.${sendId}`]);
    expect(world.fake.membership(place.roomId, ghost)).toBe("join");
  });

  it("71 and 103: who was banned or kicked stays out, and the message fails", async () => {
    world.fake.setMembership(place.roomId, ghost, "ban", "@alice:test");
    const banned = await world.post(place, sofia, "hello");
    await world.deliver();
    expect(await world.send(banned)).toMatchObject({ state: "failed", lastErrorCode: "M_FORBIDDEN" });
    world.fake.setMembership(place.roomId, ghost, "leave", "@alice:test");
    const kicked = await world.post(place, sofia, "hello again");
    await world.deliver();
    expect(await world.send(kicked)).toMatchObject({
      state: "failed",
      lastError: expect.stringMatching(/removed/) as string,
    });
    expect(world.fake.membership(place.roomId, ghost)).toBe("leave");
  });

  it("72: who may not speak where it is fails, without a second try", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "refused", status: 403, errcode: "M_FORBIDDEN" });
    const sendId = await world.post(place, sofia, "hello");
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({
      state: "failed",
      lastError: expect.stringMatching(/power/) as string,
    });
    expect(puts()).toHaveLength(1);
  });

  it("58: a user that the homeserver has put out of action is put aside and not asked for again", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "refused", status: 403, errcode: "M_USER_DEACTIVATED" });
    const first = await world.post(place, sofia, "one");
    const second = await world.post(place, sofia, "two");
    await world.deliver();
    expect(await world.send(first)).toMatchObject({ state: "failed", lastErrorCode: "M_USER_DEACTIVATED" });
    expect(await world.send(second)).toMatchObject({ state: "failed", lastErrorCode: "ghost_parked" });
    expect(puts()).toHaveLength(1);
  });

  it("138: what was accepted before a room was encrypted is never sent and not kept", async () => {
    const sendId = await world.post(place, sofia, "plain words");
    await world.sql(`UPDATE matrix.rooms SET encrypted = true`);
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({ state: "failed", lastErrorCode: "channel_encrypted" });
    expect(puts()).toEqual([]);
    expect(await world.sql(`SELECT 1 FROM matrix.sends WHERE content IS NOT NULL`)).toEqual([]);
  });

  it("two processes deliver together and nothing twice", async () => {
    const places = await Promise.all(["a", "b", "c", "d"].map((slug) => world.addChannel(slug)));
    for (const { roomId } of places) world.fake.setMembership(roomId, ghost, "join");
    for (let number = 0; number < 10; number += 1) {
      await Promise.all(places.map((target) => world.post(target, sofia, `${number}`)));
    }
    const second = test.openAnother();
    await Promise.all([
      world.deliver({ parallel: 2 }),
      world.deliver({ parallel: 2, database: second }),
      world.deliver({ parallel: 1, database: second }),
    ]);
    const inOrder = Array.from({ length: 10 }, (_, number) => `${number}`);
    for (const { roomId } of places) expect(bodies(roomId)).toEqual(inOrder);
    expect(puts()).toHaveLength(40);
  });

  it("a claim is nobody else's until its lease has run out, and then its holder's word counts no more", async () => {
    const { db, clock } = world.database;
    const sendId = await world.post(place, sofia, "hello");
    const [held] = await claimSends(db, { now: clock.now(), leaseMs: 90_000, limit: 1 });
    await world.deliver();
    expect(puts()).toEqual([]);
    const [taken] = await claimSends(db, {
      now: at(world, minutes(2)).clock.now(),
      leaseMs: 90_000,
      limit: 1,
    });
    expect(taken).toMatchObject({ id: sendId, attempts: 2, previousErrorCode: null });
    await recordOutcome(db, held!, clock.now(), { is: "failed", code: "late", reason: "too late" });
    expect(await world.send(sendId)).toMatchObject({ state: "sending" });
    await recordOutcome(db, held!, clock.now(), { is: "sent", eventId: "$first" });
    expect(await world.send(sendId)).toMatchObject({ state: "sent", eventId: "$first" });
  });

  it("egress delivers when it is woken, looks by itself, and stops", async () => {
    // It looks by itself when this clock goes on.
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const egress = startEgress(world.deps);
    try {
      const woken = await world.post(place, sofia, "woken");
      egress.wake();
      await expect.poll(async () => (await world.send(woken))?.state).toBe("sent");
      world.fake.fail({ path: /\/send\// }, { kind: "limited", retryAfterMs: 300 });
      const found = await world.post(place, sofia, "found");
      const look = () => {
        vi.advanceTimersByTime(1_000);
        return world.send(found);
      };
      await expect.poll(async () => (await look())?.state).toBe("sent");
    } finally {
      await egress.stop();
      vi.useRealTimers();
    }
    await world.post(place, sofia, "too late");
    egress.wake();
    await new Promise((wake) => setTimeout(wake, 100));
    expect(bodies()).toEqual(["woken", "found"]);
  });
});
