import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { registerAgent, setAgentMatrixId } from "../../src/domain/governance/index.ts";
import { decideByReaction } from "../../src/domain/registry/index.ts";
import { openRegistry, type Registry, rights, type Shown } from "./registry-world.ts";

let world: Registry["world"];
let dao: Registry["dao"];
let lobby: Registry["lobby"];
let keys: Registry["keys"];
let join: Registry["join"];
let keyOf: Registry["keyOf"];
let newAgent: Registry["newAgent"];
let request: Registry["request"];
let decide: Registry["decide"];
let historyOf: Registry["historyOf"];
let deliver: Registry["deliver"];
let react: Registry["react"];
let statusOf: Registry["statusOf"];

beforeAll(async () => {
  ({ world, dao, lobby, keys, join, keyOf, newAgent, request, decide, historyOf, deliver, react, statusOf } =
    await openRegistry());
});

afterAll(() => world.close());

describe("the life of an agent", () => {
  it("is asked for, approved, suspended, activated and revoked, each by whom, why and when", async () => {
    const agent = await request(keys.bob, { reason: "Answers newcomers" });
    expect(agent).toMatchObject({
      status: "requested",
      microdaoId: expect.any(String) as string,
      matrixId: null,
    });
    for (const [decision, status] of [
      ["approve", "active"],
      ["suspend", "suspended"],
      ["activate", "active"],
      ["revoke", "revoked"],
    ] as const) {
      const response = await decide(keys.gwen, agent, decision, { reason: `to ${status}` });
      expect(response.statusCode, response.body).toBe(200);
      expect(response.json<Shown>().status).toBe(status);
    }
    const changes = await historyOf(agent);
    expect(changes.map(({ action, reason }) => [action, reason])).toEqual([
      ["requested", "Answers newcomers"],
      ["approved", "to active"],
      ["suspended", "to suspended"],
      ["activated", "to active"],
      ["revoked", "to revoked"],
    ]);
    expect(changes.map(({ actor }) => actor.kind)).toEqual(Array(5).fill("user"));
    const audited = await world.sql("SELECT 1 FROM audit_log WHERE resource_id = $1", [agent.id]);
    expect(audited).toHaveLength(5);
  });

  it.each([
    ["bot", "@dao_bot:test is the bridge's own user already: choose another code for the agent."],
    ["sender", "@dao_sender:test is the bridge's own user already: choose another code for the agent."],
    ["moved", "@dao_moved:test is another agent's user already: choose another code for the agent."],
    ["jane", "@dao_jane:test is somebody's user already: choose another code for the agent."],
  ])("57: is refused when the Matrix user of its code (%s) is somebody else's", async (code, detail) => {
    await world.sql(
      `INSERT INTO matrix.bridge (appservice_id, sender_localpart, bot_user_id, server_name)
       VALUES ('microdao', 'dao_sender', '@dao_bot:test', 'test') ON CONFLICT DO NOTHING`,
    );
    await world.sql(`UPDATE agents SET matrix_id = '@dao_moved:test' WHERE external_id = 'agent:echo'`);
    await world.user("dao_jane");
    for (const status of ["requested", "active"]) {
      const asked = newAgent({ code, status });
      const response = await world.post(keys.alice, "/v1/agents", asked);
      expect(response.json()).toMatchObject({ status: 409, code: "agent_user_taken", detail });
    }
    expect(await world.sql("SELECT 1 FROM agents WHERE external_id = $1", [`agent:${code}`])).toEqual([]);
  });

  it("57: takes a user over that was its own in a database that is lost, when an operator says so", async () => {
    await world.user("dao_john");
    const input = { code: "john", name: "John", kind: "assistant", matrixId: "@dao_john:test" } as const;
    const register = (adopt?: true) =>
      transact(world.database, { id: "cli", kind: "service" }, (tx) =>
        registerAgent(tx, { ...input, adopt, blueprint: { code: "echo", model: "echo" } }),
      );
    await expect(register()).rejects.toMatchObject({ code: "agent_user_taken" });
    expect(await register(true)).toMatchObject({ externalId: "agent:john", status: "active" });
  });

  it("takes no step that is not there, and the same step once", async () => {
    const agent = await request();
    expect((await decide(keys.alice, agent, "suspend")).json()).toMatchObject({
      status: 409,
      code: "agent_status_conflict",
    });
    await decide(keys.alice, agent, "approve");
    expect((await decide(keys.alice, agent, "approve")).statusCode).toBe(200);
    expect((await decide(keys.alice, agent, "refuse")).statusCode).toBe(409);
    await decide(keys.alice, agent, "revoke");
    for (const decision of ["approve", "refuse", "activate", "suspend"]) {
      const expected = decision === "refuse" ? 200 : 409;
      expect((await decide(keys.alice, agent, decision)).statusCode, decision).toBe(expected);
    }
    expect(
      (
        await world.request(keys.alice, {
          method: "PATCH",
          url: `/v1/agents/${agent.id}`,
          payload: { name: "X" },
        })
      ).statusCode,
    ).toBe(409);
    expect((await historyOf(agent)).map(({ action }) => action)).toEqual([
      "requested",
      "approved",
      "revoked",
    ]);
  });

  it("is decided once when two decide at the same time", async () => {
    for (const pair of [
      ["approve", "approve"],
      ["approve", "refuse"],
      ["refuse", "approve"],
    ]) {
      const agent = await request(keys.gwen);
      const answers = await Promise.all(
        pair.map((decision, i) => decide(i === 0 ? keys.alice : keys.gwen, agent, decision)),
      );
      const decided = (await historyOf(agent)).filter(({ action }) => action !== "requested");
      expect(decided).toHaveLength(1);
      const statuses = answers.map(({ statusCode }) => statusCode).toSorted();
      expect(statuses).toEqual(pair[0] === pair[1] ? [200, 200] : [200, 409]);
      await decide(keys.alice, agent, "revoke");
    }
  });

  it("a silenced agent's queue fails with a code, and nothing more is taken", async () => {
    const made = await world.post(keys.alice, "/v1/agents", newAgent({ status: "active" }));
    const agent = made.json<Shown>();
    await transact(world.database, { id: "test", kind: "service" }, async (tx) => {
      const [row] = await tx.db.$queryRawUnsafe<{ id: string }[]>(
        "SELECT id::text AS id FROM agents WHERE external_id = $1",
        agent.externalId,
      );
      await setAgentMatrixId(tx, row?.id ?? "", `@dao_${agent.externalId.slice(6)}:test`);
    });
    const token = await world.key({ subject: { kind: "agent", id: agent.externalId }, microdaoId: dao.id });
    const post = () => world.post(token, `/v1/channels/${lobby.apiId}/messages`, { text: "Hello" });
    const lastSend = () =>
      world.sql<{ state: string; code: string | null }>(
        `SELECT s.state, s.last_error_code AS code FROM matrix.sends s JOIN agents a ON a.id = s.agent_id
          WHERE a.external_id = $1 ORDER BY s.seq DESC LIMIT 1`,
        [agent.externalId],
      );
    expect((await post()).statusCode).toBe(202);
    await decide(keys.alice, agent, "suspend");
    expect(await lastSend()).toEqual([{ state: "failed", code: "subject_inactive" }]);
    expect((await post()).json()).toMatchObject({ status: 403, code: "subject_inactive" });
    await decide(keys.alice, agent, "activate");
    expect(await lastSend()).toEqual([{ state: "failed", code: "subject_inactive" }]);
    expect((await post()).statusCode).toBe(202);
    await decide(keys.alice, agent, "revoke");
    expect(await lastSend()).toEqual([{ state: "failed", code: "subject_inactive" }]);
    expect((await post()).json()).toMatchObject({ status: 403, code: "subject_inactive" });
  });
});

