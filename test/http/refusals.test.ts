import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/domain/governance/index.ts";
import type { User } from "../../src/domain/tenancy/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

let world: ApiWorld;
let microdaoId: string;
let otherId: string;
let sofia: Agent;
let alice: User;
let channel: ChannelRow;
let messages: string;
let token: string;

beforeAll(async () => {
  world = await ApiWorld.open({ rateLimit: { perSecond: 1_000, burst: 100_000 } });
  alice = await world.user("alice");
  microdaoId = (await world.microdao("One", "alice")).id;
  otherId = (await world.microdao("Two", "bob")).id;
  sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  await world.member(channel, { user: alice.id });
  messages = `/v1/channels/${channel.apiId}/messages`;
  token = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId });
});

afterAll(() => world.close());

type Answer = Awaited<ReturnType<ApiWorld["get"]>>;

function expectProblem(response: Answer, status: number, code: string, pointer?: string): void {
  expect(response.json(), response.body).toMatchObject({
    status,
    code,
    ...(pointer !== undefined && { pointer }),
  });
  expect(response.statusCode).toBe(status);
  expect(response.headers["content-type"]).toBe("application/problem+json");
  const { type, title, detail, requestId } = response.json<Record<string, string>>();
  expect(type).toBe(`urn:microdao:problem:${code}`);
  for (const text of [title, detail, requestId]) expect(text).toMatch(/\S/);
  expect(requestId).toBe(response.headers["x-request-id"]);
}

/** What the audit log says of what a key was refused, in order. */
function refusalsOf(key: string): Promise<unknown[]> {
  return world.sql(
    `SELECT data ->> 'code' AS code, data ->> 'clause' AS clause, data -> 'times' AS times FROM audit_log
      WHERE action = 'access.refused' AND data ->> 'key_id' = $1 ORDER BY created_at, id`,
    [key.slice(0, 29)],
  );
}

describe("without a good key", () => {
  it.each(["/v1/channels", "/v1/channels/c_x", "/v1/channels/c_x/messages", "/v1/messages/m_x"])(
    "nothing is shown: %s",
    async (url) => {
      const response = await world.get(undefined, url);
      expectProblem(response, 401, "access_key_required");
      expect(response.headers["www-authenticate"]).toBe('Bearer realm="microdao"');
    },
  );

  it("what is no key is refused, and so is a key with another secret", async () => {
    const secret = token.slice(-43);
    const swapped = secret.startsWith("A") ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
    const others = ["x", "ak_", `${token}x`, token.slice(0, -43) + swapped, `ak_${"0".repeat(26)}_${secret}`];
    for (const text of others) {
      const response = await world.get(text, "/v1/channels");
      expectProblem(response, 401, "access_key_invalid");
      expect(response.headers["www-authenticate"]).toContain('error="invalid_token"');
    }
  });

  it("the key is asked for before the body is read", async () => {
    const response = await world.post(undefined, messages, "not json at all", {
      "content-type": "application/json",
    });
    expectProblem(response, 401, "access_key_required");
  });

  it("other schemes are no key, and the case of the scheme does not matter", async () => {
    const as = (authorization: string) =>
      world.request(undefined, { method: "GET", url: "/v1/channels", headers: { authorization } });
    expectProblem(await as(`Basic ${token}`), 401, "access_key_required");
    expectProblem(await as("Bearer"), 401, "access_key_required");
    expect((await as(`bearer ${token}`)).statusCode).toBe(200);
  });

  it("a revoked, an expired and an outlived key are refused from the next request on, which is written down", async () => {
    const key = await world.key({ subject: { kind: "integration", id: "short" }, microdaoId });
    expect((await world.get(key, "/v1/channels")).statusCode).toBe(200);
    const id = key.slice(0, 29);
    await world.sql("UPDATE access_keys SET expires_at = now() WHERE id = $1", [id]);
    expectProblem(await world.get(key, "/v1/channels"), 401, "access_key_expired");
    await world.sql("UPDATE access_keys SET status = 'revoked' WHERE id = $1", [id]);
    expectProblem(await world.get(key, "/v1/channels"), 401, "access_key_revoked");
    const wrong = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
    expectProblem(await world.get(wrong, "/v1/channels"), 401, "access_key_invalid");
    // Whoever does not hold the secret writes nothing into anybody's log.
    expect(await refusalsOf(key)).toEqual([
      { code: "access_key_expired", clause: null, times: 1 },
      { code: "access_key_revoked", clause: null, times: 1 },
    ]);
  });

  it("files are refused as everything else, and that is written down", async () => {
    const key = await world.key({
      subject: { kind: "integration", id: "files" },
      capabilities: ["wallet.balance.view"],
    });
    expectProblem(await world.get(key, "/v1/media/m_none"), 403, "key_lacks_capability");
    expect(await refusalsOf(key)).toEqual([{ code: "key_lacks_capability", clause: "capability", times: 1 }]);
  });
});

