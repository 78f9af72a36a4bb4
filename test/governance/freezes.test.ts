import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { type Agent, setAgentStatus } from "../../src/domain/governance/index.ts";
import { type TellFreezePayload, tellFreezeJob } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "../http/api-world.ts";

let world: ApiWorld;
let sofia: Agent;
let microdaoId: string;
let channel: ChannelRow;
let agentKey: string;
let owner: string;
let guest: string;

beforeAll(async () => {
  world = await ApiWorld.open({}, "default", true);
  ({ id: microdaoId } = await world.microdao("One", "alice"));
  sofia = await world.agent("sofia", microdaoId);
  const capabilities = [
    "chat.message.read",
    "chat.message.send",
    "channel.manage",
    "microdao.manage",
    "microdao.read",
  ];
  const key = (kind: "agent" | "user", id: string) =>
    world.key({ subject: { kind, id }, capabilities, microdaoId });
  agentKey = await key("agent", "agent:sofia");
  const alice = await world.user("alice");
  owner = await key("user", alice.externalId);
  const bob = await world.user("bob");
  guest = await key("user", bob.externalId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  await world.member(channel, { user: alice.id });
  await world.member(channel, { user: bob.id });
});

afterAll(() => world.close());

const freezeUrl = () => `/v1/channels/${channel.apiId}/freeze`;
const microdaoUrl = () => `/v1/microdaos/${encodeId("md", microdaoId)}/freeze`;
const freeze = (token: string, url: string, reason = "it floods") =>
  world.request(token, { method: "PUT", url, payload: { reason } });
const unfreeze = (token: string, url: string) => world.request(token, { method: "DELETE", url });
const say = (text: string) => world.post(agentKey, `/v1/channels/${channel.apiId}/messages`, { text });

async function notices(): Promise<TellFreezePayload[]> {
  const jobs = await world.sql<{ data: TellFreezePayload }>(
    "DELETE FROM pgboss.job WHERE name = $1 RETURNING data",
    [tellFreezeJob.name],
  );
  return jobs.map(({ data }) => data);
}

describe("freezing by API", () => {
  it("agents are refused from then on, whatever they do, and still read; lifting lets them speak again", async () => {
    const posted = await say("before");
    const { id } = posted.json<{ id: string }>();
    const frozen = await freeze(owner, freezeUrl());
    expect(frozen.json()).toMatchObject({
      frozen: true,
      reason: "it floods",
      frozenBy: expect.stringMatching(/^u_/) as string,
    });
    const writes = [
      { method: "POST", url: `/v1/channels/${channel.apiId}/messages`, payload: { text: "now" } },
      { method: "PATCH", url: `/v1/messages/${id}`, payload: { text: "now" } },
      { method: "DELETE", url: `/v1/messages/${id}` },
      { method: "PUT", url: `/v1/messages/${id}/reactions/x` },
      { method: "PUT", url: `/v1/channels/${channel.apiId}/typing`, payload: { typing: true } },
      { method: "PATCH", url: `/v1/channels/${channel.apiId}`, payload: { name: "other" } },
      { method: "DELETE", url: freezeUrl() },
    ] as const;
    for (const write of writes) {
      const refused = await world.request(agentKey, write);
      expect(refused.statusCode, write.method).toBe(403);
      expect(refused.json(), write.method).toMatchObject({ code: "channel_frozen", clause: "suspended" });
    }
    expect((await world.get(agentKey, `/v1/channels/${channel.apiId}/messages`)).statusCode).toBe(200);
    expect((await unfreeze(owner, freezeUrl())).json()).toMatchObject({ frozen: false, reason: null });
    expect((await say("after")).statusCode).toBe(202);
  });

  it("the room is told once of each, and the first reason stays", async () => {
    await notices();
    await freeze(owner, freezeUrl(), "first");
    expect((await freeze(owner, freezeUrl(), "second")).json()).toMatchObject({ reason: "first" });
    await unfreeze(owner, freezeUrl());
    await unfreeze(owner, freezeUrl());
    expect((await notices()).map(({ isLifted }) => isLifted).toSorted()).toEqual([false, true]);
    const audited = await world.sql<{ action: string; reason: string; microdao_id: string }>(
      `SELECT action, data ->> 'reason' AS reason, microdao_id::text FROM audit_log
        WHERE resource_id = $1 AND action LIKE 'channel.%frozen' ORDER BY created_at DESC, id DESC LIMIT 2`,
      [channel.apiId],
    );
    expect(audited).toEqual([
      { action: "channel.unfrozen", reason: "first", microdao_id: microdaoId },
      { action: "channel.frozen", reason: "first", microdao_id: microdaoId },
    ]);
  });

  it("a frozen microDAO silences every channel of it, and a channel that is frozen itself stays so", async () => {
    await freeze(owner, freezeUrl());
    await freeze(owner, microdaoUrl());
    expect((await say("x")).json()).toMatchObject({ code: "microdao_frozen", clause: "suspended" });
    expect((await world.get(owner, microdaoUrl())).json()).toMatchObject({ frozen: true });
    await unfreeze(owner, microdaoUrl());
    expect((await say("x")).json()).toMatchObject({ code: "channel_frozen" });
    await unfreeze(owner, freezeUrl());
    expect((await say("x")).statusCode).toBe(202);
  });

  it("it takes the role, and a reason", async () => {
    expect((await freeze(guest, freezeUrl())).json()).toMatchObject({ status: 403, clause: "role" });
    expect((await freeze(owner, freezeUrl(), " ")).statusCode).toBe(422);
    expect((await freeze(owner, freezeUrl(), "a\nb")).statusCode).toBe(422);
    expect((await world.get(owner, freezeUrl())).json()).toMatchObject({ frozen: false });
  });

  it("what is queued is not sent any more, also when the freeze is lifted before anybody looked", async () => {
    const { id } = (await say("queued")).json<{ id: string }>();
    await freeze(owner, freezeUrl());
    await unfreeze(owner, freezeUrl());
    const message = await world.get(agentKey, `/v1/messages/${id}`);
    expect(message.json()).toMatchObject({
      delivery: { state: "failed", error: { code: "channel_frozen" } },
    });
  });

  it("a suspended agent is refused by its own key", async () => {
    await transact(world.database, bridgeActor, (tx) => setAgentStatus(tx, "agent:sofia", "suspended"));
    expect((await say("x")).json()).toMatchObject({ code: "subject_inactive", clause: "suspended" });
    await transact(world.database, bridgeActor, (tx) => setAgentStatus(tx, "agent:sofia", "active"));
  });
});
