import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Problem {
  code: string;
  errors: { pointer: string; code: string }[];
}
interface Stream {
  messageId: string;
  state: string;
  seq: number;
  parts: string[];
}

let world: ApiWorld;
let channel: ChannelRow;
let url: string;
let token: string;
let others: string;

beforeAll(async () => {
  world = await ApiWorld.open();
  const { id: microdaoId } = await world.microdao("One", "alice");
  const sofia = await world.agent("sofia", microdaoId);
  const mira = await world.agent("mira", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  await world.member(channel, { agent: mira.id });
  url = `/v1/channels/${channel.apiId}/messages`;
  token = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId });
  others = await world.key({ subject: { kind: "agent", id: "agent:mira" }, microdaoId });
});

afterAll(() => world.close());

function patch(id: string, body: object, key = token) {
  return world.request(key, { method: "PATCH", url: `/v1/messages/${id}/stream`, payload: body });
}

async function sends(): Promise<number> {
  const [row] = await world.sql<{ n: number }>("SELECT count(*)::int AS n FROM matrix.sends");
  return row?.n ?? 0;
}

describe("messages that grow, over HTTP", () => {
  it("are begun by a post, take numbered pieces once, and end once", async () => {
    const begun = await world.post(token, url, { text: "One", stream: true });
    expect(begun.statusCode, begun.body).toBe(202);
    const { id } = begun.json<{ id: string }>();
    const first = await patch(id, { append: " two", seq: 1 });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json()).toEqual({ messageId: id, state: "open", seq: 1, parts: [id] });
    expect((await patch(id, { append: " two", seq: 1 })).json<Stream>().seq).toBe(1);
    expect((await patch(id, { append: " four", seq: 3 })).json<Stream>().seq).toBe(1);
    expect((await patch(id, {})).json<Stream>().state).toBe("open");
    const done = await patch(id, { append: " three", seq: 2, done: true });
    expect(done.json()).toEqual({ messageId: id, state: "complete", seq: 2, parts: [id] });
    expect((await patch(id, { done: true })).json<Stream>().state).toBe("complete");
    const late = await patch(id, { append: "!" });
    expect([late.statusCode, late.json<Problem>().code]).toEqual([409, "stream_ended"]);
    const [edit] = await world.sql<{ body: string }>(
      `SELECT content #>> '{m.new_content,body}' AS body FROM matrix.sends WHERE kind = 'edit' ORDER BY seq DESC LIMIT 1`,
    );
    expect(edit?.body).toBe("One two three");
  });

  it("end with a sentence when they fail, and say that they were stopped", async () => {
    for (const [ending, sentence, state] of [
      [{ failed: "The model is away." }, "Half\n\nThe model is away.", "failed"],
      [{ cancelled: true }, "Half\n\n⏹️ Stopped.", "cancelled"],
    ] as const) {
      const { id } = (await world.post(token, url, { text: "Half", stream: true })).json<{ id: string }>();
      expect((await patch(id, ending)).json<Stream>().state).toBe(state);
      const [edit] = await world.sql<{ body: string }>(
        `SELECT content #>> '{m.new_content,body}' AS body FROM matrix.sends WHERE kind = 'edit' ORDER BY seq DESC LIMIT 1`,
      );
      expect(edit?.body).toBe(sentence);
    }
  });

  it("belong to the agent that began them, and what does not grow is refused", async () => {
    const { id } = (await world.post(token, url, { text: "mine", stream: true })).json<{ id: string }>();
    expect((await patch(id, { text: "not yours" }, others)).statusCode).toBe(403);
    const plain = (await world.post(token, url, { text: "whole" })).json<{ id: string }>();
    const refused = await patch(plain.id, { text: "more" });
    expect([refused.statusCode, refused.json<Problem>().code]).toEqual([404, "stream_not_found"]);
    expect((await patch("m_00000000000000000000000000", { text: "x" })).statusCode).toBe(404);
    for (const bad of [{ text: "a", append: "b" }, { done: true, failed: "x" }, { seq: 0 }, { more: 1 }])
      expect((await patch(id, bad)).statusCode).toBe(422);
  });
});