describe("without the right", () => {
  it("a key without the capability may not, whatever it asks for", async () => {
    const key = await world.key({
      subject: { kind: "agent", id: "agent:sofia" },
      capabilities: ["wallet.balance.view"],
    });
    for (const url of [
      "/v1/channels",
      `/v1/channels/${channel.apiId}`,
      messages,
      "/v1/channels/c_none",
      "/v1/messages/m_x",
    ]) {
      expectProblem(await world.get(key, url), 403, "key_lacks_capability");
    }
    expectProblem(await world.post(key, messages, { text: "x" }), 403, "key_lacks_capability");
    expect(await refusalsOf(key)).toEqual([{ code: "key_lacks_capability", clause: "capability", times: 1 }]);
  });

  it("only agents post", async () => {
    for (const subject of [
      { kind: "user", id: "user:1" },
      { kind: "integration", id: "poster" },
    ] as const) {
      const key = await world.key({ subject, microdaoId });
      expectProblem(await world.post(key, messages, { text: "x" }), 403, "agent_key_required");
    }
  });

  it("a suspended agent does nothing", async () => {
    await world.sql("UPDATE agents SET status = 'suspended' WHERE id = $1::uuid", [sofia.id]);
    const answers = [
      await world.get(token, "/v1/channels"),
      await world.post(token, messages, { text: "x" }),
    ];
    await world.sql("UPDATE agents SET status = 'active' WHERE id = $1::uuid", [sofia.id]);
    for (const answer of answers) expectProblem(answer, 403, "subject_inactive");
  });

  it("what a key may not see is not there", async () => {
    const elsewhere = await world.channel(otherId, "private");
    const hidden = await world.message(elsewhere, alice.id, { at: 1 });
    const unknown = encodeId("c", "01893726-efee-7f02-8fbf-9f2b7bc2f910");
    const integration = await world.key({ subject: { kind: "integration", id: "one" }, microdaoId });
    for (const key of [token, integration]) {
      for (const id of [elsewhere.apiId, unknown, "c_", "m_x", "%00", "c_ö", "c".repeat(250)]) {
        const url = `/v1/channels/${encodeURIComponent(id)}`;
        for (const path of [url, `${url}/messages`, `${url}/members`]) {
          expectProblem(await world.get(key, path), 404, "channel_not_found");
        }
      }
      expectProblem(await world.get(key, `/v1/messages/${hidden.apiId}`), 404, "message_not_found");
      expectProblem(
        await world.get(key, `/v1/messages/${encodeId("m", microdaoId)}`),
        404,
        "message_not_found",
      );
      const { items } = (await world.get(key, "/v1/channels?limit=200")).json<{ items: { id: string }[] }>();
      expect(items.map(({ id }) => id)).not.toContain(elsewhere.apiId);
    }
    expectProblem(
      await world.post(token, `/v1/channels/${elsewhere.apiId}/messages`, { text: "x" }),
      404,
      "channel_not_found",
    );
    expectProblem(
      await world.post(token, `/v1/channels/${unknown}/messages`, { text: "x" }),
      404,
      "channel_not_found",
    );
  });

  it("an agent that is banned, or was never invited to a private channel, does not speak there", async () => {
    const room = await world.channel(microdaoId, "private");
    const post = () => world.post(token, `/v1/channels/${room.apiId}/messages`, { text: "x" });
    expectProblem(await post(), 404, "channel_not_found");
    await world.member(room, { agent: sofia.id }, "invite");
    expect((await post()).statusCode).toBe(202);
    await world.sql("UPDATE channel_members SET membership = 'ban' WHERE channel_id = $1::uuid", [room.id]);
    expectProblem(await post(), 404, "channel_not_found");
  });

  it("an agent speaks in the open channels of its microDAO, and only reads those of another", async () => {
    const own = await world.channel(microdaoId, "microdao");
    const foreign = await world.channel(otherId, "public");
    const key = await world.key({ subject: { kind: "agent", id: "agent:sofia" } });
    expect((await world.post(key, `/v1/channels/${own.apiId}/messages`, { text: "x" })).statusCode).toBe(202);
    expect((await world.get(key, `/v1/channels/${foreign.apiId}/messages`)).statusCode).toBe(200);
    expectProblem(
      await world.post(key, `/v1/channels/${foreign.apiId}/messages`, { text: "x" }),
      403,
      "not_a_member",
    );
    expectProblem(
      await world.post(token, `/v1/channels/${foreign.apiId}/messages`, { text: "x" }),
      404,
      "channel_not_found",
    );
  });

  it("a key that may only post sees its own messages and no others", async () => {
    const key = await world.key({
      subject: { kind: "agent", id: "agent:sofia" },
      capabilities: ["chat.message.send"],
    });
    const posted = await world.post(key, messages, { text: "mine" });
    expect((await world.get(key, posted.headers.location as string)).statusCode).toBe(200);
    const other = await world.message(channel, alice.id, { at: 2 });
    expectProblem(await world.get(key, `/v1/messages/${other.apiId}`), 404, "message_not_found");
    expectProblem(await world.get(key, messages), 403, "key_lacks_capability");
  });

  it("a role and a plan without the capability are said", async () => {
    const key = await world.key({ subject: { kind: "user", id: alice.externalId } });
    const url = `/v1/channels/${channel.apiId}`;
    expect((await world.get(key, url)).statusCode).toBe(200);
    const drop = (bundle: string) =>
      world.sql(
        `DELETE FROM bundle_caps USING bundles b, capabilities c
          WHERE bundle_id = b.id AND cap_id = c.id AND b.name = $1 AND c.code = 'chat.message.read'
          RETURNING bundle_id, cap_id`,
        [bundle],
      );
    for (const [bundle, code] of [
      ["bundle.role.Owner", "role_lacks_capability"],
      ["bundle.plan.Freemium", "plan_lacks_capability"],
    ] as const) {
      const [row] = (await drop(bundle)) as { bundle_id: string; cap_id: string }[];
      const answer = await world.get(key, url);
      await world.sql("INSERT INTO bundle_caps VALUES ($1, $2)", [row?.bundle_id, row?.cap_id]);
      expectProblem(answer, 403, code);
    }
  });

  it("a confidential team's channel is there for the team alone", async () => {
    await world.sql(
      "INSERT INTO teams (id, microdao_id, name, slug, mode) VALUES ('t_1', $1::uuid, 'T', 't', 'confidential')",
      [microdaoId],
    );
    const room = await world.channel(microdaoId, "public", { teamId: "t_1" });
    await world.member(room, { user: alice.id });
    const url = `/v1/channels/${room.apiId}`;
    const user = await world.key({ subject: { kind: "user", id: alice.externalId } });
    const integration = await world.key({ subject: { kind: "integration", id: "one" }, microdaoId });
    for (const key of [user, integration, token])
      expectProblem(await world.get(key, url), 404, "channel_not_found");
    await world.sql("INSERT INTO team_members VALUES ('t_1', $1::uuid, 'Member', 'reader')", [alice.id]);
    expect((await world.get(user, url)).statusCode).toBe(200);
  });
});

