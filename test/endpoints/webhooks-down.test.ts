import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Trigger } from "../../packages/client/src/index.ts";
import { openWebhookSender } from "../../src/adapters/webhooks/webhook-sender.ts";
import { claimDue, type DeliverDeps, deliverOnce, takeUpRuns } from "../../src/domain/endpoints/index.ts";
import { openSealer } from "../../src/domain/governance/index.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { ChannelRow } from "../http/api-world.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";
import { answering, startEndpoint, type WebhookEndpoint } from "./webhook-endpoint.ts";

let world: ProgramsWorld;
let endpoint: WebhookEndpoint;
let deps: DeliverDeps;
let path: string;
/** When the test began to deliver: from then on it says itself what time it is. */
let began: number | undefined;

beforeAll(async () => {
  endpoint = await startEndpoint();
  world = await openProgramsWorld({ webhooks: { allowPrivate: true } });
  path = `/v1/agents/${world.sofia.apiId}/webhook`;
  deps = {
    database: world.api.database,
    sender: openWebhookSender({ allowPrivate: true }),
    sealer: openSealer(new Uint8Array(32).fill(9)),
    readQuestion: ({ eventId }) => Promise.resolve(world.words.get(eventId) as string | undefined),
    wakeEgress: () => undefined,
    log: silentLog,
  };
});
beforeEach(async () => {
  began = undefined;
  await world.api.sql(`DELETE FROM agent_webhooks`);
  await world.api.sql(`UPDATE agent_runs SET status = 'cancelled' WHERE status IN ('queued', 'started')`);
  await endpoint.close();
  endpoint = await startEndpoint();
  await put();
});
afterAll(async () => {
  await deps.sender.close();
  await endpoint.close();
  await world.close();
});

const put = () =>
  world.api.request(world.manager, { method: "PUT", url: path, payload: { url: endpoint.url } });

/** Takes up and delivers what is due so many seconds after the first time, once. */
async function deliverOnceAt(seconds: number): Promise<number> {
  const { database } = deps;
  began ??= database.clock.now().getTime();
  const now = new Date(began + seconds * 1_000);
  const clock = { now: () => now };
  const later = { ...deps, database: { ...database, clock } };
  const known = await claimDue(later.database, 100);
  await takeUpRuns(later.database);
  const held = [...known, ...(await claimDue(later.database, 100))];
  await Promise.all(held.map((one) => deliverOnce(later, one, new AbortController().signal)));
  return held.length;
}

/** The same until nothing is due any more. */
async function deliverAllAt(seconds: number): Promise<void> {
  while ((await deliverOnceAt(seconds)) > 0);
}

async function askMany(channel: ChannelRow, count: number, name = "question") {
  const asked: { runId: string; eventId: string }[] = [];
  for (let n = 1; n <= count; n += 1) asked.push(await world.ask(channel, `${name} ${n}`));
  return asked;
}

/** What the room was told, and about which questions, in order. */
function told(channel: ChannelRow) {
  return world.api.sql<{ body: string; about: string }>(
    `SELECT content ->> 'body' AS body, content #>> '{m.relates_to,m.in_reply_to,event_id}' AS about
       FROM matrix.sends WHERE channel_id = $1::uuid ORDER BY seq`,
    [channel.id],
  );
}

const statesOf = (asked: readonly { runId: string }[]) =>
  Promise.all(asked.map(async ({ runId }) => (await world.run(runId))["status"]));
const questions = () =>
  endpoint.received.map(({ body }) => (JSON.parse(body) as { data: Trigger }).data.question);
const failingSince = async () =>
  (await world.api.get(world.manager, path)).json<{ failingSince: string | null }>().failingSince;

