import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { failQueuedSends } from "../../src/domain/messaging/freeze-store.ts";
import {
  type ClaimedSend,
  claimNext,
  claimSends,
  confirmSends,
  failSendsOfAgent,
  recordOutcome,
  releaseSend,
  renewLease,
  type SendOutcome,
  type SendState,
  takeBackSends,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { root } from "../architecture/repository.ts";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { at, type EgressWorld, minutes, openEgressWorld, type Place } from "./egress-world.ts";

const states = ["queued", "sending", "sent", "confirmed", "failed"] as const;
const leaseMs = 20_000;
const eventId = "$sent";

let test: OpenTestDatabase;
let world: EgressWorld;
let place: Place;
let sofia: string;

beforeAll(async () => {
  test = await openTestDatabase();
  world = await openEgressWorld(test.database);
  place = await world.addChannel("general");
  sofia = await world.addAgent("sofia");
});
afterAll(async () => {
  await world.close();
  await test.close();
});

/** A row, and what somebody holds who claimed it once. */
interface Row {
  readonly id: string;
  readonly held: ClaimedSend;
}

function now(laterMs = 0): Date {
  return at(world, laterMs).clock.now();
}

async function claim(laterMs = 0): Promise<ClaimedSend | undefined> {
  return (await claimSends(world.database.db, { now: now(laterMs), leaseMs, limit: 1 }))[0];
}

function end(held: ClaimedSend, outcome: SendOutcome): Promise<void> {
  return recordOutcome(world.database.db, held, now(), outcome);
}

async function echo({ id }: Pick<Row, "id">): Promise<void> {
  const echoes = [{ sendId: id, eventId, sender: "@dao_sofia:test", roomId: place.roomId }];
  await transact(world.database, bridgeActor, (tx) => confirmSends(tx, echoes));
}

const outcomes = {
  sent: { is: "sent", eventId },
  again: { is: "again", code: "homeserver_away", reason: "no answer", delayMs: 0 },
  done: { is: "done" },
  moved: { is: "moved", roomId: "!next:test" },
  failed: { is: "failed", code: "M_FORBIDDEN", reason: "no" },
} satisfies Record<string, SendOutcome>;

/** A row in each state, by the way that leads there: each of them is reachable. */
async function reach(state: SendState): Promise<Row> {
  await world.sql("DELETE FROM matrix.sends");
  const id = await world.post(place, sofia, "hello");
  const held = await claim();
  if (held?.id !== id) throw new TypeError("the row could not be claimed");
  if (state === "queued") await end(held, outcomes.again);
  if (state === "sent" || state === "confirmed") await end(held, outcomes.sent);
  if (state === "confirmed") await echo({ id });
  if (state === "failed") await end(held, outcomes.failed);
  expect(await stateOf(id)).toBe(state);
  return { id, held };
}

async function stateOf(id: string): Promise<SendState | undefined> {
  return (await world.send(id))?.state;
}

/** Every statement that writes the state. A holder's word is that of who claimed the row the last time. */
const steps: Record<string, (row: Row) => Promise<unknown>> = {
  "is claimed": () => claim(),
  "is claimed when its lease has run out": () => claim(minutes(1)),
  "is claimed as the next of its lane": ({ held }) =>
    claimNext(world.database.db, {
      now: now(),
      leaseMs,
      after: { ...held, seq: 0n },
      sent: undefined,
      ahead: false,
    }),
  "is written down as sent, with the next of its lane": ({ id, held }) =>
    claimNext(world.database.db, { now: now(), leaseMs, after: held, sent: { id, eventId }, ahead: true }),
  "was taken by the homeserver": ({ held }) => end(held, outcomes.sent),
  "got no usable answer": ({ held }) => end(held, outcomes.again),
  "was done already": ({ held }) => end(held, outcomes.done),
  "goes to another room": ({ held }) => end(held, outcomes.moved),
  "is refused for good": ({ held }) => end(held, outcomes.failed),
  "is given back untried": ({ held }) => releaseSend(world.database.db, held),
  "is held longer": ({ held }) => renewLease(world.database.db, held, now(), leaseMs),
  "is taken back from a process that is gone": () => transact(world.database, bridgeActor, takeBackSends),
  "comes back": echo,
  "is silenced with its agent": () =>
    transact(world.database, bridgeActor, (tx) => failSendsOfAgent(tx, sofia)),
  "is silenced with its channel": () =>
    transact(world.database, bridgeActor, (tx) =>
      failQueuedSends(tx, { channelId: place.channelId }, { code: "channel_frozen", reason: "frozen" }),
    ),
};

/** What becomes of a row in each of the states; what is not named leaves it as it is. */
const transitions: Record<keyof typeof steps, Partial<Record<SendState, SendState>>> = {
  "is claimed": { queued: "sending" },
  "is claimed when its lease has run out": { queued: "sending" },
  "is claimed as the next of its lane": { queued: "sending" },
  "is written down as sent, with the next of its lane": { queued: "sent", sending: "sent", failed: "sent" },
  "was taken by the homeserver": { queued: "sent", sending: "sent", failed: "sent" },
  "got no usable answer": { sending: "queued" },
  "was done already": { sending: "confirmed" },
  "goes to another room": { sending: "queued" },
  "is refused for good": { sending: "failed" },
  "is given back untried": { sending: "queued" },
  "comes back": { queued: "confirmed", sending: "confirmed", sent: "confirmed", failed: "confirmed" },
  "is silenced with its agent": { queued: "failed" },
  "is silenced with its channel": { queued: "failed" },
};

describe("the states of a send", () => {
  it.each(Object.keys(steps))(
    "60 and 66: a row that %s goes where the state machine says, from every state",
    async (step) => {
      const seen: Partial<Record<SendState, SendState>> = {};
      for (const state of states) {
        const row = await reach(state);
        await steps[step]?.(row);
        const next = await stateOf(row.id);
        if (next !== undefined && next !== state) seen[state] = next;
      }
      expect(seen).toEqual(transitions[step] ?? {});
    },
  );

  it("the word of a holder whose claim is somebody else's changes nothing, but an event id is never lost", async () => {
    const late = ["got no usable answer", "was done already", "goes to another room", "is refused for good"];
    for (const step of [...late, "is given back untried", "was taken by the homeserver"]) {
      const row = await reach("sending");
      expect((await claim(minutes(1)))?.id).toBe(row.id);
      await steps[step]?.(row);
      const kept = step === "was taken by the homeserver" ? "sent" : "sending";
      expect([step, await stateOf(row.id)]).toEqual([step, kept]);
    }
  });

  it("no other statement writes the state of a send", () => {
    const statements = readdirSync(join(root, "src/domain"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("-store.ts"))
      .flatMap((path) =>
        readFileSync(join(root, "src/domain", path), "utf8")
          .split(/\bUPDATE\b/)
          .slice(1),
      )
      .filter((sql) => /^ matrix\.sends( s)?\s+SET state = /.test(sql));
    expect(statements).toHaveLength(9);
  });

  it("ARCHITECTURE.md names every step from one state to another", () => {
    const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    const paragraph = /\*\*A send\*\* [\s\S]*?\n\n/.exec(text)?.[0] ?? "";
    const named = [...paragraph.matchAll(/`(\w+) → (\w+)`/g)].map(([, from, to]) => `${from} ${to}`);
    const real = Object.values(transitions).flatMap((of) =>
      Object.entries(of).map(([from, to]) => `${from} ${to}`),
    );
    expect(new Set(named)).toEqual(new Set(real));
  });
});