describe("bad input", () => {
  it.each([
    ["?limit=0", "/limit"],
    ["?limit=201", "/limit"],
    ["?limit=x", "/limit"],
    ["?limit=1.5", "/limit"],
    ["?limit=1&limit=2", "/limit"],
    ["?order=up", "/order"],
    ["?cursor=", "/cursor"],
    ["?cursor=%00", "/cursor"],
    [`?cursor=${"A".repeat(3000)}`, "/cursor"],
    [
      `?cursor=${Buffer.from("9999999999999999999.00000000000000000000000000").toString("base64url")}`,
      "/cursor",
    ],
    ["?before=1", "/before"],
  ])("a query with a fault is refused at its place (%#)", async (query, pointer) => {
    const response = await world.get(token, messages + query);
    expectProblem(response, 422, "request_invalid", pointer);
    expect(response.json()).toMatchObject({ errors: [{ in: "query", pointer }] });
  });

  it.each([
    [{}, "/text"],
    [{ text: "a", markdown: "b" }, "/text"],
    [{ text: "" }, "/text"],
    [{ text: " \n\t" }, "/text"],
    [{ text: 7 }, "/text"],
    [{ text: null }, "/text"],
    [{ markdown: ["a"] }, "/markdown"],
    [{ text: "x".repeat(400_001) }, "/text"],
    [{ text: "a\0b" }, "/text"],
    [{ text: "a\ud800b" }, "/text"],
    [{ markdown: "\udc00" }, "/markdown"],
    [{ text: "a", msgtype: "m.image" }, "/msgtype"],
    [{ text: "a", replyTo: "no" }, "/replyTo"],
    [{ text: "a", replyTo: "$" }, "/replyTo"],
    [{ text: "a", threadRoot: "$a\0" }, "/threadRoot"],
    [{ text: "a", replyTo: `$${"a".repeat(255)}` }, "/replyTo"],
    [{ text: "a", extra: 1 }, "/extra"],
    [{ text: "a", "a/b~c": 1 }, "/a~1b~0c"],
    [[], ""],
    ["text", ""],
    [null, ""],
  ])("a body with a fault is refused at its place (%#)", async (body, pointer) => {
    const response = await world.post(token, messages, JSON.stringify(body), {
      "content-type": "application/json",
    });
    expectProblem(response, 422, "request_invalid", pointer);
    expect(response.json()).toMatchObject({ errors: [{ in: "body", pointer }] });
  });

  it("every fault is named at once", async () => {
    const response = await world.post(token, messages, { text: 1, msgtype: 2, replyTo: 3 });
    const { errors } = response.json<{ errors: { pointer: string }[] }>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(["/msgtype", "/replyTo", "/text"]);
  });

  it.each(["", "x".repeat(256), "a\u00e9"])(
    "an Idempotency-Key that is none is refused (%#)",
    async (key) => {
      const response = await world.post(token, messages, { text: "x" }, { "idempotency-key": key });
      expectProblem(response, 422, "request_invalid", "/idempotency-key");
    },
  );

  it.each(["{", "", '{"text": "a"', "undefined", Buffer.from([0x22, 0xff, 0x22]), "[".repeat(100_000)])(
    "what is not JSON in UTF-8 is 400 (%#)",
    async (payload) => {
      const response = await world.request(token, {
        method: "POST",
        url: messages,
        payload,
        headers: { "content-type": "application/json" },
      });
      expectProblem(response, 400, "malformed_json");
    },
  );

  it("other media types are 415", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
      "multipart/form-data",
    ]) {
      const response = await world.post(token, messages, '{"text":"a"}', { "content-type": type });
      expectProblem(response, 415, "unsupported_media_type");
    }
  });

  it("too much is 413, before it is parsed and after", async () => {
    expectProblem(await world.post(token, messages, { text: "x".repeat(600_000) }), 413, "payload_too_large");
    expectProblem(
      await world.post(token, messages, { markdown: "*a* ".repeat(14_000) }),
      413,
      "message_too_large",
    );
  });

  it("a message that is not in the channel cannot be answered", async () => {
    const elsewhere = await world.message(await world.channel(microdaoId, "public"), alice.id, { at: 3 });
    for (const replyTo of [elsewhere.apiId, elsewhere.eventId, "$none", encodeId("m", microdaoId)]) {
      expectProblem(
        await world.post(token, messages, { text: "x", replyTo }),
        422,
        "message_not_found",
        "/replyTo",
      );
      expectProblem(
        await world.post(token, messages, { text: "x", threadRoot: replyTo }),
        422,
        "message_not_found",
        "/threadRoot",
      );
    }
  });

  it("a channel that is not linked any more is a conflict", async () => {
    const room = await world.channel(microdaoId, "public");
    await world.sql("UPDATE channels SET status = 'unlinked' WHERE id = $1::uuid", [room.id]);
    expectProblem(
      await world.post(token, `/v1/channels/${room.apiId}/messages`, { text: "x" }),
      409,
      "channel_not_linked",
    );
    expect((await world.get(token, `/v1/channels/${room.apiId}`)).statusCode).toBe(200);
  });

  it("nothing of all that was stored", async () => {
    const before = await world.sql("SELECT 1 FROM matrix.sends");
    await world.post(token, messages, { text: "a\0b" });
    expect(await world.sql("SELECT 1 FROM matrix.sends")).toHaveLength(before.length);
  });
});

