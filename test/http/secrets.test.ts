import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echoModel } from "../../src/adapters/llm/echo.ts";
import { openAiCompatible } from "../../src/adapters/llm/openai-compatible.ts";
import { openWebhookSender } from "../../src/adapters/webhooks/webhook-sender.ts";
import { transact } from "../../src/db/index.ts";
import { claimRuns, performRun } from "../../src/domain/agents/index.ts";
import { claimDue, deliverOnce, takeUpRuns } from "../../src/domain/endpoints/index.ts";
import { capabilityTable, openSealer, seedGovernance } from "../../src/domain/governance/index.ts";
import { builtinRuntime, setModel } from "../../src/domain/runtime/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { openProgramsWorld, type ProgramsWorld } from "../endpoints/programs-world.ts";
import { startEndpoint, type WebhookEndpoint } from "../endpoints/webhook-endpoint.ts";
import { type FakeModel, startFakeModel } from "../support/fake-model.ts";
import { recordingLog } from "../support/recording-log.ts";
import { tablesWith } from "../support/tables-with.ts";

const log = recordingLog();
const sealer = openSealer(new Uint8Array(32).fill(9));
const modelKey = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
/** In everything that is said to somebody. */
const words = "the quince is ripe on thursday";
const said = `${words}, says alice to everybody who listens`;

let world: ProgramsWorld;
let model: FakeModel;
let endpoint: WebhookEndpoint;
/** Everything that nobody may read again, by what it is. */
const secrets: Record<string, string> = { "a model's key": modelKey };
/** All that the API answered to what it refused. */
const refusals: string[] = [];

beforeAll(async () => {
  world = await openProgramsWorld({
    log,
    webhooks: { allowPrivate: true },
    failureLimit: { perSecond: 1_000, burst: 1_000 },
  });
  await transact(world.api.database, bridgeActor, seedGovernance);
  // An endpoint that tells what it was sent, as badly made proxies do.
  model = await startFakeModel((response, { authorization, body }) => {
    response.writeHead(400, { "content-type": "application/json" });
    const message = `bad request with ${authorization ?? ""}: ${JSON.stringify(body.messages.at(-1))}`;
    response.end(JSON.stringify({ error: { message, code: "bad" } }));
  });
  endpoint = await startEndpoint();
  endpoint.behave((response, { headers, body }) => {
    response.writeHead(500).end(JSON.stringify({ error: headers, body }));
  });
  await useKeys();
  await useWebhook();
  await useModel();
});
afterAll(async () => {
  await world.close();
  await model.stop();
  await endpoint.close();
});

async function refused(reply: Promise<{ statusCode: number; body: string }>): Promise<void> {
  const { statusCode, body } = await reply;
  expect(statusCode, body).toBeGreaterThanOrEqual(400);
  refusals.push(body);
}

/** A key that is made, used, replaced, held in the wrong way, misspelt and revoked. */
async function useKeys(): Promise<void> {
  const { api, microdaoId } = world;
  const operator = await api.key({
    subject: { kind: "integration", id: "office" },
    capabilities: capabilityTable.map(([code]) => code),
  });
  secrets["an operator's key"] = operator.slice(30);
  const [dao] = await api.sql<{ id: string }>(`SELECT external_id AS id FROM microdaos WHERE id = $1::uuid`, [
    microdaoId,
  ]);
  const wish = {
    name: "desk",
    subject: { kind: "integration", id: "desk" },
    capabilities: ["chat.message.read"],
    microdao: dao!.id,
  };
  const made = await api.post(operator, "/v1/keys", wish);
  expect(made.statusCode, made.body).toBe(201);
  const first = made.json<{ id: string; token: string }>();
  const again = await api.post(operator, `/v1/keys/${first.id}/rotate`, {});
  const { token } = again.json<{ token: string }>();
  secrets["a key"] = first.token.slice(30);
  secrets["a key that was given another secret"] = token.slice(30);
  const channel = await world.addChannel();
  const message = await api.message(channel, (await api.user("alice")).id, { at: 1, text: said });
  expect((await api.get(token, `/v1/messages/${message.apiId}`)).statusCode).toBe(200);
  await refused(api.get(first.token, "/v1/channels"));
  await refused(api.get(`${token.slice(0, -4)}abcd`, "/v1/channels"));
  await refused(api.get(operator, `/v1/keys/${token}`));
  await refused(api.get(token, `/v1/keys/${token}`));
  await refused(api.get(token, `/v1/channels?token=${token}`));
  await refused(api.get(undefined, `/v1/stream?access_token=${token}`));
  await refused(api.post(token, `/v1/channels/${channel.apiId}/messages`, { text: said }));
  await refused(api.post(token, `/v1/channels/${channel.apiId}/messages`, { text: [said, token] }));
  const key = encodeURIComponent(words);
  await refused(api.request(token, { method: "PUT", url: `/v1/messages/${message.apiId}/reactions/${key}` }));
  await refused(
    api.request(token, {
      method: "POST",
      url: "/v1/keys",
      payload: `{"name": "${token}", "${said}`,
      headers: { "content-type": "application/json" },
    }),
  );
  await api.request(operator, { method: "DELETE", url: `/v1/keys/${first.id}` });
  await refused(api.get(token, "/v1/channels"));
}

