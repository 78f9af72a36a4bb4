import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld } from "./api-world.ts";

const secret = "sk-shown-to-nobody-1234";

let world: ApiWorld;
let url: string;
/** An integration's key that is bound to no microDAO. */
let operator: string;
/** Of somebody who manages the agents of one microDAO. */
let manager: string;

beforeAll(async () => {
  world = await ApiWorld.open({ rateLimit: { perSecond: 1_000, burst: 10_000 } });
  const owner = await world.user("alice");
  const { id: microdaoId, externalId } = await world.microdao("One", "alice");
  url = `/v1/microdaos/${externalId}/models`;
  const capabilities = ["agent.manage"];
  operator = await world.key({ subject: { kind: "integration", id: "operator" }, capabilities });
  manager = await world.key({ subject: { kind: "user", id: owner.externalId }, capabilities, microdaoId });
});

afterAll(() => world.close());

const put = (key: string, name: string, body: object) =>
  world.request(key, { method: "PUT", url: `${url}/${name}`, payload: body });
const remove = (key: string, name: string) => world.request(key, { method: "DELETE", url: `${url}/${name}` });
const endpoint = { baseUrl: "https://api.example.org/v1/" };

describe("the language models of a microDAO", () => {
  it("are set and listed, and a provider's key is never shown", async () => {
    const made = await put(operator, "big", {
      ...endpoint,
      providerModel: "big-1",
      apiKey: secret,
      isDefault: true,
      prices: { output: 2 },
    });
    expect(made.statusCode, made.body).toBe(200);
    const model = {
      name: "big",
      baseUrl: "https://api.example.org/v1",
      providerModel: "big-1",
      hasKey: true,
      prices: { input: 0, output: 2 },
      isDefault: true,
    };
    expect(made.json()).toEqual(model);
    const listed = await world.get(manager, url);
    expect(listed.json()).toEqual({ items: [model] });
    const kept = await world.sql("SELECT to_jsonb(m)::text AS row FROM language_models m");
    const told = await world.sql(
      "SELECT data::text AS row FROM audit_log WHERE action = 'language_model.set'",
    );
    expect(told).toHaveLength(1);
    expect(made.body + listed.body + JSON.stringify([kept, told])).not.toContain(secret);
  });

  it("keep their key as long as it goes to the same endpoint", async () => {
    const hasKey = async (wish: object) =>
      (await put(operator, "kept", wish)).json<{ hasKey: boolean }>().hasKey;
    expect(await hasKey({ ...endpoint, apiKey: secret })).toBe(true);
    expect(await hasKey({ ...endpoint, isDefault: true })).toBe(true);
    // Whoever could turn a key towards an address of their own would read it there.
    expect(await hasKey({ baseUrl: "https://elsewhere.example.org/v1" })).toBe(false);
    expect(await hasKey(endpoint)).toBe(false);
    expect(await hasKey({ ...endpoint, apiKey: secret })).toBe(true);
    expect(await hasKey({ ...endpoint, apiKey: null })).toBe(false);
  });

  it("are changed by operators alone, because the bridge calls whatever address they have", async () => {
    for (const refused of [await put(manager, "mine", endpoint), await remove(manager, "big")])
      expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([
        403,
        "operator_key_required",
      ]);
    const blind = await world.key({
      subject: { kind: "integration", id: "blind" },
      capabilities: ["agent.read"],
    });
    expect((await world.get(blind, url)).json()).toMatchObject({ status: 403, clause: "capability" });
  });

  it("are refused with what is wrong, and taken away once", async () => {
    for (const [name, wish] of [
      ["echo", endpoint],
      ["x", { baseUrl: "file:///etc/passwd" }],
      ["x", { baseUrl: "https://user:pass@example.org" }],
      ["x", { ...endpoint, apiKey: "two words" }],
    ] as const)
      expect((await put(operator, name, wish)).json()).toMatchObject({ status: 422, code: "model_invalid" });
    expect((await put(operator, "x", { ...endpoint, key: secret })).json()).toMatchObject({
      code: "request_invalid",
    });
    expect((await remove(operator, "big")).statusCode).toBe(204);
    expect((await remove(operator, "big")).json()).toMatchObject({ status: 404, code: "model_not_found" });
    const elsewhere = await world.request(operator, {
      method: "PUT",
      url: "/v1/microdaos/microdao:999/models/x",
      payload: endpoint,
    });
    expect(elsewhere.statusCode).toBe(404);
  });
});
