import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capabilityTable } from "../../src/domain/governance/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Key {
  id: string;
  token: string | null;
  status: string;
  capabilities: string[];
  lastUsedAt: string | null;
}

let world: ApiWorld;
let microdaoId: string;
let otherId: string;
let channel: ChannelRow;
let owner: string;
let operator: string;
let alice: string;

const everything = capabilityTable.map(([code]) => code);

beforeAll(async () => {
  world = await ApiWorld.open();
  ({ id: microdaoId } = await world.microdao("One", "alice"));
  ({ id: otherId } = await world.microdao("Two", "bob"));
  await world.agent("sofia", microdaoId);
  await world.agent("otto", otherId);
  alice = (await world.user("alice")).externalId;
  channel = await world.channel(microdaoId, "public");
  owner = await world.key({ subject: { kind: "user", id: alice }, capabilities: everything });
  operator = await world.key({ subject: { kind: "integration", id: "ops" }, capabilities: everything });
});

afterAll(() => world.close());

const md = (id: string) => encodeId("md", id);
const sofiaKey = (change: object = {}) => ({
  name: "sofia's",
  subject: { kind: "agent", id: "agent:sofia" },
  capabilities: ["chat.message.read", "chat.message.send"],
  microdao: md(microdaoId),
  ...change,
});

async function make(token: string, change: object = {}, headers: Record<string, string> = {}): Promise<Key> {
  const response = await world.post(token, "/v1/keys", sofiaKey(change), headers);
  expect(response.statusCode, response.body).toBe(201);
  return response.json<Key>();
}

async function refusal(token: string, change: object): Promise<unknown> {
  const response = await world.post(token, "/v1/keys", sofiaKey(change));
  const { status, code, clause } = response.json<{ status: number; code: string; clause?: string }>();
  return clause === undefined ? { status, code } : { status, code, clause };
}

