import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/domain/governance/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Posted {
  id: string;
  delivery: { state: string };
}

let world: ApiWorld;
let sofia: Agent;
let channel: ChannelRow;
let url: string;
let token: string;

beforeAll(async () => {
  world = await ApiWorld.open();
  const { id: microdaoId } = await world.microdao("One", "alice");
  sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  url = `/v1/channels/${channel.apiId}/messages`;
  token = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId });
});

afterAll(() => world.close());

async function sends(): Promise<number> {
  const [row] = await world.sql<{ n: number }>("SELECT count(*)::int AS n FROM matrix.sends");
  return row?.n ?? 0;
}

describe("posting", () => {
  it("a message is stored, told to delivery, and has its id from the beginning", async () => {
    const before = world.woken.count;
    const response = await world.post(token, url, { text: "Hello" });
    expect(response.statusCode, response.body).toBe(202);
    const posted = response.json<Posted>();
    expect(response.headers.location).toBe(`/v1/messages/${posted.id}`);
    expect(response.headers["idempotency-replayed"]).toBeUndefined();
    expect(world.woken.count).toBe(before + 1);
    expect(posted).toMatchObject({
      eventId: null,
      channelId: channel.apiId,
      sender: {
        kind: "agent",
        id: encodeId("ag", sofia.id),
        matrixId: "@dao_sofia:test",
        displayName: "sofia",
      },
      kind: "text",
      preview: "Hello",
      replyTo: null,
      delivery: { state: "queued", attempts: 0, error: null, sentAt: null, confirmedAt: null },
    });
    const again = await world.get(token, response.headers.location as string);
    expect(again.json()).toEqual(posted);
  });

  it("delivery is shown as it goes on", async () => {
    const { id } = (await world.post(token, url, { text: "Watch me" })).json<Posted>();
    const show = async () => (await world.get(token, `/v1/messages/${id}`)).json<object>();
    const set = (change: string) =>
      world.sql(`UPDATE matrix.sends SET ${change} WHERE content ->> 'body' = 'Watch me'`);
    await set(
      "state = 'sending', attempts = 2, last_error_code = 'M_LIMIT_EXCEEDED', last_error = 'slow down'",
    );
    expect(await show()).toMatchObject({
      delivery: { state: "sending", attempts: 2, error: { code: "M_LIMIT_EXCEEDED", detail: "slow down" } },
    });
    await set("state = 'failed', last_error_code = 'M_FORBIDDEN'");
    expect(await show()).toMatchObject({ delivery: { state: "failed", error: { code: "M_FORBIDDEN" } } });
    await set("state = 'sent', event_id = '$sent', sent_at = '2026-01-01T00:00:00Z', last_error_code = NULL");
    expect(await show()).toMatchObject({
      eventId: "$sent",
      delivery: { state: "sent", error: null, sentAt: "2026-01-01T00:00:00.000Z" },
    });
  });

  it("markdown, kinds, replies and threads are taken", async () => {
    const user = await world.user("alice");
    const heard = await world.message(channel, user.id, { at: Date.UTC(2026, 0, 1) });
    const reply = await world.post(token, url, {
      markdown: "**yes**",
      replyTo: heard.apiId,
      msgtype: "m.notice",
    });
    expect(reply.statusCode, reply.body).toBe(202);
    expect(reply.json()).toMatchObject({
      kind: "notice",
      replyTo: { id: heard.apiId, eventId: heard.eventId },
    });
    const inThread = await world.post(token, url, { text: "on", threadRoot: heard.eventId });
    expect(inThread.json()).toMatchObject({ replyTo: null, threadRoot: { id: heard.apiId } });
  });

  it("a post leaves a row in the audit log, with the request", async () => {
    const { id } = (
      await world.post(token, url, { text: "noted" }, { "x-request-id": "request-77" })
    ).json<Posted>();
    const rows = await world.sql(
      `SELECT action, actor_id, actor_kind, request_id, data - 'key_id' AS data FROM audit_log WHERE resource_id = $1`,
      [id],
    );
    expect(rows).toEqual([
      {
        action: "message.posted",
        actor_id: encodeId("ag", sofia.id),
        actor_kind: "agent",
        request_id: "request-77",
        data: {},
      },
    ]);
    const told = await world.sql(
      "SELECT 1 FROM outbox_events WHERE topic = 'audit.event' AND payload #>> '{payload,resource_id}' = $1",
      [id],
    );
    expect(told).toHaveLength(1);
  });
});

describe("an Idempotency-Key", () => {
  it("gives the same message again, and says so", async () => {
    const headers = { "idempotency-key": "once upon a time" };
    const first = await world.post(token, url, { text: "once" }, headers);
    const before = await sends();
    const woken = world.woken.count;
    const second = await world.post(token, url, { text: "once" }, headers);
    expect(second.statusCode).toBe(202);
    expect(second.json()).toEqual(first.json());
    expect(second.headers["idempotency-replayed"]).toBe("true");
    expect(second.headers.location).toBe(first.headers.location);
    expect(await sends()).toBe(before);
    expect(world.woken.count).toBe(woken);
  });

  it("belongs to the agent, not to the key it came with", async () => {
    const other = await world.key({ subject: { kind: "agent", id: "agent:sofia" } });
    const headers = { "idempotency-key": "shared" };
    const first = await world.post(token, url, { text: "shared" }, headers);
    const second = await world.post(other, url, { text: "shared" }, headers);
    expect(second.json<Posted>().id).toBe(first.json<Posted>().id);
  });

  it("another agent's is another", async () => {
    const microdao = (await world.sql<{ id: string }>("SELECT id::text FROM microdaos"))[0]!;
    const hugo = await world.agent("hugo", microdao.id);
    await world.member(channel, { agent: hugo.id });
    const other = await world.key({ subject: { kind: "agent", id: "agent:hugo" } });
    const headers = { "idempotency-key": "shared" };
    const mine = await world.post(token, url, { text: "shared" }, headers);
    const theirs = await world.post(other, url, { text: "shared" }, headers);
    expect(theirs.json<Posted>().id).not.toBe(mine.json<Posted>().id);
  });

  it("is refused for another message", async () => {
    const headers = { "idempotency-key": "taken" };
    await world.post(token, url, { text: "one" }, headers);
    for (const body of [{ text: "two" }, { markdown: "one" }, { text: "one", msgtype: "m.notice" }]) {
      const response = await world.post(token, url, body, headers);
      expect(response.statusCode).toBe(422);
      expect(response.json()).toMatchObject({ code: "idempotency_key_reused", status: 422 });
    }
  });

  it("posted twice at once is one row", async () => {
    const before = await sends();
    const headers = { "idempotency-key": "at once" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.post(token, url, { text: "at once" }, headers)),
    );
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.json<Posted>().id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers["idempotency-replayed"] === "true")).toHaveLength(7);
    expect(await sends()).toBe(before + 1);
    const audited = await world.sql("SELECT 1 FROM audit_log WHERE resource_id = $1", [
      answers[0]!.json<Posted>().id,
    ]);
    expect(audited).toHaveLength(1);
  });
});
