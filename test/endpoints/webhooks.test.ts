import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Trigger, verifyWebhook } from "../../packages/client/src/index.ts";
import { openWebhookSender } from "../../src/adapters/webhooks/webhook-sender.ts";
import { type Database, transact } from "../../src/db/index.ts";
import { cancelRun } from "../../src/domain/agents/index.ts";
import { claimDue, type DeliverDeps, deliverOnce, takeUpRuns } from "../../src/domain/endpoints/index.ts";
import { openSealer, setAgentStatus } from "../../src/domain/governance/index.ts";
import { deliverWebhooksRegularly } from "../../src/jobs/deliver-webhooks.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { declareError } from "../../src/kernel/errors.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { patience } from "../support/patience.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";
import { answering, startEndpoint, type WebhookEndpoint } from "./webhook-endpoint.ts";

describe("webhooks", () => {
  let world: ProgramsWorld;
  let endpoint: WebhookEndpoint;
  let deps: DeliverDeps;
  let secret: string;
  let path: string;

  beforeAll(async () => {
    endpoint = await startEndpoint();
    world = await openProgramsWorld({ webhooks: { allowPrivate: true } });
    path = `/v1/agents/${world.sofia.apiId}/webhook`;
    deps = {
      database: world.api.database,
      sender: openWebhookSender({ allowPrivate: true }),
      sealer: openSealer(new Uint8Array(32).fill(9)),
      readQuestion: ({ eventId }) => {
        const said = world.words.get(eventId);
        return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
      },
      wakeEgress: () => undefined,
      log: silentLog,
    };
  });
  beforeEach(async () => {
    await world.api.sql(`DELETE FROM agent_webhooks`);
    await world.api.sql(`UPDATE agent_runs SET status = 'cancelled' WHERE status IN ('queued', 'started')`);
    await endpoint.close();
    endpoint = await startEndpoint();
    const made = await put({ url: endpoint.url });
    expect(made.statusCode, made.body).toBe(201);
    ({ secret } = made.json<{ secret: string }>());
  });
  afterAll(async () => {
    await deps.sender.close();
    await endpoint.close();
    await world.close();
  });

  const put = (payload: object) => world.api.request(world.manager, { method: "PUT", url: path, payload });
  /** The same database, so much later. */
  const later = (ms: number): Database => {
    const { database } = world.api;
    return { ...database, clock: { now: () => new Date(database.clock.now().getTime() + ms) } };
  };
  /** Takes up what is due and tries each delivery once. */
  const deliver = async (laterMs = 0, more: Partial<DeliverDeps> = {}) => {
    const all = { ...deps, database: later(laterMs), ...more };
    const known = await claimDue(all.database, 100);
    await takeUpRuns(all.database);
    const held = [...known, ...(await claimDue(all.database, 100))];
    await Promise.all(held.map((one) => deliverOnce(all, one, new AbortController().signal)));
    return held.length;
  };
  const deliveries = async (state = "") => {
    const reply = await world.api.get(world.manager, `${path}/deliveries${state && `?state=${state}`}`);
    return reply.json<{
      items: { id: string; runId: string; state: string; attempts: number; lastError: string }[];
    }>().items;
  };
  const dataOf = (n: number) => (JSON.parse(endpoint.received[n]!.body) as { data: Trigger }).data;
  const said = (channel: { id: string }) =>
    world.api.sql<{ content: { body: string; "org.microdao.cause"?: object } }>(
      `SELECT content FROM matrix.sends WHERE channel_id = $1::uuid ORDER BY created_at`,
      [channel.id],
    );

  it("carry what an answer needs, signed so that the client believes it", async () => {
    const channel = await world.addChannel();
    const { runId, eventId } = await world.ask(channel, "what is up?");
    expect(await deliver()).toBe(1);
    const { headers, body } = endpoint.received[0]!;
    const { id, type, data } = verifyWebhook(headers, body, secret, { seen: new Map() });
    expect([id.slice(0, 4), type]).toEqual(["dlv_", "agent.triggered"]);
    expect(data).toMatchObject({ runId, eventId, question: "what is up?", channelId: channel.apiId });
    expect(await deliveries()).toMatchObject([{ id, runId, state: "delivered", attempts: 1 }]);
    const [kept] = await world.api.sql<{ row: string }>(
      `SELECT d::text || w::text AS row FROM agent_webhook_deliveries d JOIN agent_webhooks w ON w.id = d.webhook_id`,
    );
    expect(kept!.row).not.toContain("what is up?");
    expect(kept!.row).not.toContain(secret);
    const { leaseToken } = data;
    const answer = { text: "the sky", runId, leaseToken, replyTo: eventId };
    expect((await world.api.post(world.key, data.answer.path, answer)).statusCode).toBe(202);
    const done = await world.api.post(world.key, `/v1/runs/${runId}/complete`, { leaseToken });
    expect(done.statusCode).toBe(204);
    expect(await deliver()).toBe(0);
  });

  it("may be answered at once", async () => {
    const channel = await world.addChannel();
    const { runId, eventId } = await world.ask(channel, "two and two?");
    endpoint.behave(answering(200, JSON.stringify({ markdown: "**four**" })));
    await deliver();
    expect((await said(channel)).map(({ content }) => content)).toMatchObject([
      { body: "**four**", "org.microdao.cause": { run: runId, cause: eventId, hop: 0 } },
    ]);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
  });

  it("whose answer makes no sense wait for one by the API", async () => {
    for (const body of [
      "ok",
      "[]",
      '{"text":""}',
      '{"text":5}',
      '{"text":"\\u0000"}',
      "{",
      "x".repeat(300_000),
    ]) {
      const channel = await world.addChannel();
      const { runId } = await world.ask(channel, "hm?");
      endpoint.behave(answering(200, body));
      await deliver();
      expect(await said(channel)).toEqual([]);
      expect(await world.run(runId)).toMatchObject({ status: "started" });
    }
  });

  it("are tried again with growing pauses while the endpoint is down, slow, broken or elsewhere", async () => {
    await put({ url: endpoint.url, timeoutMs: 500 });
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "there?");
    endpoint.behave(
      answering(500, "<html>"),
      answering(302, "", { location: "http://127.0.0.1:1/" }),
      (response) => void response.destroy(),
      () => undefined,
      answering(204),
    );
    expect(await deliver()).toBe(1);
    expect(await deliver()).toBe(0);
    expect(await deliver(7_000)).toBe(1);
    expect(await deliver(8_000)).toBe(0);
    expect(await deliver(27_000)).toBe(1);
    expect(await deliver(90_000)).toBe(1);
    expect(await deliver(600_000)).toBe(1);
    const ids = new Set(endpoint.received.map(({ headers }) => headers["webhook-id"]));
    expect([endpoint.received.length, ids.size]).toEqual([5, 1]);
    expect(await deliveries()).toMatchObject([{ runId, state: "delivered", attempts: 5 }]);
    expect(await world.run(runId)).toMatchObject({ status: "started", attempts: 1 });
  });

  it("are given up after a day; then the room is told, and somebody may have it asked again", async () => {
    const channel = await world.addChannel();
    const { runId, eventId } = await world.ask(channel, "anybody?");
    endpoint.behave(answering(500));
    await deliver();
    await deliver(86_399_000);
    const [dead, ...more] = await deliveries("dead");
    expect([dead, more]).toMatchObject([{ runId, state: "dead", attempts: 2, lastError: "http_500" }, []]);
    expect(await world.run(runId)).toMatchObject({ status: "failed", error: "webhook_failed" });
    expect((await said(channel))[0]!.content.body).toContain("cannot be reached");
    const retry = `${path}/deliveries/${dead!.id}/retry`;
    const retried = await world.api.post(world.manager, retry, undefined);
    expect(retried.statusCode, retried.body).toBe(202);
    expect((await world.api.post(world.manager, retry, undefined)).json()).toMatchObject({
      code: "delivery_not_dead",
    });
    endpoint.behave(answering(204));
    await deliver();
    const { runId: newRun } = retried.json<{ runId: string }>();
    expect(dataOf(2)).toMatchObject({ runId: newRun, eventId, question: "anybody?" });
    expect((await deliveries()).map(({ state }) => state)).toEqual(["delivered", "retried"]);
  });

  it("that do not work hold up other questions of the channel for a minute, and other channels not at all", async () => {
    const [channel, elsewhere] = [await world.addChannel(), await world.addChannel()];
    const first = await world.ask(channel, "first?");
    endpoint.behave(answering(500));
    await deliver();
    // Alone, it is tried for a day, with long pauses.
    for (const ms of [10_000, 40_000, 120_000, 400_000]) expect(await deliver(ms)).toBe(1);
    expect(await deliver(410_000)).toBe(0);
    const second = await world.ask(channel, "second?");
    const other = await world.ask(elsewhere, "and here?");
    endpoint.behave(answering(500), answering(204));
    // The first is tried once more at once and given up; what was behind it begins.
    expect(await deliver(420_000)).toBe(2);
    expect(await world.run(first.runId)).toMatchObject({ status: "failed", error: "webhook_failed" });
    expect(await world.run(other.runId)).toMatchObject({ status: "started" });
    expect(await deliver(420_000)).toBe(1);
    expect(await world.run(second.runId)).toMatchObject({ status: "started" });
    expect((await deliveries()).map(({ state }) => state).toSorted()).toEqual([
      "dead",
      "delivered",
      "delivered",
    ]);
  });

  it("are tried for a minute before others who wait are let by, and not given up while the homeserver is away", async () => {
    const channel = await world.addChannel();
    const first = await world.ask(channel, "first?");
    await world.ask(channel, "second?");
    world.words.set(first.eventId, declareError("away", "unavailable", () => "away")({}));
    await deliver();
    expect(await deliver(10_000)).toBe(1);
    await deliver(100_000);
    expect(await deliveries()).toMatchObject([
      { state: "queued", attempts: 0, lastError: "homeserver_away" },
    ]);
    // The pause is what it was, however many wait.
    expect(await deliver(101_000)).toBe(0);
    world.words.set(first.eventId, "first?");
    endpoint.behave(answering(204));
    expect(await deliver(110_000)).toBe(1);
    expect(await world.run(first.runId)).toMatchObject({ status: "started" });
    endpoint.behave(answering(500));
    const another = await world.addChannel();
    const third = await world.ask(another, "third?");
    await world.ask(another, "fourth?");
    await deliver();
    await deliver(10_000);
    expect(await world.run(third.runId)).toMatchObject({ status: "started" });
    await deliver(40_000);
    expect(await world.run(third.runId)).toMatchObject({ status: "failed" });
  });

  it("to an endpoint that is gone for ever end at once, and it gets nothing more until it is put anew", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "gone?");
    endpoint.behave(answering(410));
    await deliver();
    expect(await world.run(runId)).toMatchObject({ status: "failed" });
    const shown = await world.api.get(world.manager, path);
    expect(shown.json()).toMatchObject({ status: "disabled", disabledReason: "gone" });
    await world.ask(channel, "and now?");
    expect(await deliver()).toBe(0);
    endpoint.behave(answering(204));
    expect((await put({ url: endpoint.url })).json()).toMatchObject({ status: "active", secret: null });
    expect(await deliver()).toBe(1);
  });

  it("of a run that was cancelled or withdrawn are not sent", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "no, wait");
    await takeUpRuns(deps.database);
    await transact(deps.database, bridgeActor, (tx) =>
      cancelRun(tx, { runId, by: bridgeActor, reason: "no" }),
    );
    expect(await deliver()).toBe(0);
    const other = await world.ask(channel, "oops");
    await takeUpRuns(deps.database);
    world.words.set(other.eventId, undefined);
    await deliver();
    expect(await world.run(other.runId)).toMatchObject({ status: "cancelled" });
    expect(endpoint.received).toEqual([]);
    expect((await deliveries()).map(({ state }) => state)).toEqual(["dropped", "dropped"]);
  });

  it("of a suspended agent are not sent", async () => {
    const channel = await world.addChannel();
    await world.ask(channel, "awake?");
    await takeUpRuns(deps.database);
    const change = (status: "suspended" | "active") =>
      transact(deps.database, bridgeActor, (tx) => setAgentStatus(tx, world.sofia.externalId, status));
    await change("suspended");
    expect(await deliver()).toBe(0);
    await change("active");
    expect(await deliver()).toBe(1);
  });

  it("are signed with two secrets for a day after a change", async () => {
    const rotated = await world.api.post(world.manager, `${path}/secret`, undefined);
    const { secret: newer } = rotated.json<{ secret: string }>();
    expect(newer).not.toBe(secret);
    const channel = await world.addChannel();
    await world.ask(channel, "which?");
    await deliver();
    const { headers, body } = endpoint.received[0]!;
    for (const one of [secret, newer])
      expect(verifyWebhook(headers, body, one, { seen: new Map() }).type).toBeTruthy();
    await world.ask(await world.addChannel(), "and tomorrow?");
    await deliver(86_500_000);
    const last = endpoint.received.at(-1)!;
    const tomorrow = { seen: new Map<string, number>(), now: () => Date.now() + 86_500_000 };
    expect(() => verifyWebhook(last.headers, last.body, secret, tomorrow)).toThrow("No signature fits");
    expect(verifyWebhook(last.headers, last.body, newer, tomorrow).type).toBeTruthy();
  });

  it("two processes and one that dies in the middle send each run once it is held, no more at a time than allowed", async () => {
    await put({ url: endpoint.url, concurrency: 3 });
    const channels = await Promise.all(Array.from({ length: 12 }, () => world.addChannel()));
    const runs: string[] = [];
    for (const channel of channels) runs.push((await world.ask(channel, "all?")).runId);
    // It has claimed, and is never heard of again.
    await takeUpRuns(deps.database);
    expect(await claimDue(deps.database, 100)).toHaveLength(3);
    expect(await claimDue(deps.database, 100)).toHaveLength(0);
    let underWay = 0;
    let most = 0;
    endpoint.behave((response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(200).end('{"text":"yes"}');
      }, 20);
    });
    const after = { ...deps, database: later(60_000) };
    const loops = [after, after].map((one) =>
      deliverWebhooksRegularly({ ...one, sender: { ...deps.sender, close: () => Promise.resolve() } }),
    );
    const isDone = async () =>
      (await Promise.all(runs.map((id) => world.run(id)))).every(({ status }) => status === "completed");
    await vi.waitUntil(isDone, patience);
    for (const loop of loops) await loop.stop();
    expect(most).toBeLessThanOrEqual(3);
    for (const channel of channels) expect(await said(channel)).toHaveLength(1);
    expect(new Set(endpoint.received.map(({ headers }) => headers["webhook-id"])).size).toBe(12);
  });

  it("belong to those who manage the agent, at an address that may be called", async () => {
    const none = await world.api.get(world.key, path);
    expect([none.statusCode, none.json<{ code: string }>().code]).toEqual([403, "key_lacks_capability"]);
    const elsewhere = await world.api.key({
      subject: { kind: "integration", id: "x" },
      capabilities: ["agent.manage"],
      microdaoId: (await world.api.microdao("Other", "bob")).id,
    });
    expect((await world.api.get(elsewhere, path)).json()).toMatchObject({ code: "agent_not_found" });
    for (const url of [
      "ftp://example.org/",
      "https://user:word@example.org/",
      "https://example.org/#x",
      "nonsense",
    ])
      expect((await put({ url })).json()).toMatchObject({ code: "webhook_url_refused", pointer: "/url" });
    expect((await put({ url: endpoint.url, concurrency: 0 })).json()).toMatchObject({
      code: "request_invalid",
    });
    const gone = await world.api.request(world.manager, { method: "DELETE", url: path });
    expect(gone.statusCode).toBe(204);
    expect((await world.api.get(world.manager, path)).json()).toMatchObject({ code: "webhook_not_found" });
    const actions = await world.api.sql<{ action: string }>(
      `SELECT DISTINCT action FROM audit_log WHERE action LIKE 'agent_webhook.%' ORDER BY action`,
    );
    expect(actions.map(({ action }) => action)).toContain("agent_webhook.deleted");
  });
});
