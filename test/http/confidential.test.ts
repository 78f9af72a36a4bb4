import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { claimDue, deliverOnce, takeUpRuns } from "../../src/domain/endpoints/index.ts";
import { capabilityTable, openSealer, seedGovernance } from "../../src/domain/governance/index.ts";
import { indexMessages } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { openProgramsWorld, type ProgramsWorld } from "../endpoints/programs-world.ts";
import type { ChannelRow } from "./api-world.ts";
import { readSocket, readSse } from "./stream-reader.ts";

/** In every word that is said in the channel, and in nothing else. */
const secret = "crowberry";
const teamId = "t_00000000000000000000000001";

/**
 * Every route that gives something: whether it gives words of the channel to an agent that may see them. A route that is
 * not here has not been thought about.
 */
const routes: Record<string, "words" | "no words" | "stream"> = {
  "GET /health": "no words",
  "GET /ready": "no words",
  "GET /v1/agents": "no words",
  "GET /v1/agents/me/triggers": "stream",
  "GET /v1/agents/{agentId}": "no words",
  "GET /v1/agents/{agentId}/changes": "no words",
  "GET /v1/agents/{agentId}/sessions": "no words",
  "GET /v1/agents/{agentId}/usage": "no words",
  "GET /v1/agents/{agentId}/webhook": "no words",
  "GET /v1/agents/{agentId}/webhook/deliveries": "no words",
  "GET /v1/audit": "no words",
  "GET /v1/blueprints": "no words",
  "GET /v1/blueprints/{blueprintId}": "no words",
  "GET /v1/bundles": "no words",
  "GET /v1/capabilities": "no words",
  "GET /v1/channels": "words",
  "GET /v1/channels/{channelId}": "words",
  "GET /v1/channels/{channelId}/agents/{agentId}": "no words",
  "GET /v1/channels/{channelId}/agents/{agentId}/schedules": "words",
  "GET /v1/channels/{channelId}/export": "words",
  "GET /v1/channels/{channelId}/freeze": "no words",
  "GET /v1/channels/{channelId}/members": "words",
  "GET /v1/channels/{channelId}/messages": "words",
  "GET /v1/channels/{channelId}/retention": "no words",
  "GET /v1/followups": "words",
  "GET /v1/followups/{followupId}": "words",
  "GET /v1/keys": "no words",
  "GET /v1/keys/{keyId}": "no words",
  "GET /v1/keys/{keyId}/usage": "no words",
  "GET /v1/media/{messageId}": "words",
  "GET /v1/messages/{messageId}": "words",
  "GET /v1/messages/{messageId}/edits": "words",
  "GET /v1/messages/{messageId}/reactions": "words",
  "GET /v1/messages/{messageId}/replies": "words",
  "GET /v1/messages/{messageId}/thread": "words",
  "GET /v1/microdaos": "no words",
  "GET /v1/microdaos/{microdaoId}": "no words",
  "GET /v1/microdaos/{microdaoId}/freeze": "no words",
  "GET /v1/microdaos/{microdaoId}/hierarchy": "words",
  "GET /v1/microdaos/{microdaoId}/members": "no words",
  "GET /v1/microdaos/{microdaoId}/models": "no words",
  "GET /v1/runs": "no words",
  "GET /v1/runs/{runId}": "no words",
  "GET /v1/runs/{runId}/context": "words",
  "GET /v1/search": "words",
  "GET /v1/sends/{sendId}": "no words",
  "GET /v1/stream": "stream",
};

let world: ProgramsWorld;
let channel: ChannelRow;
let base: string;
/** A key of the agent's that holds every capability there is. */
let agentKey: string;
let ids: Record<string, string>;
let eventId: string;
/** What each route gave before the team became confidential. */
const before = new Map<string, string>();
let linkBefore: string;