describe("paths and methods", () => {
  it("an unknown path is 404", async () => {
    for (const url of ["/", "/v1", "/v1/nothing", "/v2/channels"]) {
      expectProblem(await world.get(token, url), 404, "route_not_found");
    }
  });

  it("a path that cannot be decoded is 400", async () => {
    expectProblem(await world.get(token, "/v1/channels/%ff"), 400, "malformed_request");
    expect((await world.get(token, "/_matrix/%ff")).json()).toMatchObject({ errcode: "M_INVALID_PARAM" });
  });

  it("a known path with another method is 405 with what is allowed", async () => {
    const remove = (url: string) => world.request(undefined, { method: "DELETE", url });
    for (const [url, allow] of [
      ["/v1/channels", "GET, HEAD, POST"],
      [messages, "GET, HEAD, POST"],
      ["/v1/sends/snd_x", "GET, HEAD"],
      ["/health", "GET, HEAD"],
    ] as const) {
      const response = await remove(url);
      expectProblem(response, 405, "method_not_allowed");
      expect(response.headers.allow).toBe(allow);
    }
  });
});

describe("the rate limit", () => {
  it("is a key's own, and says when to come again", async () => {
    const limited = await ApiWorld.open({ rateLimit: { perSecond: 0.01, burst: 2 } });
    try {
      const [one, two] = [
        await limited.key({ subject: { kind: "integration", id: "one" } }),
        await limited.key({ subject: { kind: "integration", id: "two" } }),
      ];
      expect((await limited.get(one, "/v1/channels")).statusCode).toBe(200);
      expect((await limited.get(one, "/v1/channels")).statusCode).toBe(200);
      const response = await limited.get(one, "/v1/channels");
      expectProblem(response, 429, "rate_limited");
      expect(Number(response.headers["retry-after"])).toBeGreaterThan(20);
      expect((await limited.get(two, "/v1/channels")).statusCode).toBe(200);
    } finally {
      await limited.close();
    }
  });
});
