import { expect } from "vitest";
import { transact } from "../../src/db/index.ts";
import { ensureAgent, setAgentMatrixId } from "../../src/domain/governance/index.ts";
import { decideByReaction } from "../../src/domain/registry/index.ts";
import { addMicrodaoMember } from "../../src/domain/tenancy/index.ts";
import { ApiWorld } from "./api-world.ts";

export interface Shown {
  id: string;
  externalId: string;
  status: string;
  config: Record<string, unknown>;
  request: { channelId: string | null; messageId: string | null } | null;
}
export interface Change {
  action: string;
  reason: string | null;
  actor: { id: string; kind: string };
}

export const rights = ["agent.read", "agent.request", "agent.manage", "channel.read"];

/** A microDAO with an owner, a Guardian (gwen) and a member (bob), and keys of theirs. */
export async function openRegistry() {
  let serial = 0;
  const world = await ApiWorld.open({ ghostIdOf: (code) => `@dao_${code}:test` });
  const dao = await world.microdao("One", "alice");
  const other = await world.microdao("Two", "mallory");
  await join("gwen", "admin");
  await join("bob", "member");
  const lobby = await world.channel(dao.id, "public");
  await transact(world.database, { id: "bridge", kind: "service" }, async (tx) => {
    const blueprint = { code: "bridge", model: "none" };
    const bot = await ensureAgent(tx, { code: "bridge", name: "microDAO", kind: "system", blueprint });
    await setAgentMatrixId(tx, bot.id, "@dao_bot:test");
    await ensureAgent(tx, {
      code: "echo",
      name: "Echo",
      kind: "assistant",
      microdaoId: other.id,
      blueprint: { code: "echo", model: "echo" },
    });
  });
  const keys = {
    alice: await keyOf("alice"),
    gwen: await keyOf("gwen"),
    bob: await keyOf("bob"),
    mallory: await keyOf("mallory"),
    operator: await world.key({ subject: { kind: "integration", id: "tower" }, capabilities: rights }),
  };

  async function join(name: string, role: "admin" | "member"): Promise<void> {
    const { id: userId } = await world.user(name);
    await transact(world.database, { id: "test", kind: "service" }, (tx) =>
      addMicrodaoMember(tx, { microdaoId: dao.id, userId, role }),
    );
  }

  async function keyOf(name: string): Promise<string> {
    const { externalId } = await world.user(name);
    return world.key({ subject: { kind: "user", id: externalId }, capabilities: rights });
  }

  function newAgent(change: object = {}) {
    serial += 1;
    return { code: `agent-${serial}`, microdao: dao.externalId, blueprint: "echo", ...change };
  }

  async function request(key = keys.bob, change: object = {}): Promise<Shown> {
    const response = await world.post(key, "/v1/agents", newAgent(change));
    expect(response.statusCode, response.body).toBe(201);
    return response.json<Shown>();
  }

  function decide(key: string, agent: Shown, decision: string, payload: object = {}) {
    return world.post(key, `/v1/agents/${agent.id}/${decision}`, payload);
  }

  async function historyOf(agent: Shown): Promise<Change[]> {
    const response = await world.get(keys.alice, `/v1/agents/${agent.id}/changes`);
    return response.json<{ items: Change[] }>().items;
  }

  /** The event that told of a request has come to the room. */
  async function deliver({ request: told }: Shown): Promise<string> {
    const eventId = `$told${(serial += 1)}`;
    const uuid = await world.sql<{ id: string }>(
      `UPDATE matrix.sends SET state = 'sent', event_id = $1 WHERE kind = 'message' AND id = (
       SELECT send_id FROM agent_requests WHERE channel_id = $2::uuid ORDER BY created_at DESC LIMIT 1) RETURNING id::text AS id`,
      [eventId, lobby.id],
    );
    expect(uuid).toHaveLength(1);
    expect(told?.messageId).toMatch(/^m_/);
    return eventId;
  }

  function react(eventId: string, key: string, sender: string) {
    const reactionEventId = `$reaction${(serial += 1)}`;
    return decideByReaction(world.database, {
      channelId: lobby.id,
      reactionEventId,
      targetEventId: eventId,
      key,
      sender,
    });
  }

  async function statusOf(agent: Shown): Promise<string> {
    return (await world.get(keys.alice, `/v1/agents/${agent.id}`)).json<Shown>().status;
  }

  return {
    world,
    dao,
    lobby,
    keys,
    join,
    keyOf,
    newAgent,
    request,
    decide,
    historyOf,
    deliver,
    react,
    statusOf,
  };
}

export type Registry = Awaited<ReturnType<typeof openRegistry>>;
