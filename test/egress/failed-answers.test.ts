import { expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { finishStream, growStream, openStream } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { at, type EgressWorld, identity, minutes, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;
let sofia: string;

openWorldForEach((fresh) => {
  ({ world, place, sofia } = fresh);
});

it("66: an answer that is refused for good is told of by the bot below the question, once; what answers nobody is not", async () => {
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
  const question = await world.post(place, sofia, "a question");
  await world.deliver();
  await world.deps.ingest(
    world.fake.messages(place.roomId).map((event) => ({ ...event })),
    "backfill",
  );
  const eventId = world.fake.messages(place.roomId)[0]?.event_id ?? "";
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "ban", identity.botUserId);
  const answer = await world.post(place, sofia, "tapir", { replyTo: { id: question } });
  const remark = await world.post(place, sofia, "by the way");
  for (const later of [0, 1, 2]) await world.deliver({ database: at(world, minutes(later)) });
  for (const id of [answer, remark]) expect(await world.send(id)).toMatchObject({ state: "failed" });
  const notices = world.fake.messages(place.roomId).slice(1);
  expect(notices.map(({ sender, content }) => [sender, content["msgtype"], content["m.relates_to"]])).toEqual(
    [[identity.botUserId, "m.notice", { "m.in_reply_to": { event_id: eventId } }]],
  );
  expect(JSON.stringify(notices)).not.toContain("tapir");
});

/** What is in the room comes back, as the homeserver would push it. */
function mirror(): Promise<unknown> {
  return world.deps.ingest(
    world.fake.messages(place.roomId).map((event) => ({ ...event })),
    "backfill",
  );
}

function notices() {
  return world.fake.messages(place.roomId).filter(({ sender }) => sender === identity.botUserId);
}

it("66: an answer that grew and whose end is refused for good is told of below it, once", async () => {
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
  const work = <T>(job: Parameters<typeof transact<T>>[2]) => transact(world.database, bridgeActor, job);
  const { sendId } = await work((tx) =>
    openStream(tx, { channelId: place.channelId, agentId: sofia }, { text: "Well," }),
  );
  await world.deliver();
  await mirror();
  const eventId = world.fake.messages(place.roomId)[0]?.event_id;
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "ban", identity.botUserId);
  const late = { ...world.database, clock: at(world, minutes(0.05)).clock };
  await transact(late, bridgeActor, (tx) => growStream(tx, { sendId, text: "Well, tapir" }));
  await world.deliver({ database: at(world, minutes(1)) });
  // It still grows: what comes later may be delivered.
  expect(notices()).toEqual([]);
  const text = "tapir ".repeat(12_000);
  await transact(at(world, minutes(2)), bridgeActor, (tx) =>
    finishStream(tx, { sendId, body: { text }, ending: "complete" }),
  );
  for (const later of [3, 4, 5]) await world.deliver({ database: at(world, minutes(later)) });
  const states = await world.sql<{ kind: string; state: string }>(
    `SELECT kind, state FROM matrix.sends WHERE sender_matrix_id = '@dao_sofia:test' ORDER BY seq`,
  );
  expect(states.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "message confirmed",
    "edit failed",
    "edit failed",
    "message failed",
    "message failed",
    "message failed",
  ]);
  expect(notices().map(({ content }) => [content["body"], content["m.relates_to"]])).toEqual([
    [
      "⚠️ sofia has said more than this, but the end could not be delivered.",
      { "m.in_reply_to": { event_id: eventId } },
    ],
  ]);
});