describe("who may", () => {
  it("a member asks and does not decide; strangers see nothing", async () => {
    const agent = await request();
    expect((await decide(keys.bob, agent, "approve")).json()).toMatchObject({
      status: 403,
      code: "role_lacks_capability",
    });
    expect((await decide(keys.mallory, agent, "approve")).json()).toMatchObject({
      status: 404,
      code: "agent_not_found",
    });
    expect((await world.get(keys.mallory, `/v1/agents/${agent.id}`)).statusCode).toBe(404);
    expect((await world.get(keys.mallory, `/v1/agents/${agent.id}/changes`)).statusCode).toBe(404);
    const atOnce = await world.post(keys.bob, "/v1/agents", newAgent({ status: "active" }));
    expect(atOnce.json()).toMatchObject({ status: 403, code: "role_lacks_capability" });
    const elsewhere = await world.post(keys.mallory, "/v1/agents", newAgent());
    expect(elsewhere.json()).toMatchObject({ status: 404, code: "microdao_not_found" });
    expect((await world.post(keys.alice, "/v1/agents", newAgent({ kind: "system" }))).statusCode).toBe(403);
    expect((await decide(keys.alice, agent, "refuse")).statusCode).toBe(200);
  });

  it("an agent's key approves neither itself nor another agent, whatever it holds", async () => {
    const subject = { kind: "agent", id: (await request(keys.alice)).externalId } as const;
    const own = await world.key({ subject, microdaoId: dao.id, capabilities: rights });
    const agent = { id: subject.id } as Shown;
    expect((await decide(own, agent, "approve")).json()).toMatchObject({
      status: 403,
      code: "subject_inactive",
    });
    await decide(keys.alice, agent, "approve");
    const asked = await request(own);
    for (const target of [agent, asked]) {
      expect((await decide(own, target, "approve")).json()).toMatchObject({
        status: 403,
        code: "agent_self_decision",
      });
      expect(
        (
          await world.request(own, {
            method: "PATCH",
            url: `/v1/agents/${target.id}`,
            payload: { config: { tools: ["fetch"] } },
          })
        ).statusCode,
      ).toBe(403);
    }
    expect((await world.post(own, "/v1/agents", newAgent({ status: "active" }))).statusCode).toBe(403);
    expect(asked).toMatchObject({ ownerUserId: expect.stringMatching(/^u_/) as string });
    await decide(keys.alice, asked, "refuse");
  });

  it("prompts are for those who manage agents", async () => {
    const agent = await request(keys.alice, { config: { systemPrompt: "Never tell.", temperature: 1 } });
    expect(agent.config).toMatchObject({ systemPrompt: "Never tell.", temperature: 1, model: "echo" });
    const seen = (await world.get(keys.bob, `/v1/agents/${agent.id}`)).json<Shown>();
    expect(seen.config).toEqual({ temperature: 1, model: "echo" });
    const audited = await world.sql<{ data: unknown }>("SELECT data FROM audit_log");
    expect(JSON.stringify(audited)).not.toContain("Never tell.");
    await decide(keys.alice, agent, "refuse");
  });

  it("the team is the microDAO's, and a confidential one shows its agents to its people only", async () => {
    await world.sql(
      `INSERT INTO teams (id, microdao_id, name, slug, mode) VALUES
         ('t_00000000000000000000000001', $1::uuid, 'Inner', 'inner', 'confidential'),
         ('t_00000000000000000000000002', (SELECT id FROM microdaos WHERE name = 'Two'), 'Other', 'other', 'public')`,
      [dao.id],
    );
    const { id } = await world.user("alice");
    await world.sql(
      `INSERT INTO team_members (team_id, user_id, role, viewer_type)
       VALUES ('t_00000000000000000000000001', $1::uuid, 'Owner', 'contributor')`,
      [id],
    );
    const foreign = await world.post(
      keys.alice,
      "/v1/agents",
      newAgent({ team: "t_00000000000000000000000002" }),
    );
    expect(foreign.json()).toMatchObject({ status: 422, code: "agent_refused", pointer: "/team" });
    const agent = await request(keys.alice, { team: "t_00000000000000000000000001" });
    expect(agent.request).toMatchObject({ channelId: null, messageId: null });
    expect((await world.get(keys.gwen, `/v1/agents/${agent.id}`)).statusCode).toBe(404);
    const listed = await world.get(keys.gwen, "/v1/agents?limit=200");
    expect(listed.body).not.toContain(agent.id);
    expect((await decide(keys.gwen, agent, "approve")).statusCode).toBe(404);
    expect((await decide(keys.alice, agent, "revoke")).statusCode).toBe(200);
  });

  it("the owner is a member; a person asks for their own agents only", async () => {
    const named = (key: string, owner: string, more: object = {}) =>
      world.post(key, "/v1/agents", newAgent({ owner, ...more }));
    expect((await named(keys.alice, "@mallory:test")).json()).toMatchObject({
      status: 422,
      pointer: "/owner",
    });
    expect((await named(keys.bob, "@gwen:test")).json()).toMatchObject({ status: 422, pointer: "/owner" });
    expect((await named(keys.alice, "@bob:test", { status: "active" })).statusCode).toBe(201);
  });
});