/** A webhook that fails and tells everything that it was sent, until it is given up. */
async function useWebhook(): Promise<void> {
  const { api, sofia } = world;
  const path = `/v1/agents/${sofia.apiId}/webhook`;
  const payload = { url: `${endpoint.url}?password=plum-jam`, giveUpAfterMs: 60_000 };
  const made = await api.request(world.manager, { method: "PUT", url: path, payload });
  expect(made.statusCode, made.body).toBe(201);
  secrets["a webhook's secret"] = made.json<{ secret: string }>().secret.slice("whsec_".length);
  const rotated = await api.post(world.manager, `${path}/secret`, {});
  secrets["a webhook's new secret"] = rotated.json<{ secret: string }>().secret.slice("whsec_".length);
  await world.ask(await world.addChannel(), said);
  await takeUpRuns(api.database);
  const clock = { now: () => new Date(systemClock.now().getTime() + 120_000) };
  const sender = openWebhookSender({ allowPrivate: true });
  const deps = {
    ...{ database: { ...api.database, clock }, sender, sealer, log },
    readQuestion: () => Promise.resolve(said),
    wakeEgress: () => undefined,
  };
  for (const held of await claimDue(api.database, 10)) {
    await deliverOnce(deps, held, new AbortController().signal);
  }
  await sender.close();
  expect(endpoint.received).toHaveLength(1);
  refusals.push((await api.get(world.manager, `${path}/deliveries?state=dead`)).body);
  expect(refusals.at(-1)).toContain("http_500");
}

/** A model whose endpoint refuses and tells everything that it was sent. */
async function useModel(): Promise<void> {
  const { api, microdaoId } = world;
  const { database } = api;
  await transact(database, bridgeActor, (tx) =>
    setModel(tx, sealer, {
      ...{ microdaoId, name: "local", providerModel: "test-1", isDefault: true },
      ...{ baseUrl: model.baseUrl, apiKey: modelKey },
    }),
  );
  const { agent } = await world.addAgent("otto", "builtin");
  await api.sql(`UPDATE agents SET config = '{"model": "local"}' WHERE id = $1::uuid`, [agent.id]);
  const channel = await world.addChannel();
  await api.member(channel, { agent: agent.id });
  const { eventId } = await world.ask(channel, said, agent.id);
  const question = { eventId, sender: "@alice:test", text: said };
  const runtime = builtinRuntime({
    models: {
      openModel: (at) => openAiCompatible({ ...at, clock: systemClock }),
      ...{ offline: echoModel, endpoint: undefined, sealer },
    },
    readTalk: () => Promise.resolve({ question, before: [{ ...question, text: `${said} again` }] }),
    showTyping: () => () => undefined,
    fetchPage: ({ url }) => Promise.reject(new Error(url)),
    ...{ database, log, wakeEgress: () => undefined, contextTokens: 2_000 },
  });
  const wish = { runtime: "builtin", limit: 1, leaseMs: 20_000, worker: "test" } as const;
  const [run] = await transact(database, bridgeActor, (tx) => claimRuns(tx, wish));
  const deps = { database, runtime, wakeEgress: () => undefined, log };
  expect(await performRun(deps, run!, new AbortController().signal)).toBe("failed");
  expect(model.asked[0]?.authorization).toBe(`Bearer ${modelKey}`);
}

const logged = () => inspect(log.lines, { depth: 12, maxStringLength: null, maxArrayLength: null });

describe("what nobody may read again", () => {
  it("is in no line of the log, in no refusal and in no table", async () => {
    expect(Object.keys(secrets)).toHaveLength(6);
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret.length, what).toBeGreaterThan(20);
      expect(logged(), what).not.toContain(secret);
      expect(refusals.join("\n"), what).not.toContain(secret);
      expect(await tablesWith(world.api.database, secret), what).toEqual([]);
    }
  });

  it("and what was said is in no line of the log, in no row of the audit log and in no refusal", async () => {
    expect(log.lines.length).toBeGreaterThan(10);
    expect(logged()).not.toContain(words);
    expect(refusals.join("\n")).not.toContain(words);
    expect(await tablesWith(world.api.database, words)).toEqual(["public.messages.content_preview"]);
    expect(await tablesWith(world.api.database, encodeURIComponent(words))).toEqual([]);
  });

  it("nor what a webhook's address has behind its host", async () => {
    expect(logged()).not.toContain("plum-jam");
    expect(await tablesWith(world.api.database, "plum-jam")).toEqual(["public.agent_webhooks.url"]);
  });
});