describe("an endpoint that is down", () => {
  it("holds up a channel for a minute in all: then each question behind is told of at once, in order and once", async () => {
    await endpoint.close();
    const channel = await world.addChannel();
    const asked = await askMany(channel, 8);
    for (let seconds = 0; seconds <= 60; seconds += 5) await deliverAllAt(seconds);
    expect(await statesOf(asked)).toEqual([...Array.from({ length: 7 }, () => "failed"), "started"]);
    const notices = await told(channel);
    expect(notices.map(({ about }) => about)).toEqual(asked.slice(0, 7).map(({ eventId }) => eventId));
    for (const { body } of notices) expect(body).toContain("cannot be reached");
    const dead = await world.api.get(world.manager, `${path}/deliveries?state=dead`);
    expect(dead.json<{ items: object[] }>().items).toHaveLength(7);
    // What is asked from now on ends what was before it by one try, and without one while that was a moment ago.
    const more = await askMany(channel, 3, "later");
    await deliverAllAt(90);
    expect(await statesOf([asked[7]!, ...more])).toEqual(["failed", "failed", "failed", "started"]);
    expect(await told(channel)).toHaveLength(10);
  });

  it("gets what waits as soon as it answers again, in the order of asking in each channel", async () => {
    const { url } = endpoint;
    await endpoint.close();
    const channels = await Promise.all(Array.from({ length: 4 }, () => world.addChannel()));
    for (const channel of channels) await askMany(channel, 1, "first");
    for (let seconds = 0; seconds <= 240; seconds += 30) await deliverAllAt(seconds);
    expect(await failingSince()).not.toBeNull();
    endpoint = await startEndpoint(Number(new URL(url).port));
    endpoint.behave(answering(200, '{"text":"here I am"}'));
    const second = await askMany(channels[0]!, 2, "second");
    // By their own pauses some would wait for minutes more.
    await deliverAllAt(250);
    expect(questions().filter((one) => one === "first 1")).toHaveLength(4);
    expect(questions().filter((one) => one?.startsWith("second"))).toEqual(["second 1", "second 2"]);
    expect(questions().indexOf("first 1")).toBe(0);
    expect(await statesOf(second)).toEqual(["completed", "completed"]);
    for (const channel of channels.slice(1))
      expect(await told(channel)).toMatchObject([{ body: "here I am" }]);
    expect((await told(channels[0]!)).map(({ body }) => body)).toEqual(Array(3).fill("here I am"));
    expect(await failingSince()).toBeNull();
  });

  it("is tried with one delivery at a time, and not with others a moment later", async () => {
    endpoint.behave(answering(503));
    for (let n = 0; n < 4; n += 1) await askMany(await world.addChannel(), 1);
    expect(await deliverOnceAt(0)).toBe(4);
    expect(await deliverOnceAt(30)).toBe(1);
    expect(endpoint.received).toHaveLength(5);
    expect(await deliverOnceAt(31)).toBe(3);
    expect(endpoint.received).toHaveLength(5);
    endpoint.behave(answering(204));
    expect(await deliverOnceAt(40)).toBe(1);
    expect(await deliverOnceAt(40)).toBe(3);
    expect(endpoint.received).toHaveLength(9);
  });

  it("is not one that only refuses a certain question: each of the others is tried, however long that one failed", async () => {
    const channel = await world.addChannel();
    const poison = await askMany(channel, 1, "poison");
    endpoint.behave((response, { body }) => {
      const isPoison = body.includes("poison");
      response.writeHead(isPoison ? 500 : 200).end(isPoison ? "" : '{"text":"yes"}');
    });
    for (const seconds of [0, 10, 40, 120]) await deliverAllAt(seconds);
    const others = await askMany(channel, 3, "other");
    await deliverAllAt(121);
    expect(await statesOf([...poison, ...others])).toEqual(["failed", "completed", "completed", "completed"]);
  });

  it("is tried at once with all that waits when its webhook is put anew", async () => {
    endpoint.behave(answering(404));
    for (let n = 0; n < 2; n += 1) await askMany(await world.addChannel(), 1);
    for (const seconds of [0, 10, 40, 70]) await deliverAllAt(seconds);
    const before = endpoint.received.length;
    endpoint.behave(answering(204));
    expect(await deliverOnceAt(70)).toBe(0);
    expect((await put()).json()).toMatchObject({ failingSince: null });
    await deliverAllAt(70);
    expect(endpoint.received).toHaveLength(before + 2);
  });
});
