import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { claimSends, confirmSends, recordOutcome } from "../../src/domain/messaging/index.ts";
import { decodeId, encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Shown {
  id: string;
  messageId: string;
}

let world: ApiWorld;
const typed: unknown[] = [];
let channel: ChannelRow;
let hidden: ChannelRow;
let token: string;
let mayRedact: string;
let heard: { apiId: string };

beforeAll(async () => {
  world = await ApiWorld.open({ showTyping: (typing) => void typed.push(typing) });
  const { id: microdaoId } = await world.microdao("One", "alice");
  const sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  hidden = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  const subject = { kind: "agent", id: "agent:sofia" } as const;
  token = await world.key({ subject, microdaoId });
  mayRedact = await world.key({
    subject,
    microdaoId,
    capabilities: ["chat.message.send", "chat.message.redact"],
  });
  heard = await world.message(channel, (await world.user("alice")).id, { at: Date.UTC(2026, 0, 1) });
});

afterAll(() => world.close());

async function post(text: string): Promise<string> {
  const response = await world.post(token, `/v1/channels/${channel.apiId}/messages`, { text });
  return response.json<{ id: string }>().id;
}

function call(method: "PATCH" | "DELETE" | "PUT", url: string, more: object = {}, key = token) {
  return world.request(key, { method, url: `/v1/messages/${url}`, ...more });
}

const thumb = encodeURIComponent("👍");

describe("typing", () => {
  it("137: is shown as the agent, ends by itself or on request, and stores nothing", async () => {
    const put = (payload: object, key = token) =>
      world.request(key, { method: "PUT", url: `/v1/channels/${channel.apiId}/typing`, payload });
    const where = { roomId: channel.roomId, userId: "@dao_sofia:test" };
    typed.length = 0;
    expect((await put({ typing: true })).statusCode).toBe(204);
    expect((await put({ typing: true, timeoutMs: 5_000 })).statusCode).toBe(204);
    expect((await put({ typing: false })).statusCode).toBe(204);
    expect(typed).toEqual([
      { ...where, timeoutMs: 30_000 },
      { ...where, timeoutMs: 5_000 },
      { ...where, timeoutMs: 0 },
    ]);
    expect((await put({ typing: true, timeoutMs: 1e9 })).statusCode).toBe(422);
    const url = `/v1/channels/${hidden.apiId}/typing`;
    const refused = await world.request(token, { method: "PUT", url, payload: { typing: true } });
    expect(refused.json()).toMatchObject({ status: 404, code: "channel_not_found" });
    expect(typed).toHaveLength(3);
  });
});

describe("changing messages", () => {
  it("an edit is stored, told to delivery, shown where Location says, and noted in the audit log", async () => {
    const messageId = await post("helo");
    const woken = world.woken.count;
    const response = await call("PATCH", messageId, { payload: { markdown: "**hello**" } });
    expect(response.statusCode, response.body).toBe(202);
    const shown = response.json<Shown>();
    expect(shown).toMatchObject({
      kind: "edit",
      messageId,
      channelId: channel.apiId,
      eventId: null,
      delivery: { state: "queued", attempts: 0, error: null },
    });
    expect(world.woken.count).toBe(woken + 1);
    expect(response.headers.location).toBe(`/v1/sends/${shown.id}`);
    expect((await world.get(token, `/v1/sends/${shown.id}`)).json()).toEqual(shown);
    const audited = await world.sql(
      `SELECT data ->> 'send_id' AS send FROM audit_log WHERE action = 'message.edited' AND resource_id = $1`,
      [messageId],
    );
    expect(audited).toEqual([{ send: shown.id }]);
    expect((await world.get(token, `/v1/messages/${messageId}`)).json()).toMatchObject({
      delivery: { state: "queued" },
    });
  });

  it("an edit with an Idempotency-Key is made once, and the key means nothing else", async () => {
    const messageId = await post("one");
    const headers = { "idempotency-key": "edit once" };
    const first = await call("PATCH", messageId, { payload: { text: "two" }, headers });
    const second = await call("PATCH", messageId, { payload: { text: "two" }, headers });
    expect(second.json<Shown>().id).toBe(first.json<Shown>().id);
    expect(second.headers["idempotency-replayed"]).toBe("true");
    const other = await call("PATCH", messageId, { payload: { text: "three" }, headers });
    expect(other.json()).toMatchObject({ status: 422, code: "idempotency_key_reused" });
  });

  it("77: reactions are idempotent both ways", async () => {
    const url = `${heard.apiId}/reactions/${thumb}`;
    const first = await call("PUT", url);
    expect(first.statusCode, first.body).toBe(202);
    expect(first.json()).toMatchObject({ kind: "reaction", messageId: heard.apiId });
    const second = await call("PUT", url);
    expect(second.json<Shown>().id).toBe(first.json<Shown>().id);
    expect(second.headers["idempotency-replayed"]).toBe("true");
    const removed = await call("DELETE", url);
    expect(removed.json()).toMatchObject({ kind: "reaction_removal", messageId: heard.apiId });
    expect((await call("DELETE", url)).statusCode).toBe(204);
  });

  it("77: a reaction has at most 500 characters, whatever they are", async () => {
    const long = (length: number) =>
      call("PUT", `${heard.apiId}/reactions/${encodeURIComponent("👍".repeat(length))}`);
    expect((await long(500)).statusCode).toBe(202);
    const refused = await call("PUT", `${heard.apiId}/reactions/${"x".repeat(501)}`);
    expect(refused.json()).toMatchObject({ status: 422, pointer: "/key" });
    expect((await call("PUT", `${heard.apiId}/reactions/%00`)).statusCode).toBe(422);
  });

  it("78: what others said is deleted only with the capability and the power, and noted as that", async () => {
    const refused = await call("DELETE", heard.apiId);
    expect(refused.json()).toMatchObject({ status: 403, code: "message_not_own" });
    const weak = await call("DELETE", heard.apiId, {}, mayRedact);
    expect(weak.json()).toMatchObject({ status: 403, code: "message_not_own" });
    await world.sql(`UPDATE matrix.rooms SET power_users = '{"@dao_sofia:test": 50}' WHERE room_id = $1`, [
      channel.roomId,
    ]);
    const done = await call("DELETE", `${heard.apiId}?reason=spam`, {}, mayRedact);
    expect(done.statusCode, done.body).toBe(202);
    const again = await call("DELETE", heard.apiId, {}, mayRedact);
    expect(again.json<Shown>().id).toBe(done.json<Shown>().id);
    const audited = await world.sql(
      `SELECT data -> 'others' AS others FROM audit_log WHERE action = 'message.redacted' AND resource_id = $1`,
      [heard.apiId],
    );
    expect(audited).toEqual([{ others: true }]);
    expect((await call("PATCH", heard.apiId, { payload: { text: "x" } })).json()).toMatchObject({
      status: 409,
      code: "message_redacted",
    });
  });

  it("a message that is not there, or in a channel that the key may not see, is not there", async () => {
    const bob = await world.user("bob");
    const secret = await world.message(hidden, bob.id, { at: Date.UTC(2026, 0, 2) });
    for (const id of [secret.apiId, "m_01h4vjdvzefw18zfwz5dxw5y8g", "m_x", "nonsense"]) {
      const answers = [
        await call("PATCH", id, { payload: { text: "x" } }),
        await call("DELETE", id),
        await call("PUT", `${id}/reactions/x`),
        await call("DELETE", `${id}/reactions/x`),
      ];
      for (const answer of answers)
        expect(answer.json()).toMatchObject({ status: 404, code: "message_not_found" });
    }
  });

  it("only an agent's key that may send can change anything, and only the agent sees its sends", async () => {
    const messageId = await post("mine");
    const sendId = (await call("PATCH", messageId, { payload: { text: "x" } })).json<Shown>().id;
    const reader = await world.key({
      subject: { kind: "agent", id: "agent:sofia" },
      capabilities: ["chat.message.read"],
    });
    expect((await call("PATCH", messageId, { payload: { text: "x" } }, reader)).json()).toMatchObject({
      status: 403,
      code: "key_lacks_capability",
    });
    const { externalId } = await world.user("alice");
    const alice = await world.key({ subject: { kind: "user", id: externalId } });
    expect((await call("DELETE", messageId, {}, alice)).json()).toMatchObject({
      code: "agent_key_required",
    });
    for (const url of [`/v1/sends/${sendId}`, "/v1/sends/snd_x", `/v1/sends/${messageId}`]) {
      expect((await world.get(alice, url)).json()).toMatchObject({ status: 404, code: "send_not_found" });
    }
    expect((await call("PATCH", messageId, { payload: {} })).statusCode).toBe(422);
    expect((await call("PATCH", messageId, { payload: { text: "a", msgtype: "m.text" } })).statusCode).toBe(
      422,
    );
  });

  it("an encrypted channel takes no changes either", async () => {
    const messageId = await post("before");
    await world.sql(`UPDATE matrix.rooms SET encrypted = true WHERE room_id = $1`, [channel.roomId]);
    for (const answer of [
      await call("PATCH", messageId, { payload: { text: "x" } }),
      await call("PUT", `${messageId}/reactions/x`),
      await call("DELETE", messageId),
    ]) {
      expect(answer.json()).toMatchObject({ status: 409, code: "channel_encrypted" });
    }
  });
});

describe("how far something is", () => {
  const later = () => new Date(world.database.clock.now().getTime() + 60_000);

  /** The head of the queue of a room, as whoever delivers it has it. */
  async function claim(roomId: string) {
    const claimed = await claimSends(world.database.db, { now: later(), leaseMs: 20_000, limit: 100 });
    const held = claimed.find((send) => send.roomId === roomId);
    if (held === undefined) throw new TypeError("nothing is due");
    return held;
  }

  it("66 and 67: is said of messages, batches, streams, edits, reactions and deletions alike, from the first try to the end", async () => {
    const place = await world.channel((await world.microdao("Two", "bob")).id, "public");
    const [sofia] = await world.sql<{ id: string }>(
      "SELECT id::text AS id FROM agents WHERE external_id = 'agent:sofia'",
    );
    await world.member(place, { agent: sofia?.id ?? "" });
    const key = await world.key({ subject: { kind: "agent", id: "agent:sofia" } });
    const url = `/v1/channels/${place.apiId}/messages`;
    const ask = async (method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, payload?: object) => {
      const response = await world.request(key, { method, url: path, ...(payload && { payload }) });
      expect(response.statusCode, response.body).toBe(202);
      return response.json<{ id: string; items?: { id: string }[] }>();
    };
    const sendOf = (messageId: string) => encodeId("snd", decodeId("m", messageId) ?? "");
    const message = (await ask("POST", url, { text: "one" })).id;
    const sends = [
      ["message", sendOf(message)],
      ["edit", (await ask("PATCH", `/v1/messages/${message}`, { text: "two" })).id],
      ["reaction", (await ask("PUT", `/v1/messages/${message}/reactions/${thumb}`)).id],
      ["reaction_removal", (await ask("DELETE", `/v1/messages/${message}/reactions/${thumb}`)).id],
      ["redaction", (await ask("DELETE", `/v1/messages/${message}`)).id],
      [
        "message",
        sendOf((await ask("POST", `${url}/batch`, { messages: [{ text: "b" }] })).items?.[0]?.id ?? ""),
      ],
      ["message", sendOf((await ask("POST", url, { text: "grows", stream: true })).id)],
      ["message", sendOf((await ask("POST", url, { text: "no" })).id)],
    ] as const;
    const show = async (id: string) => (await world.get(key, `/v1/sends/${id}`)).json<object>();
    const { db } = world.database;
    for (const [index, [kind, id]] of sends.entries()) {
      expect(await show(id)).toMatchObject({ kind, delivery: { state: "queued", attempts: 0, error: null } });
      const first = await claim(place.roomId);
      expect(encodeId("snd", first.id)).toBe(id);
      expect(await show(id)).toMatchObject({ delivery: { state: "sending", attempts: 1 } });
      const wait = { is: "again", code: "M_LIMIT_EXCEEDED", reason: "slow down", delayMs: 0 } as const;
      await recordOutcome(db, first, world.database.clock.now(), wait);
      expect(await show(id)).toMatchObject({
        delivery: { state: "queued", attempts: 1, error: { code: "M_LIMIT_EXCEEDED", detail: "slow down" } },
      });
      const second = await claim(place.roomId);
      if (index === sends.length - 1) {
        await recordOutcome(db, second, later(), { is: "failed", code: "M_FORBIDDEN", reason: "no" });
        expect(await show(id)).toMatchObject({
          eventId: null,
          delivery: { state: "failed", attempts: 2, error: { code: "M_FORBIDDEN", detail: "no" } },
        });
        continue;
      }
      const eventId = `$told${index}`;
      await recordOutcome(db, second, later(), { is: "sent", eventId });
      expect(await show(id)).toMatchObject({ eventId, delivery: { state: "sent", error: null } });
      const echo = { sendId: second.id, eventId, sender: "@dao_sofia:test", roomId: place.roomId };
      await transact(world.database, { id: "bridge", kind: "service" }, (tx) => confirmSends(tx, [echo]));
      expect(await show(id)).toMatchObject({ eventId, delivery: { state: "confirmed", attempts: 2 } });
    }
  });
});