describe("batches", () => {
  it("are one transaction with as many statements as for one message, and keep their order", async () => {
    const batch = (count: number) => ({
      messages: Array.from({ length: count }, (_none, index) => ({ text: `batch of ${count}: ${index}` })),
    });
    const few = await world.counting(() => world.post(token, `${url}/batch`, batch(2)));
    const many = await world.counting(() => world.post(token, `${url}/batch`, batch(100)));
    expect(many.result.statusCode, many.result.body).toBe(202);
    expect(many.statements).toHaveLength(few.statements.length);
    const ids = many.result.json<{ items: { id: string; state: string }[] }>().items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(100);
    const rows = await world.sql<{ body: string }>(
      `SELECT content ->> 'body' AS body FROM matrix.sends WHERE content ->> 'body' LIKE 'batch of 100:%' ORDER BY seq`,
    );
    expect(rows.map(({ body }) => body)).toEqual(batch(100).messages.map(({ text }) => text));
  });

  it("are all or nothing, with every fault by its place", async () => {
    const before = await sends();
    const response = await world.post(token, `${url}/batch`, {
      messages: [
        { text: "fine" },
        { text: "answers nothing", replyTo: "$nothing" },
        { text: "é".repeat(40_000) },
        { text: "twice", idempotencyKey: "k" },
        { text: "twice", idempotencyKey: "k" },
      ],
    });
    expect(response.statusCode).toBe(422);
    expect(response.json<Problem>().code).toBe("batch_refused");
    expect(response.json<Problem>().errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ["/messages/1/replyTo", "message_not_found"],
      ["/messages/2", "message_too_large"],
      ["/messages/4/idempotencyKey", "idempotency_key_reused"],
    ]);
    expect(await sends()).toBe(before);
    expect((await world.post(token, `${url}/batch`, { messages: [] })).statusCode).toBe(422);
    const many = { messages: Array.from({ length: 101 }, () => ({ text: "x" })) };
    expect((await world.post(token, `${url}/batch`, many)).statusCode).toBe(422);
  });

  it("are repeated message by message", async () => {
    const first = { messages: [{ text: "a", idempotencyKey: "a" }] };
    const second = { messages: [...first.messages, { text: "b", idempotencyKey: "b" }] };
    const one = await world.post(token, `${url}/batch`, first);
    const before = await sends();
    const two = await world.post(token, `${url}/batch`, second);
    const items = two.json<{ items: { id: string; repeated: boolean }[] }>().items;
    expect(items[0]?.id).toBe(one.json<{ items: { id: string }[] }>().items[0]?.id);
    expect(items.map(({ repeated }) => repeated)).toEqual([true, false]);
    expect(await sends()).toBe(before + 1);
    const other = await world.post(token, `${url}/batch`, { messages: [{ text: "c", idempotencyKey: "a" }] });
    expect(other.json<Problem>().errors[0]?.pointer).toBe("/messages/0/idempotencyKey");
  });
});

describe("texts that are too long", () => {
  const long = Array.from({ length: 3_000 }, (_none, line) => `line ${line} of a long answer`).join("\n");

  it("70: are refused with the limit, split in order, or sent as a file, as was asked for", async () => {
    const refused = await world.post(token, url, { text: long });
    expect([refused.statusCode, refused.json<Problem>().code]).toEqual([413, "message_too_large"]);
    const split = await world.post(
      token,
      url,
      { text: long, overflow: "split" },
      { "idempotency-key": "long" },
    );
    expect(split.statusCode, split.body).toBe(202);
    const { id, parts } = split.json<{ id: string; parts: string[] }>();
    expect(parts.length).toBeGreaterThan(1);
    expect(parts[0]).toBe(id);
    const rows = await world.sql<{ body: string }>(
      `SELECT content ->> 'body' AS body FROM matrix.sends WHERE content ->> 'body' LIKE 'line %' ORDER BY seq`,
    );
    expect(rows.map(({ body }) => body).join("\n")).toBe(long);
    const again = await world.post(
      token,
      url,
      { text: long, overflow: "split" },
      { "idempotency-key": "long" },
    );
    expect(again.json<{ parts: string[] }>().parts).toEqual(parts);
    const attached = await world.post(token, url, { markdown: long, overflow: "attach" });
    expect(attached.statusCode, attached.body).toBe(202);
    const [file] = await world.sql<{ content: Record<string, unknown> }>(
      `SELECT content FROM matrix.sends ORDER BY seq DESC LIMIT 1`,
    );
    expect(file?.content).toMatchObject({
      msgtype: "m.file",
      filename: "message.md",
      info: { mimetype: "text/markdown", size: Buffer.byteLength(long) },
    });
  });
});