beforeAll(async () => {
  const open = () =>
    Promise.resolve({
      type: "text/plain",
      inline: true,
      length: secret.length,
      body: Readable.from([Buffer.from(secret)]),
    });
  world = await openProgramsWorld({
    media: { source: { open }, linkMs: 3_600_000 },
    rateLimit: { perSecond: 1_000, burst: 100_000 },
    streamLimits: { heartbeatMs: 100, recheckMs: 50 },
  });
  const { api, sofia, microdaoId } = world;
  base = await api.app.listen({ host: "127.0.0.1", port: 0 });
  await transact(api.database, bridgeActor, seedGovernance);
  agentKey = await api.key({
    subject: { kind: "agent", id: sofia.externalId },
    capabilities: capabilityTable.map(([code]) => code),
    microdaoId,
  });
  await api.sql(
    `INSERT INTO teams (id, microdao_id, name, slug, mode) VALUES ($2, $1::uuid, 'Board', 'board', 'public')`,
    [microdaoId, teamId],
  );
  channel = await api.channel(microdaoId, "private", { teamId });
  await api.member(channel, { user: (await api.user("alice")).id });
  await api.member(channel, { agent: sofia.id });
  await fill();
  for (const route of Object.keys(routes))
    if (routes[route] !== "stream") before.set(route, await ask(route));
  const message = await api.get(agentKey, `/v1/messages/${ids["messageId"]}`);
  linkBefore = message.json<{ media: { url: string }[] }>().media[0]!.url;
  await api.sql(`UPDATE teams SET mode = 'confidential' WHERE id = $1`, [teamId]);
});
afterAll(() => world.close());

/** Says and does in the channel whatever leaves words in a table, as it was before anybody took them out. */
async function fill(): Promise<void> {
  const { api, sofia } = world;
  const alice = await api.user("alice");
  const at = 1_690_000_000_000;
  const root = await api.message(channel, alice.id, { at, text: `${secret} first` });
  const answer = { text: `${secret} second`, replyTo: root.eventId, threadRoot: root.eventId };
  await api.message(channel, alice.id, { at: at + 1, ...answer });
  const metadata = { msgtype: "m.file", mxc: "mxc://test/1", filename: `${secret}.txt`, size: 9 };
  await api.sql(
    `UPDATE messages SET kind = 'file', metadata = $2::jsonb, original = $3::jsonb WHERE id = $1::uuid`,
    [
      root.id,
      JSON.stringify(metadata),
      JSON.stringify({ kind: "file", preview: `${secret} at first`, metadata }),
    ],
  );
  await api.sql(
    `INSERT INTO matrix.edits (event_id, channel_id, target_event_id, sender_id, origin_server_ts, kind, preview, parked)
     VALUES ('$edit', $1::uuid, $2, $3::uuid, 5, 'text', $4, false)`,
    [channel.id, root.eventId, alice.id, `${secret} edited`],
  );
  await api.react(channel, { target: root.eventId, senderId: alice.id, key: secret });
  await api.sql(`INSERT INTO matrix.search_queue (message_id) SELECT id FROM messages`);
  await transact(api.database, bridgeActor, (tx) => indexMessages(tx, 100));
  await api.sql(
    `INSERT INTO followups (id, message_id, channel_id, note) VALUES ('f_00000000000000000000000001', $1::uuid, $2::uuid, $3)`,
    [root.id, channel.id, `${secret} to do`],
  );
  await api.sql(`UPDATE channels SET name = $2, topic = $2 WHERE id = $1::uuid`, [channel.id, secret]);
  await api.sql(`UPDATE channel_members SET display_name = $2 WHERE channel_id = $1::uuid`, [
    channel.id,
    `Alice of ${secret}`,
  ]);
  await api.sql(
    `INSERT INTO agent_schedules (id, agent_id, channel_id, cron, prompt, created_by)
     VALUES ('sched_00000000000000000000000001', $1::uuid, $2::uuid, '0 0 1 1 *', $3, 'u_1')`,
    [sofia.id, channel.id, `${secret} every year`],
  );
  await fillSpace();
  const asked = await world.ask(channel, `${secret} what is due?`);
  ({ eventId } = asked);
  await api.sql(`UPDATE agent_runs SET thread_root = $2 WHERE id = $1`, [asked.runId, root.eventId]);
  await api.sql(`UPDATE messages SET thread_root_event_id = $2 WHERE matrix_event_id = $1`, [
    eventId,
    root.eventId,
  ]);
  const url = "https://example.org/hook";
  const webhook = { method: "PUT", url: `/v1/agents/${sofia.apiId}/webhook`, payload: { url } } as const;
  expect((await api.request(world.manager, webhook)).statusCode).toBe(201);
  const sent = await api.post(agentKey, `/v1/channels/${channel.apiId}/messages`, {
    text: `${secret} by me`,
  });
  const [own] = await api.sql<{ id: string }>(
    `SELECT id FROM access_keys WHERE subject_kind = 'agent' LIMIT 1`,
  );
  const [blueprint] = await api.sql<{ code: string }>(`SELECT code FROM agent_blueprints LIMIT 1`);
  const [microdao] = await api.sql<{ id: string }>(`SELECT external_id AS id FROM microdaos LIMIT 1`);
  ids = {
    agentId: sofia.apiId,
    blueprintId: blueprint!.code,
    channelId: channel.apiId,
    followupId: "f_00000000000000000000000001",
    keyId: own!.id,
    messageId: root.apiId,
    microdaoId: microdao!.id,
    runId: asked.runId,
    sendId: sent.json<{ id: string }>().id,
  };
}

