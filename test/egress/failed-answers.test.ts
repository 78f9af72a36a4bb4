import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { at, type EgressWorld, identity, minutes, openEgressWorld, type Place } from "./egress-world.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
let place: Place;
let sofia: string;

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await openEgressWorld(test.database);
  place = await world.addChannel("general");
  sofia = await world.addAgent("sofia");
});
afterEach(() => world.close());

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
