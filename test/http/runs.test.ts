import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import {
  cancelByReaction,
  claimRuns,
  defaultPolicy,
  fireSchedules,
  queueRuns,
} from "../../src/domain/agents/index.ts";
import type { Agent } from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Run {
  id: string;
  status: string;
}

let world: ApiWorld;
let sofia: Agent;
let channel: ChannelRow;
let owner: string;
let stranger: string;
let settings: string;
const capabilities = ["agent.read", "agent.run.invoke", "channel.read", "channel.manage"];

beforeAll(async () => {
  world = await ApiWorld.open();
  const { id: microdaoId } = await world.microdao("One", "alice");
  const other = await world.microdao("Two", "mallory");
  sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  await world.sql("UPDATE channel_members SET membership = 'join'");
  owner = await world.key({ subject: { kind: "integration", id: "ops" }, microdaoId, capabilities });
  stranger = await world.key({
    subject: { kind: "integration", id: "x" },
    microdaoId: other.id,
    capabilities,
  });
  settings = `/v1/channels/${channel.apiId}/agents/${encodeId("ag", sofia.id)}`;
});
afterAll(() => world.close());

const invoke = (key: string, token = owner, body: object = {}) =>
  world.request(token, {
    method: "POST",
    url: "/v1/agents/agent:sofia/runs",
    headers: { "idempotency-key": key },
    payload: { channel: channel.apiId, prompt: "what is due?", ...body },
  });
const claim = () =>
  transact(world.database, bridgeActor, (tx) =>
    claimRuns(tx, { runtime: "builtin", limit: 9, leaseMs: 20_000, worker: "test" }),
  );
const cancelAll = () =>
  world.sql("UPDATE agent_runs SET status = 'cancelled' WHERE status IN ('queued', 'started')");

describe("runs by the API", () => {
  it("the same key asks once, and the run can be read, listed and stopped", async () => {
    const first = await invoke("one");
    expect(first.statusCode, first.body).toBe(202);
    const run = first.json<Run>();
    const again = await invoke("one");
    expect(again.json<Run>().id).toBe(run.id);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(await claim()).toMatchObject([
      { runId: run.id, prompt: "what is due?", trigger: { kind: "api" } },
    ]);
    expect((await world.get(owner, `/v1/runs/${run.id}`)).json()).toMatchObject({
      status: "started",
      attempts: 1,
    });
    const sessions = await world.get(owner, "/v1/agents/agent:sofia/sessions");
    expect(sessions.json()).toMatchObject({ items: [{ status: "active", runs: 1 }] });
    const stopped = await world.post(owner, `/v1/runs/${run.id}/cancel`, {});
    expect(stopped.json()).toMatchObject({ status: "cancelled", cancelledBy: "ops" });
    expect((await world.post(owner, `/v1/runs/${run.id}/cancel`, {})).statusCode).toBe(409);
    for (const key of ["two", "three"]) await invoke(key);
    const page = (await world.get(owner, "/v1/runs?limit=2")).json<{ items: Run[]; nextCursor: string }>();
    const rest = (await world.get(owner, `/v1/runs?limit=2&cursor=${page.nextCursor}`)).json<{
      items: Run[];
    }>();
    expect(page.items).toHaveLength(2);
    expect(rest.items.map(({ id }) => id)).toEqual([run.id]);
    const queued = (await world.get(owner, "/v1/runs?status=queued")).json<{ items: Run[] }>();
    expect(queued.items).toHaveLength(2);
    await cancelAll();
  });

  it("who may not see the channel sees no run and asks nobody", async () => {
    const { id } = (await invoke("hidden")).json<Run>();
    expect((await invoke("theirs", stranger)).statusCode).toBe(404);
    expect((await world.get(stranger, `/v1/runs/${id}`)).statusCode).toBe(404);
    expect((await world.get(stranger, "/v1/runs")).json()).toMatchObject({ items: [] });
    expect((await world.post(stranger, `/v1/runs/${id}/cancel`, {})).statusCode).toBe(404);
    expect((await invoke("odd", owner, { prompt: "" })).statusCode).toBe(422);
    await cancelAll();
  });

  it("the asker's cross on the question stops the run, and nobody else's does", async () => {
    const trigger = { kind: "mention", key: "$q", eventId: "$q", asker: "@alice:test" } as const;
    const react = (sender: string, targetEventId: string) =>
      transact(world.database, bridgeActor, (tx) =>
        cancelByReaction(tx, {
          roomId: channel.roomId,
          channelId: channel.id,
          reactionEventId: "$r",
          targetEventId,
          key: "❌",
          sender,
        }),
      );
    await transact(world.database, bridgeActor, (tx) =>
      queueRuns(tx, [{ agentId: sofia.id, channelId: channel.id, trigger, threadRoot: null }]),
    );
    expect(await react("@bob:test", "$q")).toBe(0);
    expect(await react("@alice:test", "$other")).toBe(0);
    expect(await react("@alice:test", "$q")).toBe(1);
    expect(await react("@alice:test", "$q")).toBe(0);
  });
});

