import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BridgeError, postInPieces } from "../../packages/client/src/index.ts";
import { transact } from "../../src/db/index.ts";
import { revokeAccessKey } from "../../src/domain/governance/index.ts";
import { tendStreams } from "../../src/domain/messaging/index.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: { id: string; code: string; delivery: unknown; detail: string; errors?: { pointer: string }[] };
}

let world: ApiWorld;
let channel: ChannelRow;
let base: string;
let url: string;
let token: string;

beforeAll(async () => {
  world = await ApiWorld.open();
  const { id: microdaoId } = await world.microdao("One", "alice");
  const sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  token = await newKey();
  await world.app.listen({ port: 0, host: "127.0.0.1" });
  base = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`;
  url = `${base}/v1/channels/${channel.apiId}/messages`;
});

afterAll(() => world.close());

function newKey(): Promise<string> {
  return world.key({ subject: { kind: "agent", id: "agent:sofia" } });
}

/** A request whose body is written bit by bit; what the server says to it. */
function begin(headers: Record<string, string> = {}, key = token) {
  const sent = request(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson", ...headers },
  });
  // It may be answered, and cut, before all of it is written.
  sent.on("error", () => undefined);
  return { sent, answer: answerOf(sent), write: (...lines: unknown[]) => sent.write(bodyOf(lines)) };
}

async function answerOf(sent: ClientRequest): Promise<Answer | undefined> {
  const [response] = (await once(sent, "response").catch(() => [])) as [IncomingMessage?];
  if (response === undefined) return undefined;
  const body = JSON.parse(await text(response)) as Answer["body"];
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

function bodyOf(lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}

async function say(lines: readonly unknown[], headers: Record<string, string> = {}): Promise<Answer> {
  const { sent, answer } = begin(headers);
  sent.end(bodyOf(lines));
  const answered = await answer;
  if (answered === undefined) throw new TypeError("no answer");
  return answered;
}

interface StreamRow {
  id: string;
  state: string;
  ended_by: string | null;
  body: string | null;
  seq: number;
  shown: string;
}

/** The newest message that grows, and the words that the room is shown at the end. */
async function newest(): Promise<StreamRow | undefined> {
  const [row] = await world.sql<StreamRow>(
    `SELECT x.send_id::text AS id, x.state, x.ended_by, x.body, x.seq,
            (SELECT COALESCE(s.content->'m.new_content'->>'body', s.content->>'body') FROM matrix.sends s
              WHERE s.id = x.send_id OR s.message_id = x.send_id ORDER BY s.seq DESC LIMIT 1) AS shown
       FROM matrix.streams x ORDER BY x.started_at DESC, x.send_id DESC LIMIT 1`,
  );
  return row;
}

function until(fits: (row: StreamRow | undefined) => boolean) {
  return expect.poll(async () => fits(await newest()), { interval: 20 }).toBe(true);
}

describe("a message whose request comes in pieces", () => {
  it("grows while they come, and is answered with when they end", async () => {
    const { sent, answer, write } = begin();
    write({ markdown: "One" }, { append: " **two**" });
    await until((row) => row?.body === "One **two**" && row.state === "open");
    write({ append: " thr" }, "", { text: "One **two** three" }, {});
    sent.end('{"append":"."}');
    const answered = await answer;
    expect(answered).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^m_/) as string } });
    expect(answered?.headers.location).toBe(`/v1/messages/${answered?.body.id ?? ""}`);
    expect(await newest()).toMatchObject({ state: "complete", shown: "One **two** three." });
  });

  it("ends as its last line says", async () => {
    expect((await say([{ text: "All" }, { append: " of it", done: true }])).status).toBe(202);
    expect(await newest()).toMatchObject({ state: "complete", shown: "All of it" });
    await say([{ text: "Half" }, { failed: "The model went away." }]);
    expect(await newest()).toMatchObject({ state: "failed", shown: "Half\n\nThe model went away." });
    await say([{ text: "Half" }, { cancelled: true }]);
    expect(await newest()).toMatchObject({ state: "cancelled", shown: "Half\n\n⏹️ Stopped." });
  });

  it("is written down as often as is of use, however many pieces there are", async () => {
    const pieces = Array.from({ length: 5_000 }, (_, n) => ({ append: ` ${n}` }));
    expect((await say([{ text: "0" }, ...pieces])).status).toBe(202);
    const row = await newest();
    expect(row?.shown.endsWith(" 4998 4999")).toBe(true);
    expect(row?.seq).toBeLessThan(20);
  });

  it("ends by a sentence when the connection breaks, and goes on when the request comes again with its key", async () => {
    const headers = { "idempotency-key": "answer-1" };
    const first = begin(headers);
    first.write({ text: "Once upon" }, { append: " a" });
    await until((row) => row?.body === "Once upon a");
    first.sent.destroy();
    await until((row) => row?.state === "failed");
    const broken = await newest();
    expect(broken).toMatchObject({ ended_by: "silence", shown: "Once upon a\n\n⚠️ This answer broke off." });
    const again = await say([{ text: "Once" }, { append: " upon a time" }], headers);
    expect(again).toMatchObject({ status: 202, headers: { "idempotency-replayed": "true" } });
    expect(await newest()).toMatchObject({ id: broken?.id, state: "complete", shown: "Once upon a time" });
    const third = await say([{ text: "Something else" }], headers);
    expect([third.status, third.body.id]).toEqual([202, again.body.id]);
    expect(await newest()).toMatchObject({ state: "complete", shown: "Once upon a time" });
  });

  it("belongs to the request that came last, when two have the same key", async () => {
    const headers = { "idempotency-key": "answer-2" };
    const first = begin(headers);
    first.write({ text: "mine" }, { append: " one" });
    await until((row) => row?.body === "mine one");
    const second = begin(headers);
    second.write({ text: "mine" }, { append: " two" });
    await until((row) => row?.body === "mine two");
    first.write({ append: " and more" });
    expect(await first.answer).toMatchObject({ status: 409, body: { code: "stream_taken" } });
    second.sent.end();
    expect((await second.answer)?.status).toBe(202);
    expect(await newest()).toMatchObject({ state: "complete", shown: "mine two" });
  });

  it.each([
    ["no JSON", "{", 400, "malformed_json"],
    ["no piece", { append: "a", text: "b" }, 422, "request_invalid"],
    ["no field of a piece", { append: "a", sqe: 1 }, 422, "request_invalid"],
    ["a line without an end", `"${"x".repeat(700_000)}`, 413, "payload_too_large"],
  ])("is refused and ended at a line that is %s", async (_what, line, status, code) => {
    const answered = await say([{ text: "So far" }, { append: " so good" }, line]);
    expect(answered).toMatchObject({ status, body: { code }, headers: { "content-type": /problem\+json/ } });
    expect(await newest()).toMatchObject({
      state: "failed",
      shown: "So far so good\n\n⚠️ This answer broke off.",
    });
  });

  it("is 413 with the limit when it has grown too long, and says so in the room", async () => {
    const { sent, answer, write } = begin();
    write({ text: "Long:" }, ...Array.from({ length: 9 }, () => ({ append: "x".repeat(50_000) })));
    const answered = await answer;
    sent.destroy();
    expect(answered).toMatchObject({ status: 413, body: { code: "text_too_long" } });
    expect(answered?.body.detail).toBe("The text has more than 400000 characters.");
    expect((await newest())?.state).toBe("failed");
  });

  it("is not begun by a first line that could not be posted", async () => {
    const before = await newest();
    for (const [line, pointer] of [
      [{ append: "x" }, "/append"],
      [{ text: " " }, "/text"],
      [{ text: "a", overflow: "attach" }, "/stream"],
    ] as const) {
      const answered = await say([line, { append: "more" }]);
      expect(answered).toMatchObject({ status: 422, body: { code: "request_invalid" } });
      expect(answered.body.errors?.map((fault) => fault.pointer)).toContain(pointer);
    }
    expect((await say([])).status).toBe(400);
    expect((await newest())?.id).toBe(before?.id);
  });

  it("ends when its key does not count any more", async () => {
    const key = await newKey();
    const { answer, write } = begin({}, key);
    write({ text: "As long as" }, { append: " I may" });
    await until((row) => row?.body === "As long as I may");
    const [made] = await world.sql<{ id: string }>(
      "SELECT id::text AS id FROM access_keys ORDER BY created_at DESC LIMIT 1",
    );
    await transact(world.database, { id: "cli", kind: "service" }, (tx) =>
      revokeAccessKey(tx, made?.id ?? ""),
    );
    write({ append: " not" });
    expect(await answer).toMatchObject({ status: 401, body: { code: "access_key_revoked" } });
    expect(await newest()).toMatchObject({ state: "failed" });
  });

  it("is 409 when nobody has said anything for a minute and the message has ended by itself", async () => {
    const { answer, write } = begin();
    write({ text: "Hm" }, { append: "m" });
    await until((row) => row?.body === "Hmm");
    const { database } = world;
    await tendStreams({
      ...database,
      clock: { now: () => new Date(database.clock.now().getTime() + 61_000) },
    });
    write({ append: "…" });
    expect(await answer).toMatchObject({ status: 409, body: { code: "stream_ended" } });
    expect(await newest()).toMatchObject({ state: "failed", shown: "Hmm\n\n⚠️ This answer broke off." });
  });

  it("is said by the client from whatever gives text", async () => {
    async function* words() {
      yield* ["", " \n", "Two", " and", " two"];
      await Promise.resolve();
      yield " is **four**.";
    }
    const options = { bridgeUrl: base, accessKey: token };
    const posted = await postInPieces(options, { channelId: channel.apiId, markdown: words() });
    expect(posted.id).toMatch(/^m_/);
    expect(await newest()).toMatchObject({ state: "complete", shown: "Two and two is **four**." });
    async function* broken() {
      yield "Half";
      await until((row) => row?.body === "Half" && row.state === "open");
      throw new RangeError("the model went away");
    }
    await expect(postInPieces(options, { channelId: channel.apiId, markdown: broken() })).rejects.toThrow();
    await until((row) => row?.state === "failed");
    expect(await newest()).toMatchObject({ shown: "Half\n\n⚠️ This answer broke off." });
    const refused = postInPieces(options, { channelId: "c_none", markdown: words() });
    await expect(refused).rejects.toBeInstanceOf(BridgeError);
  });
});

it("nothing else is said in pieces", async () => {
  const headers = { "content-type": "application/x-ndjson" };
  const batch = await world.request(token, {
    method: "POST",
    url: `/v1/channels/${channel.apiId}/messages/batch`,
    headers,
    payload: bodyOf([{ messages: [{ text: "a" }] }]),
  });
  expect(batch.statusCode).toBe(415);
});

it("149: a message that grows when the process stops ends by a sentence, and whoever says it is told to try again", async () => {
  const { answer, write } = begin();
  write({ text: "And so" }, { append: " on" });
  await until((row) => row?.body === "And so on");
  await world.app.close();
  expect(await answer).toMatchObject({ status: 503, body: { code: "shutting_down" } });
  expect(await newest()).toMatchObject({
    state: "failed",
    shown: "And so on\n\n⚠️ This answer broke off.",
  });
});
