import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { retryDeadLetter, selectDeadLetters } from "../../src/matrix/ingest/index.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { type ParkedDeps, tendParked } from "../../src/matrix/parked/tend-parked.ts";
import { at, minutes } from "../egress/egress-world.ts";
import { alice, bob, bot, openWorld, type World } from "./world.ts";

const roomId = "!parked:test";
const days = (count: number) => minutes(count * 24 * 60);

let world: World;
let said: string[];
beforeAll(async () => {
  world = await openWorld();
  const { rooms, deps } = world;
  rooms.create({ roomId, creator: alice, name: "parked" });
  rooms.setMember(roomId, bob, "join");
  said = ["one", "two", "three"].map((body) => rooms.say(roomId, alice, body).event_id);
  rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(deps, { roomId, inviter: alice });
  await world.push();
});
afterAll(() => world.close());

let reactions = 0;
async function react(target: string): Promise<string> {
  reactions += 1;
  const event_id = `$reaction${reactions}`;
  const content = { "m.relates_to": { rel_type: "m.annotation", event_id: target, key: "👍" } };
  const event = { event_id, room_id: roomId, sender: bob, type: "m.reaction", origin_server_ts: 1, content };
  await world.deps.ingest([event], "push");
  return event_id;
}

async function tend(laterMs: number): Promise<void> {
  const { deps } = world;
  const later: ParkedDeps = {
    ...deps,
    homeserver: openHomeserver({ url: world.homeserverUrl, token: "secret", clock: systemClock }),
    database: at(deps, laterMs),
    parkedDays: 30,
  };
  await tendParked(later);
}

const asked = (id: string) => world.rooms.asked.filter((path) => path.includes(`/event/${id}`)).length;
const parked = async (eventId: string) =>
  (
    await world.rows<{ parked: boolean }>("SELECT parked FROM matrix.reactions WHERE event_id = $1", eventId)
  )[0]?.parked;

it("129: what a reaction waits for is asked for after some minutes, with what is around it", async () => {
  const [, two = ""] = said;
  const reaction = await react(two);
  await tend(0);
  await tend(minutes(1));
  expect(asked(two)).toBe(0);
  expect(await parked(reaction)).toBe(true);
  await tend(minutes(5));
  expect(asked(two)).toBe(1);
  expect(await parked(reaction)).toBe(false);
  const mirrored = await world.rows(
    "SELECT 1 AS one FROM messages WHERE matrix_event_id = ANY($1::text[])",
    said,
  );
  expect(mirrored).toHaveLength(3);
  await tend(minutes(10));
  expect(await world.rows("SELECT 1 AS one FROM matrix.parked_targets")).toEqual([]);
});

it("129: what the homeserver does not give is marked as unavailable and asked for once; a homeserver that is away is asked again", async () => {
  const reaction = await react("$nowhere");
  await tend(0);
  world.rooms.troubles.push({ path: /nowhere/, status: 502 });
  await tend(minutes(5));
  world.rooms.troubles.push({ path: /nowhere/, status: 403, body: { errcode: "M_FORBIDDEN", error: "no" } });
  for (const later of [10, 15, 20]) await tend(minutes(later));
  expect(asked("$nowhere")).toBe(2);
  expect(await parked(reaction)).toBe(true);
  expect(await world.rows("SELECT target_event_id AS id, reason FROM matrix.parked_targets")).toEqual([
    { id: "$nowhere", reason: "unavailable" },
  ]);
});

it("what has waited for longer than its window becomes a dead letter with the reason, once", async () => {
  const { db } = world.database;
  expect(await selectDeadLetters(db, 10)).toEqual([]);
  await tend(days(31));
  await tend(days(32));
  const letters = await selectDeadLetters(db, 10);
  expect(letters).toMatchObject([
    {
      roomId,
      eventId: `$reaction${reactions}`,
      errorCode: "target_unavailable",
      error: "It waited too long for $nowhere: the homeserver does not give that event.",
    },
  ]);
  expect(await retryDeadLetter(world, letters[0]?.id ?? "")).toBeUndefined();
});