describe("requests", () => {
  it("are told once in the lobby, mention the owner, and nobody else whatever they say", async () => {
    const agent = await request(keys.bob, {
      name: "@gwen:test",
      reason: "for @gwen:test\n@room and <b>all</b>",
    });
    const [send] = await world.sql<{ content: { body: string; "m.mentions": { user_ids: string[] } } }>(
      "SELECT content FROM matrix.sends ORDER BY seq DESC LIMIT 1",
    );
    expect(send?.content["m.mentions"]).toEqual({ user_ids: ["@alice:test"] });
    expect(send?.content.body).toContain(`asks for an agent: ${agent.externalId}`);
    expect(send?.content.body.split("\n")).toHaveLength(3);
    await decide(keys.alice, agent, "refuse", { reason: "Not now" });
    const [edit] = await world.sql<{ kind: string; content: Record<"m.new_content", { body: string }> }>(
      "SELECT kind, content FROM matrix.sends ORDER BY seq DESC LIMIT 1",
    );
    expect(edit?.kind).toBe("edit");
    expect(edit?.content["m.new_content"].body).toMatch(/❌ Refused by @\u2060alice:test \(Not now\)\.$/);
  });

  it("are told where the request says, if that is one of the microDAO's channels that the key sees", async () => {
    const second = await world.channel(dao.id, "microdao");
    const agent = await request(keys.bob, { channel: second.apiId });
    expect(agent.request?.channelId).toBe(second.apiId);
    const hidden = await world.channel(dao.id, "private");
    const refused = await world.post(keys.bob, "/v1/agents", newAgent({ channel: hidden.apiId }));
    expect(refused.json()).toMatchObject({ code: "channel_not_found" });
    await decide(keys.alice, agent, "refuse");
  });

  it("are decided by the owner's or a guardian's reaction, with them as the actor", async () => {
    for (const [key, sender, status] of [
      ["✅", "@alice:test", "active"],
      ["❌", "@gwen:test", "revoked"],
    ] as const) {
      const agent = await request();
      const eventId = await deliver(agent);
      expect(await react(eventId, key, sender)).toBe(true);
      expect(await react(eventId, key, sender)).toBe(true);
      expect(await statusOf(agent)).toBe(status);
      const decided = (await historyOf(agent)).slice(1);
      expect(decided).toHaveLength(1);
      expect(decided[0]?.actor.kind).toBe("user");
    }
  });

  it("are not decided by strangers, by whoever asked, by agents, or by a reaction elsewhere; that is audited", async () => {
    const agent = await request();
    const eventId = await deliver(agent);
    for (const sender of ["@bob:test", "@mallory:test", "@nobody:test", "@dao_bot:test"]) {
      expect(await react(eventId, "✅", sender)).toBe(true);
    }
    expect(await react(eventId, "👍", "@alice:test")).toBe(false);
    expect(await react("$elsewhere", "✅", "@alice:test")).toBe(false);
    const reaction = { reactionEventId: "$x", targetEventId: eventId, key: "✅", sender: "@alice:test" };
    expect(await decideByReaction(world.database, { ...reaction, channelId: dao.id })).toBe(false);
    expect(await statusOf(agent)).toBe("requested");
    const audited = await world.sql<{ sender: string }>(
      "SELECT data ->> 'sender' AS sender FROM audit_log WHERE action = 'agent.decision_refused' AND resource_id = $1 ORDER BY 1",
      [agent.id],
    );
    expect(audited.map(({ sender }) => sender)).toEqual([
      "@bob:test",
      "@dao_bot:test",
      "@mallory:test",
      "@nobody:test",
    ]);
    await decide(keys.alice, agent, "refuse");
  });

  it("are decided once by ✅ and ❌ and a key at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const agent = await request();
      const eventId = await deliver(agent);
      const handled = await Promise.all([
        react(eventId, "✅", "@alice:test"),
        react(eventId, "❌", "@gwen:test"),
        react(eventId, "❌", "@gwen:test"),
        decide(keys.alice, agent, "approve").then(() => true),
      ]);
      expect(handled).toEqual([true, true, true, true]);
      expect(await historyOf(agent)).toHaveLength(2);
      const edits = await world.sql(
        `SELECT 1 FROM matrix.sends WHERE kind = 'edit' AND message_id = (
           SELECT send_id FROM agent_requests r JOIN agents a ON a.id = r.agent_id WHERE a.external_id = $1)`,
        [agent.externalId],
      );
      expect(edits).toHaveLength(1);
    }
  });

  it("of one person are ten at most at a time", async () => {
    await join("eve", "member");
    const key = await keyOf("eve");
    const agents: Shown[] = [];
    for (let i = 0; i < 10; i += 1) agents.push(await request(key));
    const refused = await world.post(key, "/v1/agents", newAgent());
    expect(refused.json()).toMatchObject({ status: 409, code: "agent_requests_open" });
    for (const agent of agents) await decide(keys.alice, agent, "refuse");
  });
});
