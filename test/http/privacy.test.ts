import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { defaultPolicy, fireSchedules } from "../../src/domain/agents/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { dropLettersOf } from "../../src/matrix/ingest/index.ts";
import { tablesWith } from "../support/tables-with.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

let world: ApiWorld;
let channel: ChannelRow;
let microdaoId: string;

beforeAll(async () => {
  world = await ApiWorld.open({
    rateLimit: { perSecond: 1_000, burst: 100_000 },
    dropLetters: (matrixId, how) => dropLettersOf(world.database, matrixId, how),
  });
  await world.user("alice");
  microdaoId = (await world.microdao("One", "alice")).id;
  channel = await world.channel(microdaoId, "private");
});
afterAll(() => world.close());

const integration = (capabilities: readonly string[], bound = true) =>
  world.key({
    subject: { kind: "integration", id: "desk" },
    capabilities,
    ...(bound && { microdaoId }),
  });

async function send(token: string, method: "GET" | "PUT" | "POST", url: string, payload?: object) {
  const response = await world.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(payload !== undefined && { payload }),
  });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

describe("PUT /v1/channels/{id}/retention", () => {
  it("sets and shows it, for keys that may manage channels", async () => {
    const url = `/v1/channels/${channel.apiId}/retention`;
    const manager = await integration(["channel.read", "channel.manage"]);
    expect(await send(manager, "GET", url)).toEqual({
      status: 200,
      body: { days: null, roomDays: null, keptFrom: null },
    });
    expect(await send(manager, "PUT", url, { days: 30 })).toMatchObject({ status: 200, body: { days: 30 } });
    expect(await send(manager, "GET", url)).toMatchObject({ body: { days: 30 } });
    expect(await send(manager, "PUT", url, { days: null })).toMatchObject({
      status: 200,
      body: { days: null },
    });
    const reader = await integration(["channel.read"]);
    expect(await send(reader, "PUT", url, { days: 1 })).toMatchObject({
      status: 403,
      body: { code: "key_lacks_capability" },
    });
    for (const days of [0, -1, 1.5, 36_501, "30"]) {
      expect(await send(manager, "PUT", url, { days })).toMatchObject({ status: 422 });
    }
    const unknown = `/v1/channels/c_${"0".repeat(26)}/retention`;
    expect(await send(manager, "PUT", unknown, { days: 3 })).toMatchObject({ status: 404 });
  });
});

describe("POST /v1/erasures", () => {
  it("is for operators' keys: of an integration that is bound to no microDAO", async () => {
    const wanted = { matrixId: "@eve:example.org" };
    const bound = await integration(["person.erase"]);
    expect(await send(bound, "POST", "/v1/erasures", wanted)).toMatchObject({
      status: 403,
      body: { code: "operator_key_required" },
    });
    const without = await integration(["channel.read"], false);
    expect(await send(without, "POST", "/v1/erasures", wanted)).toMatchObject({
      status: 403,
      body: { code: "key_lacks_capability" },
    });
    const operator = await integration(["person.erase"], false);
    await world.sql(
      `INSERT INTO matrix.inbox (id, fingerprint, event_id, room_id, raw, source, error_code, error, received_at)
       VALUES ('dl_01', '\\x01', '$broken', '!a:test', convert_to($1, 'UTF8'), 'push', 'broken', '', now())`,
      [JSON.stringify({ event_id: "$broken", sender: "@eve:example.org", content: { body: "words" } })],
    );
    expect(await send(operator, "POST", "/v1/erasures", { ...wanted, dryRun: true })).toMatchObject({
      status: 200,
      body: { userId: null, erasedAt: null, deadLetters: 1 },
    });
    expect(await send(operator, "POST", "/v1/erasures", wanted)).toMatchObject({
      status: 200,
      body: {
        userId: expect.stringMatching(/^u_/) as unknown,
        left: { messages: 0, profiles: 0 },
        deadLetters: 1,
      },
    });
    expect(await world.sql("SELECT 1 FROM matrix.inbox WHERE status = 'dead'")).toEqual([]);
    expect(await send(operator, "POST", "/v1/erasures", { matrixId: "eve" })).toMatchObject({ status: 422 });
  });

  it("reaches what the person asked agents by the API and has them asked at times, and nobody else's", async () => {
    const agent = await world.agent("sofia", microdaoId);
    await world.member(channel, { agent: agent.id });
    const alice = await world.user("alice");
    await world.member(channel, { user: alice.id });
    const capabilities = ["agent.run.invoke", "channel.manage", "channel.read"];
    const hers = await world.key({
      subject: { kind: "user", id: alice.externalId },
      microdaoId,
      capabilities,
    });
    const desk = await integration(capabilities);
    const schedules = `/v1/channels/${channel.apiId}/agents/agent:sofia/schedules`;
    for (const [token, words] of [
      [hers, "wombat one"],
      [desk, "numbat two"],
    ] as const) {
      const asked = { channel: channel.apiId, prompt: words };
      expect(await send(token, "POST", "/v1/agents/agent:sofia/runs", asked)).toMatchObject({ status: 202 });
    }
    const schedule = { cron: "0 9 * * *", prompt: "wombat three" };
    expect(await send(hers, "POST", schedules, schedule)).toMatchObject({ status: 201 });
    await world.sql("UPDATE agent_schedules SET next_due_at = now() - interval '1 second'");
    await transact(world.database, bridgeActor, (tx) => fireSchedules(tx, defaultPolicy));
    expect(await tablesWith(world.database, "wombat")).toEqual([
      "public.agent_runs.input",
      "public.agent_schedules.prompt",
    ]);
    const operator = await integration(["person.erase"], false);
    const { body } = await send(operator, "POST", "/v1/erasures", { matrixId: "@alice:test" });
    expect(body).toMatchObject({ found: { runs: 2, schedules: 1 }, left: { runs: 0, schedules: 0 } });
    expect(await tablesWith(world.database, "wombat")).toEqual([]);
    expect(await tablesWith(world.database, "numbat")).toEqual(["public.agent_runs.input"]);
  });
});
