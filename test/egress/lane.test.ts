import { describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { setAgentStatus } from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { at, type EgressWorld, minutes, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;
let sofia: string;

openWorldForEach((fresh) => {
  ({ world, place, sofia } = fresh);
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
});

const bodies = () => world.fake.messages(place.roomId).map(({ content }) => content["body"]);
const lookedInto = () => world.fake.requests.filter(({ path }) => path.endsWith("/messages")).length;

async function postThree(): Promise<string[]> {
  const ids: string[] = [];
  for (const text of ["first", "second", "third"]) ids.push(await world.post(place, sofia, text));
  return ids;
}

describe("what is claimed while the message before it is on its way", () => {
  it("65 and 67: was not tried when that one has to wait, and follows it later", async () => {
    world.fake.fail({ path: /\/send\// }, { kind: "limited", retryAfter: "30" });
    const [first = "", second = ""] = await postThree();
    await world.deliver();
    expect(await world.send(first)).toMatchObject({ state: "queued", attempts: 1 });
    expect(await world.send(second)).toMatchObject({ state: "queued", attempts: 0 });
    await world.deliver({ database: at(world, minutes(1)) });
    expect(await world.send(second)).toMatchObject({ state: "sent", attempts: 1 });
    expect(bodies()).toEqual(["first", "second", "third"]);
    expect(lookedInto()).toBe(0);
  });

  it("is not sent when its agent is suspended meanwhile", async () => {
    const ids = await postThree();
    const suspended = Promise.withResolvers<unknown>();
    world.fake.fail({ path: /\/send\// }, { kind: "held", until: suspended.promise });
    world.fake.onEvent(() => {
      suspended.resolve(
        transact(world.database, bridgeActor, (tx) => setAgentStatus(tx, "agent:sofia", "suspended")),
      );
    });
    await world.deliver();
    expect(bodies()).toEqual(["first"]);
    const states = await Promise.all(ids.map(async (id) => (await world.send(id))?.lastErrorCode));
    expect(states).toEqual([null, "subject_inactive", "subject_inactive"]);
  });

  it("stays claimed when that one takes long", async () => {
    const [, second = ""] = await postThree();
    world.fake.fail({ path: /\/send\// }, { kind: "slow", ms: 300 });
    let held: Promise<{ ms: number }[]> | undefined;
    world.fake.onEvent(({ content }) => {
      if (content["body"] !== "second") return;
      held = world.sql(
        `SELECT extract(epoch FROM leased_until - first_attempt_at)::float8 * 1000 AS ms FROM matrix.sends
          WHERE id = $1::uuid`,
        second,
      );
    });
    // What takes longer than a tenth of a lease is long.
    await world.deliver({ leaseMs: 2_500 });
    expect((await held)?.[0]?.ms).toBeGreaterThan(2_700);
    expect(bodies()).toEqual(["first", "second", "third"]);
  });

  it("63: is looked for in the room when nobody knows whether it was tried", async () => {
    const [first = "", second = ""] = await postThree();
    const dying = { ...world.deps.homeserver, sendEvent: () => new Promise<string>(() => undefined) };
    void world.deliver({ homeserver: dying, leaseMs: 500 });
    await expect.poll(async () => (await world.send(second))?.state, { interval: 10 }).toBe("sending");
    await world.deliver({ database: at(world, minutes(1)) });
    expect(await world.send(first)).toMatchObject({ state: "sent", attempts: 2 });
    expect(await world.send(second)).toMatchObject({ state: "sent", attempts: 2 });
    expect(bodies()).toEqual(["first", "second", "third"]);
    expect(lookedInto()).toBeGreaterThan(0);
  });
});