describe("what an agent reacts to in a channel", () => {
  it("is set, read and taken back, folded and plain, with rights only", async () => {
    const put = (token: string, payload: object) =>
      world.request(token, { method: "PUT", url: settings, payload });
    const listened = async () =>
      (
        await world.sql<{ on: boolean }>("SELECT listened_to AS on FROM channels WHERE id = $1::uuid", [
          channel.id,
        ])
      )[0]?.on;
    expect((await world.get(owner, settings)).json()).toMatchObject({ onMention: true, keywords: [] });
    const set = await put(owner, {
      keywords: ["Build  FAILED", "build failed"],
      reactionKeys: ["👍🏽"],
      who: "members",
    });
    expect(set.json()).toMatchObject({
      keywords: ["build failed"],
      reactionKeys: ["👍"],
      who: "members",
      onName: false,
    });
    expect(await listened()).toBe(true);
    expect((await put(stranger, {})).statusCode).toBe(404);
    expect((await put(owner, { keywords: Array.from({ length: 21 }, String) })).statusCode).toBe(422);
    expect((await world.request(owner, { method: "DELETE", url: settings })).statusCode).toBe(204);
    expect((await world.get(owner, settings)).json()).toMatchObject({ keywords: [], who: "everybody" });
    expect(await listened()).toBe(false);
  });
});

describe("schedules", () => {
  const fire = (now: Date) =>
    transact({ ...world.database, clock: { now: () => now } }, bridgeActor, (tx) =>
      fireSchedules(tx, defaultPolicy),
    );
  const asked = () =>
    world.sql<{ key: string }>(
      "SELECT trigger_key AS key FROM agent_runs WHERE trigger_kind = 'schedule' ORDER BY seq",
    );

  it("fire each due time once over two processes, what was missed once in all, in their time zone", async () => {
    const url = `${settings}/schedules`;
    const made = await world.post(owner, url, {
      cron: "0 9 * * *",
      timeZone: "Europe/Kyiv",
      prompt: "what is due?",
    });
    expect(made.statusCode, made.body).toBe(201);
    const { id, nextDueAt } = made.json<{ id: string; nextDueAt: string }>();
    expect([6, 7]).toContain(new Date(nextDueAt).getUTCHours());
    const due = new Date(nextDueAt);
    expect(await fire(new Date(due.getTime() - 1))).toBe(0);
    const fired = await Promise.all(Array.from({ length: 6 }, () => fire(due)));
    expect(fired.reduce((sum, n) => sum + n)).toBe(1);
    expect(await asked()).toEqual([{ key: `schedule:${id}:${due.toISOString()}` }]);
    const muchLater = new Date(due.getTime() + 30 * 86_400_000);
    expect([await fire(muchLater), await fire(muchLater)]).toEqual([1, 0]);
    expect(await asked()).toHaveLength(2);
    const listed = (await world.get(owner, url)).json<{ items: { id: string; nextDueAt: string }[] }>();
    expect(new Date(listed.items[0]?.nextDueAt ?? 0).getTime()).toBeGreaterThan(muchLater.getTime());
    expect((await world.request(owner, { method: "DELETE", url: `${url}/${id}` })).statusCode).toBe(204);
    expect((await world.request(owner, { method: "DELETE", url: `${url}/${id}` })).statusCode).toBe(404);
  });

  it("are refused when they never come, come too often or are nonsense", async () => {
    for (const wrong of [
      { cron: "not a cron expression" },
      { cron: "*/10 * * * * *" },
      { cron: "0 0 30 2 *" },
      { cron: "0 9 * * *", timeZone: "Mars/Base" },
    ]) {
      const refused = await world.post(owner, `${settings}/schedules`, { prompt: "x", ...wrong });
      expect([wrong, refused.statusCode]).toEqual([wrong, 422]);
    }
  });
});