async function fillSpace(): Promise<void> {
  const { api, microdaoId } = world;
  await api.sql(`UPDATE microdaos SET matrix_space_id = '!space:test' WHERE id = $1::uuid`, [microdaoId]);
  await api.sql(
    `INSERT INTO matrix.rooms (room_id, status) VALUES ('!space:test', 'joined') ON CONFLICT DO NOTHING`,
  );
  await api.sql(
    `INSERT INTO matrix.space_children (space_id, room_id, via, suggested, added_by, added_ts)
     VALUES ('!space:test', $1, '{test}', false, '@alice:test', 1)`,
    [channel.roomId],
  );
}

/** All that a route says to the agent. */
async function ask(route: string): Promise<string> {
  const path = route.slice("GET ".length).replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
  const query = path === "/v1/search" ? `?q=${secret}` : "";
  const reply = await world.api.get(agentKey, path + query);
  return reply.body + JSON.stringify(reply.headers);
}

describe("an agent in a channel whose team has become confidential, while words are still stored", () => {
  it("every route that gives something is in the table", () => {
    const { paths } = JSON.parse(readFileSync("docs/openapi.json", "utf8")) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const gets = Object.entries(paths).flatMap(([path, operations]) =>
      "get" in operations ? [`GET ${path}`] : [],
    );
    expect(gets.toSorted()).toEqual(Object.keys(routes).toSorted());
  });

  it.each(Object.entries(routes).filter(([, gives]) => gives !== "stream"))(
    "has no word of it from %s",
    async (route, gives) => {
      expect(before.get(route)!.includes(secret), before.get(route)).toBe(gives === "words");
      expect(await ask(route)).not.toContain(secret);
    },
  );

  it("has no file by a link that it was given before", async () => {
    const reply = await world.api.get(undefined, linkBefore);
    expect([reply.statusCode, reply.body.includes(secret)]).toEqual([404, false]);
  });

  it.each(["server-sent events", "a WebSocket"])(
    "has no word of it from %s, also of what was told before",
    async (way) => {
      const { api } = world;
      const tell = (where: ChannelRow, preview: string) =>
        transact(api.database, bridgeActor, (tx) => {
          tx.emit({
            topic: "chat.message.created",
            key: `$told ${preview} ${way}`,
            at: tx.now,
            actor: bridgeActor,
            payload: { channel_id: where.apiId, preview },
            microdaoId: encodeId("md", world.microdaoId),
          });
          return Promise.resolve();
        });
      const open = await world.addChannel();
      await tell(open, "first");
      const read = way === "a WebSocket" ? readSocket : readSse;
      const first = await read(base, { token: agentKey });
      const { id } = await first.until(({ type }) => type === "ready");
      first.close();
      await tell(channel, `${secret} was told`);
      await tell(open, "last");
      const reader = await read(base, { token: agentKey, lastEventId: id });
      await reader.until(({ data }) => JSON.stringify(data).includes('"last"'));
      expect(JSON.stringify(reader.messages)).not.toContain(secret);
      reader.close();
    },
  );

  it.each(["server-sent events", "a WebSocket"])("hears triggers over %s without a word", async (way) => {
    const text = await (way === "a WebSocket" ? hearSocket : hearSse)(`${base}/v1/agents/me/triggers`);
    expect(text).toContain("ready");
    expect(text).not.toContain(secret);
  });

  it.each([
    ["POST", "/v1/messages/{messageId}/followup", { note: "x" }],
    ["POST", "/v1/channels/{channelId}/followups", { message: "{eventId}" }],
    ["PATCH", "/v1/followups/{followupId}", { status: "resolved" }],
    ["POST", "/v1/channels/{channelId}/messages", { text: "x" }],
    ["POST", "/v1/channels/{channelId}/messages/batch", { messages: [{ text: "x" }] }],
    ["PATCH", "/v1/messages/{messageId}", { text: "x" }],
    ["DELETE", "/v1/messages/{messageId}", undefined],
    ["PUT", "/v1/messages/{messageId}/reactions/x", undefined],
    ["PUT", "/v1/channels/{channelId}/typing", { typing: true }],
    ["PATCH", "/v1/channels/{channelId}", { name: "x" }],
    ["POST", "/v1/channels/{channelId}/archive", {}],
    ["PUT", "/v1/channels/{channelId}/retention", { days: 1 }],
    ["PUT", "/v1/channels/{channelId}/freeze", { reason: "x" }],
    ["PUT", "/v1/channels/{channelId}/agents/{agentId}", {}],
    ["POST", "/v1/channels/{channelId}/agents/{agentId}/schedules", { cron: "0 0 1 1 *", prompt: "x" }],
  ] as const)("is answered to %s %s as if there were no such thing", async (method, path, payload) => {
    const filled = (text: string) =>
      text.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        name === "eventId" ? eventId : (ids[name] ?? name),
      );
    const reply = await world.api.request(agentKey, {
      method,
      url: filled(path),
      ...(payload && { payload: JSON.parse(filled(JSON.stringify(payload))) as object }),
    });
    expect(reply.statusCode, reply.body).toBe(404);
    expect(reply.body).not.toContain(secret);
  });

  it("is given no run of it by a claim, and the run ends", async () => {
    const reply = await world.api.post(agentKey, "/v1/runs/claim", { limit: 50 });
    expect(reply.json()).toEqual({ items: [] });
    expect(await world.run(ids["runId"]!)).toMatchObject({ status: "failed", error: "channel_encrypted" });
  });

  it("is told nothing by a webhook, neither of what waits nor of what is on its way", async () => {
    const { api } = world;
    const bodies: string[] = [];
    const deps = {
      database: api.database,
      sealer: openSealer(new Uint8Array(32).fill(9)),
      readQuestion: () => Promise.resolve(secret),
      sender: {
        send: ({ body }: { body: string }) => {
          bodies.push(body);
          return Promise.resolve({ is: "answered", status: 204, body: "", retryAfterMs: undefined } as never);
        },
      } as never,
      wakeEgress: () => undefined,
      log: silentLog,
    };
    await api.sql(`UPDATE teams SET mode = 'public'`);
    const { runId } = await world.ask(channel, secret);
    expect(await takeUpRuns(api.database)).toBe(1);
    await api.sql(`UPDATE teams SET mode = 'confidential'`);
    const waiting = await world.ask(channel, secret);
    await takeUpRuns(api.database);
    for (const held of await claimDue(api.database, 100)) {
      await deliverOnce(deps, held, new AbortController().signal);
    }
    expect(bodies).toEqual([]);
    expect(await world.run(runId)).toMatchObject({ status: "cancelled" });
    expect(await world.run(waiting.runId)).toMatchObject({ status: "queued" });
  });
});

async function hearSse(url: string): Promise<string> {
  const abort = new AbortController();
  const reply = await fetch(url, { headers: { authorization: `Bearer ${agentKey}` }, signal: abort.signal });
  let text = "";
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    // The heartbeat comes when all that waits was told.
    if (text.includes("trigger") || /\n:/.test(text)) break;
  }
  abort.abort();
  return text;
}

async function hearSocket(url: string): Promise<string> {
  const socket = new WebSocket(url.replace("http", "ws"), ["microdao.v1", `bearer.${agentKey}`]);
  const heard: string[] = [];
  await new Promise<void>((resolve) =>
    socket.addEventListener("message", ({ data }) => {
      heard.push(String(data));
      if (heard.length === 2 || String(data).includes("ready")) resolve();
    }),
  );
  socket.close();
  return heard.join("");
}