describe("access keys by API", () => {
  it("a key is made, its secret is shown once and opens what it may", async () => {
    const made = await make(owner);
    expect(made.token).toMatch(new RegExp(`^${made.id}_`));
    const posted = await world.post(made.token ?? "", `/v1/channels/${channel.apiId}/messages`, {
      text: "hi",
    });
    expect(posted.statusCode).toBe(202);
    const shown = await world.get(owner, `/v1/keys/${made.id}`);
    expect(shown.json()).toMatchObject({ id: made.id, status: "active", subject: { id: "agent:sofia" } });
    expect(shown.json<Key>().lastUsedAt).not.toBeNull();
    const secret = made.token?.slice(made.id.length + 1) ?? "none";
    for (const body of [shown.body, (await world.get(owner, "/v1/keys?limit=200")).body]) {
      expect(body).not.toContain(secret);
    }
    for (const { name } of await world.sql<{ name: string }>(
      `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
        WHERE table_schema IN ('public', 'matrix') AND table_type = 'BASE TABLE'`,
    )) {
      const [row] = await world.sql<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`,
        [secret],
      );
      expect(row?.n, name).toBe(0);
    }
  });

  it("a repeated request gives the same key without its secret, and another request is refused", async () => {
    const headers = { "idempotency-key": "once" };
    const made = await make(owner, {}, headers);
    const again = await world.post(owner, "/v1/keys", sofiaKey(), headers);
    expect(again.statusCode).toBe(200);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.json()).toMatchObject({ id: made.id, token: null });
    const other = await world.post(owner, "/v1/keys", sofiaKey({ name: "other" }), headers);
    expect(other.json()).toMatchObject({ code: "idempotency_key_reused" });
  });

  it("ten at once with one idempotency key make one key", async () => {
    const headers = { "idempotency-key": "ten" };
    const all = await Promise.all(
      Array.from({ length: 10 }, () => world.post(owner, "/v1/keys", sofiaKey({ name: "ten" }), headers)),
    );
    expect(all.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    const [row] = await world.sql<{ n: number }>(
      "SELECT count(*)::int AS n FROM access_keys WHERE name = 'ten'",
    );
    expect(row?.n).toBe(1);
  });

  it("nobody gives what they do not hold", async () => {
    const few = await make(owner, {
      subject: { kind: "user", id: alice },
      capabilities: ["key.manage", "channel.read"],
    });
    const token = few.token ?? "";
    expect(await refusal(token, {})).toEqual({
      status: 403,
      code: "capability_not_held",
      clause: "capability",
    });
    expect(await refusal(token, { capabilities: [], bundles: ["bundle.role.Owner"] })).toMatchObject({
      code: "capability_not_held",
    });
    expect(await refusal(token, { capabilities: ["channel.read"], microdao: md(otherId) })).toEqual({
      status: 404,
      code: "microdao_not_found",
    });
    expect(await refusal(token, { capabilities: ["channel.read"], microdao: undefined })).toMatchObject({
      code: "grant_refused",
    });
    // The key holds it, the plan of the microDAO does not.
    expect(await refusal(owner, { capabilities: ["embassy.rwa.claim"] })).toMatchObject({
      code: "capability_not_held",
    });
  });

  it("nobody makes a key for another person, for a foreign agent, in the bridge's name, or one that outlives theirs", async () => {
    const bob = (await world.user("bob")).externalId;
    expect(await refusal(owner, { subject: { kind: "user", id: bob } })).toMatchObject({
      code: "grant_refused",
    });
    expect(await refusal(owner, { subject: { kind: "agent", id: "agent:otto" } })).toMatchObject({
      code: "access_key_refused",
    });
    expect(await refusal(operator, { subject: { kind: "integration", id: "cli" } })).toMatchObject({
      code: "access_key_refused",
    });
    const brief = await make(owner, {
      subject: { kind: "user", id: alice },
      capabilities: ["key.manage", "channel.read"],
      expiresAt: "2099-01-01T00:00:00Z",
    });
    const mine = { capabilities: ["channel.read"] };
    expect(await refusal(brief.token ?? "", mine)).toMatchObject({ code: "grant_refused" });
    expect(await refusal(brief.token ?? "", { ...mine, expiresAt: "2099-01-02T00:00:00Z" })).toMatchObject({
      code: "grant_refused",
    });
    await make(brief.token ?? "", { ...mine, expiresAt: "2098-12-31T00:00:00Z" });
  });

  it("a key that is bound to a team makes keys of that team, and sees no others", async () => {
    await world.sql(
      `INSERT INTO teams (id, microdao_id, name, slug, mode) VALUES ('t_00000000000000000000000001', $1::uuid, 'A', 'a', 'public'),
              ('t_00000000000000000000000002', $1::uuid, 'B', 'b', 'public')`,
      [microdaoId],
    );
    const inTeam = {
      subject: { kind: "integration", id: "tool" },
      capabilities: ["key.manage", "channel.read"],
    };
    const team = await make(owner, { ...inTeam, team: "t_00000000000000000000000001" });
    const token = team.token ?? "";
    expect(await refusal(token, { ...inTeam, capabilities: ["channel.read"] })).toMatchObject({
      code: "grant_refused",
    });
    await make(token, { ...inTeam, capabilities: ["channel.read"], team: "t_00000000000000000000000001" });
    const list = await world.get(token, "/v1/keys?limit=200");
    expect(list.json<{ items: Key[] }>().items).toHaveLength(2);
    const whole = await make(owner);
    expect((await world.get(token, `/v1/keys/${whole.id}`)).statusCode).toBe(404);
  });

  it("revoking ends a key at once and for ever, and a key may end itself", async () => {
    const made = await make(owner);
    expect(
      (await world.request(made.token ?? "", { method: "DELETE", url: `/v1/keys/${made.id}` })).json(),
    ).toMatchObject({ status: "revoked" });
    expect((await world.get(made.token ?? "", "/v1/channels")).json()).toMatchObject({
      code: "access_key_revoked",
    });
    expect((await world.post(owner, `/v1/keys/${made.id}/rotate`, {})).statusCode).toBe(422);
  });

  it("rotating gives another secret, the old one ends, and it takes what making the key takes", async () => {
    const made = await make(owner);
    const rotated = (await world.post(owner, `/v1/keys/${made.id}/rotate`, {})).json<Key>();
    expect(rotated.id).toBe(made.id);
    expect((await world.get(made.token ?? "", "/v1/channels")).json()).toMatchObject({
      code: "access_key_invalid",
    });
    expect((await world.get(rotated.token ?? "", "/v1/channels")).statusCode).toBe(200);
    const few = await make(owner, { subject: { kind: "user", id: alice }, capabilities: ["key.manage"] });
    expect((await world.post(few.token ?? "", `/v1/keys/${made.id}/rotate`, {})).json()).toMatchObject({
      code: "capability_not_held",
    });
    expect((await world.post(rotated.token ?? "", `/v1/keys/${made.id}/rotate`, {})).statusCode).toBe(403);
  });

  it("keys of another microDAO are not there", async () => {
    const made = await make(owner);
    const bob = (await world.user("bob")).externalId;
    const bobs = await world.key({ subject: { kind: "user", id: bob }, capabilities: everything });
    for (const [method, url] of [
      ["GET", `/v1/keys/${made.id}`],
      ["DELETE", `/v1/keys/${made.id}`],
      ["POST", `/v1/keys/${made.id}/rotate`],
      ["GET", `/v1/keys/${made.id}/usage`],
    ] as const) {
      const response = await world.request(bobs, { method, url, ...(method === "POST" && { payload: {} }) });
      expect(response.json(), url).toMatchObject({ status: 404, code: "access_key_not_found" });
    }
    expect((await world.get(bobs, `/v1/keys?microdao=${md(microdaoId)}`)).statusCode).toBe(404);
  });

  it("lists come in pages, each key once", async () => {
    const all = (await world.get(owner, `/v1/keys?microdao=${md(microdaoId)}&limit=200`)).json<{
      items: Key[];
    }>().items;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = await world.get(owner, `/v1/keys?microdao=${md(microdaoId)}&limit=3${more}`);
      const body: { items: Key[]; nextCursor: string | null } = page.json();
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(all.map(({ id }) => id));
    expect((await world.get(owner, "/v1/keys?cursor=bad&microdao=microdao:1")).statusCode).toBe(422);
  });

  it("capabilities and bundles are listed as they are seeded", async () => {
    const capabilities = (await world.get(owner, "/v1/capabilities")).json<{ items: { code: string }[] }>();
    expect(capabilities.items.map(({ code }) => code)).toEqual(everything.toSorted());
    const bundles = (await world.get(owner, "/v1/bundles")).json<{
      items: { name: string; capabilities: string[] }[];
    }>();
    expect(bundles.items.find(({ name }) => name === "bundle.role.Visitor")?.capabilities).toContain(
      "channel.read",
    );
  });
});

describe("quotas by API", () => {
  const limits = (...quotas: object[]) => ({ quotas });

  it("what is set counts from the next message on, for the agent and for the key, and is shown", async () => {
    const made = await make(owner);
    const token = made.token ?? "";
    const say = () => world.post(token, `/v1/channels/${channel.apiId}/messages`, { text: "x" });
    const set = await world.request(owner, {
      method: "PUT",
      url: `/v1/keys/${made.id}/quotas`,
      payload: limits({ what: "messages", period: "day", amount: 2 }),
    });
    expect(set.statusCode, set.body).toBe(200);
    expect([(await say()).statusCode, (await say()).statusCode]).toEqual([202, 202]);
    const refused = await say();
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ code: "quota_exceeded", clause: "quota" });
    const usage = (await world.get(token, `/v1/keys/${made.id}/usage`)).json<{ items: object[] }>();
    expect(usage.items[0]).toMatchObject({
      what: "messages",
      used: { day: 2 },
      limits: { day: 2, hour: null },
    });
    const agents = (await world.get(token, "/v1/agents/agent:sofia/usage")).json<{
      items: { used: { day: number } }[];
    }>();
    expect(agents.items[0]?.used.day).toBeGreaterThanOrEqual(2);
  });

  it("a repeated request is not counted twice", async () => {
    const made = await make(owner);
    const headers = { "idempotency-key": "counted once" };
    const url = `/v1/channels/${channel.apiId}/messages`;
    await world.post(made.token ?? "", url, { text: "y" }, headers);
    await world.post(made.token ?? "", url, { text: "y" }, headers);
    const usage = (await world.get(owner, `/v1/keys/${made.id}/usage`)).json<{ items: { used: object }[] }>();
    expect(usage.items[0]?.used).toMatchObject({ day: 1 });
  });

  it("nobody sets quotas of their own, or of what they may not see", async () => {
    const capabilities = ["agent.manage", "agent.read", "key.manage"];
    const own = await make(owner, { capabilities });
    const quotas = limits({ what: "runs", period: "hour", amount: null });
    const put = (token: string, url: string, payload: object = quotas) =>
      world.request(token, { method: "PUT", url, payload });
    expect((await put(own.token ?? "", "/v1/agents/agent:sofia/quotas")).json()).toMatchObject({
      code: "own_quota",
    });
    expect((await put(own.token ?? "", `/v1/keys/${own.id}/quotas`)).json()).toMatchObject({
      code: "own_quota",
    });
    expect((await put(owner, "/v1/agents/agent:otto/quotas")).statusCode).toBe(404);
    expect(
      (
        await put(
          owner,
          "/v1/agents/agent:sofia/quotas",
          limits({ what: "runs", period: "hour", amount: -1 }),
        )
      ).statusCode,
    ).toBe(422);
    const twice = { what: "runs", period: "hour", amount: 1 };
    expect((await put(owner, "/v1/agents/agent:sofia/quotas", limits(twice, twice))).statusCode).toBe(422);
  });
});
