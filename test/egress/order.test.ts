import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Tx, transact } from "../../src/db/index.ts";
import { addReaction, editMessage, redactMessage, sendIdOf } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import type { Fault } from "../support/fake-homeserver.ts";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { at, type EgressWorld, minutes, openEgressWorld, type Place } from "./egress-world.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
let sofia: string;
let mira: string;
let serial = 0;

beforeAll(async () => {
  test = await openTestDatabase();
  world = await openEgressWorld(test.database);
  sofia = await world.addAgent("sofia");
  mira = await world.addAgent("mira");
});
afterAll(async () => {
  await world.close();
  await test.close();
});

/** What may come instead of an answer; the last three and `slow` take effect all the same. */
const faults: readonly Fault[] = [
  { kind: "limited", retryAfterMs: 50 },
  { kind: "limited", retryAfter: "2" },
  { kind: "limited" },
  { kind: "html", status: 502 },
  { kind: "html", status: 404 },
  { kind: "refused", status: 500, errcode: "M_UNKNOWN" },
  { kind: "dropped" },
  { kind: "cut" },
  { kind: "cut-in-body" },
  { kind: "not-json" },
];

type Deed = "say" | "edit" | "react" | "redact";

/** Queues it and gives the uuid of its send; a deed that has nothing to be done to is a message. */
async function queue(place: Place, agentId: string, deed: Deed, last: string | undefined): Promise<string> {
  if (deed === "say" || last === undefined) return world.post(place, agentId, `${(serial += 1)}`);
  const target = { messageId: last, agentId };
  const work = {
    edit: (tx: Tx) => editMessage(tx, { ...target, body: { text: `${serial} better` } }),
    react: (tx: Tx) => addReaction(tx, { ...target, key: `${(serial += 1)}` }),
    redact: (tx: Tx) => redactMessage(tx, { ...target, othersAllowed: false }),
  }[deed];
  const queued = await transact(world.database, bridgeActor, work);
  if (queued === undefined) throw new TypeError("nothing was queued");
  return queued.sendId;
}

/** The sends of each sender, in the order in which they were asked for. */
async function queueAll(place: Place, deeds: readonly { by: boolean; deed: Deed }[]) {
  const queued = new Map<string, string[]>([
    ["@dao_sofia:test", []],
    ["@dao_mira:test", []],
  ]);
  const last = new Map<string, string | undefined>();
  for (const { by, deed } of deeds) {
    const [sender, agentId] = by ? ["@dao_sofia:test", sofia] : ["@dao_mira:test", mira];
    const id = await queue(place, agentId, deed, last.get(sender));
    queued.get(sender)?.push(id);
    if (deed === "redact") last.delete(sender);
    else if (deed === "say" || !last.has(sender)) last.set(sender, id);
  }
  return queued;
}

const deeds = fc.array(
  fc.record({ by: fc.boolean(), deed: fc.constantFrom<Deed>("say", "say", "edit", "react", "redact") }),
  { minLength: 3, maxLength: 8 },
);

it("62, 63, 65 and 67: whatever the homeserver answers, and however often it restarts, what each agent says and does in a room comes once and in its order", async () => {
  await fc.assert(
    fc.asyncProperty(
      deeds,
      fc.array(fc.constantFrom(...faults), { maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      async (asked, wrong, restarts) => {
        const place = await world.addChannel(`order${(serial += 1)}`);
        for (const code of ["sofia", "mira"])
          world.fake.setMembership(place.roomId, `@dao_${code}:test`, "join");
        const path = new RegExp(`${encodeURIComponent(place.roomId)}/(?:send|redact|messages)`);
        world.fake.fail({ path }, ...wrong);
        const queued = await queueAll(place, asked);
        for (const [minute, isNew] of restarts.entries()) {
          await world.deliver({ database: at(world, minutes(6 * minute)) });
          if (isNew) world.fake.restart();
          const [waits] = await world.sql(
            `SELECT 1 FROM matrix.sends WHERE room_id = $1 AND state IN ('queued', 'sending') LIMIT 1`,
            place.roomId,
          );
          if (waits === undefined) break;
        }
        for (const [sender, sends] of queued) {
          const came = world.fake.messages(place.roomId).filter((event) => event.sender === sender);
          expect(came.map(({ content }) => sendIdOf(content))).toEqual(sends);
        }
      },
    ),
    { numRuns: 25, examples: [] },
  );
});

it("62, 63, 64 and 67: the same from devices that are there long since, for which nothing has to be looked for", async () => {
  world.fake.makeDevices();
  for (const agent of [sofia, mira]) await world.deps.ghosts.renewDevice(agent);
  await world.sql(`UPDATE matrix.ghosts SET device_since = device_since - interval '1 hour'`);
  await fc.assert(
    fc.asyncProperty(deeds, fc.array(fc.constantFrom(...faults), { maxLength: 8 }), async (asked, wrong) => {
      const place = await world.addChannel(`device${(serial += 1)}`);
      for (const code of ["sofia", "mira"])
        world.fake.setMembership(place.roomId, `@dao_${code}:test`, "join");
      const room = encodeURIComponent(place.roomId);
      world.fake.fail({ path: new RegExp(`${room}/(?:send|redact)`) }, ...wrong);
      const queued = await queueAll(place, asked);
      for (let minute = 0; minute < 20; minute += 1) {
        await world.deliver({ database: at(world, minutes(6 * minute)) });
        world.fake.restart();
      }
      for (const [sender, sends] of queued) {
        const came = world.fake.messages(place.roomId).filter((event) => event.sender === sender);
        expect(came.map(({ content }) => sendIdOf(content))).toEqual(sends);
      }
      expect(world.fake.requests.filter((asking) => asking.path.endsWith(`${room}/messages`))).toEqual([]);
    }),
    { numRuns: 15 },
  );
});
