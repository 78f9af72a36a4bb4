import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRegistry, type Registry, type Shown } from "./registry-world.ts";

let world: Registry["world"];
let dao: Registry["dao"];
let keys: Registry["keys"];
let newAgent: Registry["newAgent"];
let request: Registry["request"];
let decide: Registry["decide"];
let historyOf: Registry["historyOf"];

beforeAll(async () => {
  ({ world, dao, keys, newAgent, request, decide, historyOf } = await openRegistry());
});

afterAll(() => world.close());

describe("creating and editing", () => {
  it("the same Idempotency-Key makes one agent, and another request with it is refused", async () => {
    const body = newAgent();
    const post = (payload: object) =>
      world.post(keys.bob, "/v1/agents", payload, { "idempotency-key": "once" });
    const [first, second] = await Promise.all([post(body), post(body)]);
    const third = await post(body);
    expect([201, 409]).toContain(first.statusCode);
    expect([201, 409]).toContain(second.statusCode);
    expect(third.statusCode).toBe(201);
    expect(third.headers["idempotency-replayed"]).toBe("true");
    expect((await post({ ...body, name: "Other" })).json()).toMatchObject({
      status: 422,
      code: "idempotency_key_reused",
    });
    const told = await world.sql(
      "SELECT 1 FROM agent_requests r JOIN agents a ON a.id = r.agent_id WHERE a.external_id = $1",
      [`agent:${body.code}`],
    );
    expect(told).toHaveLength(1);
    await decide(keys.alice, third.json<Shown>(), "refuse");
  });

  it("codes are taken for ever, and hostile ones refused", async () => {
    const body = newAgent({ status: "active" });
    const agent = (await world.post(keys.alice, "/v1/agents", body)).json<Shown>();
    await decide(keys.alice, agent, "revoke");
    expect((await world.post(keys.alice, "/v1/agents", body)).json()).toMatchObject({
      status: 409,
      code: "agent_exists",
    });
    expect((await world.post(keys.alice, "/v1/agents", newAgent({ code: "bridge" }))).statusCode).toBe(409);
    for (const code of [
      "",
      "A",
      "é",
      "a b",
      "a:b",
      "-a",
      "a-",
      "../x",
      "a\u0000",
      "a".repeat(65),
      "@a",
      "a=61",
      7,
      null,
    ]) {
      const refused = await world.post(keys.alice, "/v1/agents", newAgent({ code }));
      expect(refused.statusCode, String(code)).toBe(422);
    }
    for (const avatarUrl of [
      "https://x.test/a.png",
      "mxc://",
      "mxc://test/a b",
      "mxc://test/../x",
      "javascript:1",
    ]) {
      const refused = await world.post(keys.alice, "/v1/agents", newAgent({ avatarUrl }));
      expect(refused.json(), avatarUrl).toMatchObject({ status: 422, pointer: "/avatarUrl" });
    }
    for (const name of ["", " ", "a\nb", "\u202Eevil", "x".repeat(101)]) {
      expect((await world.post(keys.alice, "/v1/agents", newAgent({ name }))).statusCode, name).toBe(422);
    }
    for (const config of [
      { temperature: 9 },
      { apiKey: "x" },
      { tools: ["A"] },
      { runtime: "shell" },
      [],
      "x",
    ]) {
      expect((await world.post(keys.alice, "/v1/agents", newAgent({ config }))).statusCode).toBe(422);
    }
    expect(
      (await world.post(keys.alice, "/v1/agents", newAgent({ blueprint: "none" }))).json(),
    ).toMatchObject({
      status: 422,
      code: "blueprint_not_found",
    });
  });

  it("an edit changes what it names, null takes settings away, and the history says which fields", async () => {
    const config = { temperature: 1, tools: ["recall"] };
    const made = await world.post(keys.alice, "/v1/agents", newAgent({ status: "active", config }));
    const agent = made.json<Shown>();
    const edit = (payload: object) =>
      world.request(keys.gwen, { method: "PATCH", url: `/v1/agents/${agent.id}`, payload });
    const changed = await edit({
      name: "Sofia",
      avatarUrl: "mxc://test/abc",
      config: { temperature: null, maxTokens: 9 },
    });
    expect(changed.json()).toMatchObject({
      name: "Sofia",
      avatarUrl: "mxc://test/abc",
      ownConfig: { tools: ["recall"], maxTokens: 9 },
    });
    expect(changed.json<{ ownConfig: object }>().ownConfig).not.toHaveProperty("temperature");
    expect((await edit({ avatarUrl: null })).json()).toMatchObject({ avatarUrl: null });
    expect((await edit({ name: "Sofia" })).statusCode).toBe(200);
    expect((await historyOf(agent)).map(({ action }) => action)).toEqual(["registered", "edited", "edited"]);
    expect((await edit({ status: "revoked" })).statusCode).toBe(422);
  });

  it("pages have every agent once, however they are cut", async () => {
    const ids: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await world.get(keys.alice, `/v1/agents?limit=3${cursor}`);
      const { items, nextCursor } = page.json<{ items: Shown[]; nextCursor: string | null }>();
      ids.push(...items.map(({ id }) => id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(new Set(ids).size).toBe(ids.length);
    const all = await world.sql("SELECT 1 FROM agents WHERE microdao_id = $1::uuid", [dao.id]);
    expect(ids).toHaveLength(all.length);
    const requested = await world.get(keys.alice, "/v1/agents?status=revoked&limit=200");
    expect(requested.json<{ items: Shown[] }>().items.every(({ status }) => status === "revoked")).toBe(true);
  });
});

describe("blueprints", () => {
  it("are a microDAO's, made by whoever manages its agents, or everybody's, made by operators", async () => {
    const body = { code: "helper", model: "gpt-4.1", systemPrompt: "Help.", config: { temperature: 0.5 } };
    const post = (key: string, change: object = {}) =>
      world.post(key, "/v1/blueprints", { ...body, ...change });
    expect((await post(keys.alice)).json()).toMatchObject({ status: 403, code: "operator_key_required" });
    expect((await post(keys.bob, { microdao: dao.externalId })).statusCode).toBe(403);
    expect((await post(keys.mallory, { microdao: dao.externalId })).statusCode).toBe(404);
    const made = await post(keys.alice, { microdao: dao.externalId });
    expect(made.statusCode, made.body).toBe(201);
    expect(made.json()).toMatchObject({ ...body, microdaoId: expect.stringMatching(/^md_/) as string });
    expect((await post(keys.alice, { microdao: dao.externalId })).json()).toMatchObject({
      status: 409,
      code: "blueprint_exists",
    });
    expect((await world.get(keys.mallory, "/v1/blueprints/helper")).statusCode).toBe(404);
    expect((await world.get(keys.mallory, "/v1/blueprints?limit=200")).body).not.toContain("helper");
    expect((await world.get(keys.bob, "/v1/blueprints/helper")).json()).toMatchObject({ systemPrompt: null });
    expect((await post(keys.operator, { code: "common" })).statusCode).toBe(201);
    expect((await world.get(keys.mallory, "/v1/blueprints?limit=200")).body).toContain("common");
    const agent = await request(keys.alice, { blueprint: "helper" });
    expect(agent.config).toEqual({ model: "gpt-4.1", systemPrompt: "Help.", temperature: 0.5 });
    const edit = {
      method: "PATCH",
      url: "/v1/blueprints/helper",
      payload: { model: "gpt-5", systemPrompt: null },
    } as const;
    expect((await world.request(keys.bob, edit)).statusCode).toBe(403);
    expect((await world.request(keys.alice, edit)).json()).toMatchObject({
      model: "gpt-5",
      systemPrompt: null,
    });
    const followed = await world.get(keys.alice, `/v1/agents/${agent.id}`);
    expect(followed.json<Shown>().config).toEqual({ model: "gpt-5", temperature: 0.5 });
    await decide(keys.alice, agent, "refuse");
  });
});