it("129: a poll that somebody voted in before it was here is asked for, and given up with its votes", async () => {
  const poll = world.rooms.say(roomId, alice, "a poll that was lost").event_id;
  const voteIn = (target: string, event_id: string) =>
    world.deps.ingest(
      [
        {
          event_id,
          room_id: roomId,
          sender: bob,
          type: "m.poll.response",
          origin_server_ts: 1,
          content: { "m.selections": ["a"], "m.relates_to": { rel_type: "m.reference", event_id: target } },
        },
      ],
      "push",
    );
  await voteIn(poll, "$vote1");
  await voteIn("$neverapoll", "$vote2");
  await tend(0);
  await tend(minutes(5));
  expect(asked(poll)).toBe(1);
  const unseen = () => world.rows<{ id: string }>("SELECT poll_event_id AS id FROM matrix.unseen_polls");
  await tend(minutes(10));
  expect(await unseen()).toEqual([{ id: "$neverapoll" }]);
  await tend(days(31));
  await tend(days(32));
  const letters = await world.rows("SELECT error_code FROM matrix.inbox WHERE event_id = '$vote2'");
  expect(letters).toEqual([{ error_code: "target_unavailable" }]);
});

it("130: what points at a lost event is read page by page, with what points at that; a reply is not among it", async () => {
  const { rooms } = world;
  const send = (type: string, content: Record<string, unknown>) =>
    rooms.send({ room_id: roomId, type, sender: bob, content }).event_id;
  const relation = (rel_type: string, event_id: string, more: object = {}) => ({
    "m.relates_to": { rel_type, event_id, ...more },
  });
  const text = (body: string) => ({ msgtype: "m.text", body });
  const root = rooms.say(roomId, alice, "a root that was lost").event_id;
  for (let index = 0; index < 20; index += 1) rooms.say(roomId, alice, `between ${index}`);
  const answers = ["one", "two", "three"].map((body) =>
    send("m.room.message", { ...text(body), ...relation("m.thread", root) }),
  );
  const [answer = ""] = answers;
  send("m.room.message", {
    ...text("* uno"),
    "m.new_content": text("uno"),
    ...relation("m.replace", answer),
  });
  const reply = send("m.room.message", {
    ...text("a reply"),
    "m.relates_to": { "m.in_reply_to": { event_id: root } },
  });
  world.forgetPushes();
  rooms.relationsLimit = 2;
  await react(root);
  await tend(0);
  rooms.asked.length = 0;
  await tend(minutes(5));
  const pages = rooms.asked.filter((path) => path.includes(`/relations/${root}`));
  expect(pages.map((path) => /from=(\d+)/.exec(path)?.[1])).toEqual([undefined, "2"]);
  expect(pages.every((path) => path.includes("recurse=true"))).toBe(true);
  const mirrored = await world.rows<{ id: string; preview: string }>(
    "SELECT matrix_event_id AS id, content_preview AS preview FROM messages WHERE matrix_event_id = ANY($1::text[])",
    [...answers, reply],
  );
  expect(new Map(mirrored.map(({ id, preview }) => [id, preview]))).toEqual(
    new Map([
      [answers[0], "uno"],
      [answers[1], "two"],
      [answers[2], "three"],
    ]),
  );
});

it("131: a homeserver that does not know a request is told by its answer, and the rest is done without it", async () => {
  const { rooms } = world;
  const lost = rooms.say(roomId, alice, "lost as well").event_id;
  world.forgetPushes();
  const reaction = await react(lost);
  await tend(0);
  rooms.troubles.push({ path: /relations/, status: 404, body: { errcode: "M_UNRECOGNIZED", error: "?" } });
  await tend(minutes(5));
  expect(rooms.troubles).toEqual([]);
  expect(await parked(reaction)).toBe(false);
  await tend(minutes(10));
  expect(asked(lost)).toBe(1);
  expect(rooms.asked.filter((path) => path.includes("/versions"))).toEqual([]);
});
