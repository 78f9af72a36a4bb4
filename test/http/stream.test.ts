import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { outboxBeginning, readOutbox, transact } from "../../src/db/index.ts";
import { type Agent, revokeAccessKey } from "../../src/domain/governance/index.ts";
import type { Microdao, User } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { type DomainEvent, eventId } from "../../src/kernel/events.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { patience } from "../support/patience.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";
import { readSocket, readSse, type StreamReader } from "./stream-reader.ts";

let world: ApiWorld;
let base: string;
let dao: Microdao;
let alice: User;
let sofia: Agent;
let open: ChannelRow;
let hidden: ChannelRow;
let serial = 0;
const readers: StreamReader[] = [];
/** The bridge's ends of all connections. */
const sockets: Socket[] = [];

beforeAll(async () => {
  world = await ApiWorld.open({
    streamLimits: { heartbeatMs: 400, recheckMs: 100, slowMs: 2_000, perKey: 4 },
  });
  world.app.server.on("connection", (socket: Socket) => void sockets.push(socket));
  base = await world.app.listen({ host: "127.0.0.1", port: 0 });
  dao = await world.microdao("One", "owner");
  alice = await world.user("alice");
  sofia = await world.agent("sofia", dao.id);
  open = await world.channel(dao.id, "private");
  hidden = await world.channel(dao.id, "private");
  await world.member(open, { user: alice.id });
  await world.member(open, { agent: sofia.id });
});
afterAll(() => world.close());
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

function messageIn(channel: ChannelRow, text: string): DomainEvent {
  serial += 1;
  return {
    topic: "chat.message.created",
    key: `$told${serial}`,
    // Times that say nothing about the order of commits.
    at: new Date(1_700_000_000_000 - serial * 1_000),
    actor: bridgeActor,
    payload: { channel_id: channel.apiId, preview: text },
    microdaoId: encodeId("md", dao.id),
  };
}

async function tell(...events: DomainEvent[]): Promise<string[]> {
  await transact(world.database, bridgeActor, (tx) => {
    for (const event of events) tx.emit(event);
    return Promise.resolve();
  });
  return events.map((event) => eventId(event));
}

const say = (channel: ChannelRow, text: string) => tell(messageIn(channel, text)).then(([id = ""]) => id);
const texts = (reader: StreamReader) => reader.events().map(({ payload }) => payload["preview"]);
const saying = (text: string) => (message: { data: Record<string, unknown> }) =>
  (message.data["payload"] as { preview?: string } | undefined)?.preview === text;
const forSofia = () => world.key({ subject: { kind: "agent", id: "agent:sofia" } });

describe.each([
  ["server-sent events", readSse],
  ["a WebSocket", readSocket],
] as const)("a stream over %s", (_name, read) => {
  const follow = async (...args: Parameters<typeof readSse>) => {
    const reader = await read(...args);
    readers.push(reader);
    await reader.until(({ type }) => type === "ready");
    return reader;
  };

  it("tells what happens from now on, each event with its envelope and id", async () => {
    const token = await forSofia();
    await say(open, "before");
    await vi.waitFor(async () => {
      // Other tests write on the same server: what is said can be read when all that began before it has ended.
      expect((await readOutbox(world.database.db, outboxBeginning, 1)).held).toBe(false);
    }, patience);
    const reader = await follow(base, { token });
    const id = await say(open, "hello");
    const told = await reader.until(saying("hello"));
    expect(told).toMatchObject({
      type: "event",
      id,
      data: { event_id: id, type: "chat.message.created", version: 1 },
    });
    expect(texts(reader)).toEqual(["hello"]);
    expect(reader.messages[0]).toMatchObject({ type: "ready", data: { resumed: false } });
  });

  it("goes on where its reader stopped, without a gap and without repetition", async () => {
    const token = await forSofia();
    const first = await follow(base, { token });
    await say(open, "one");
    await first.until(saying("one"));
    first.close();
    for (let n = 0; n < 30; n += 1) await say(n % 3 === 0 ? hidden : open, `away ${n}`);
    const second = await follow(base, { token, lastEventId: first.lastId() });
    await say(open, "back");
    await second.until(saying("back"));
    const expected = Array.from({ length: 30 }, (_, n) => n).filter((n) => n % 3 !== 0);
    expect(texts(second)).toEqual([...expected.map((n) => `away ${n}`), "back"]);
    expect(second.messages[0]).toMatchObject({ data: { resumed: true } });
  });

  it("a reader that was told nothing can go on as well, and its position names no event that it may not see", async () => {
    const token = await forSofia();
    const first = await follow(base, { token });
    const unseen = await say(hidden, "secret");
    const before = first.lastId();
    await expect.poll(() => first.lastId()).not.toBe(before);
    expect(first.lastId()).toMatch(/^pos_/);
    first.close();
    await say(open, "meanwhile");
    for (const lastEventId of [before, first.lastId()]) {
      const second = await follow(base, { token, lastEventId });
      await second.until(saying("meanwhile"));
      expect(texts(second)).toEqual(["meanwhile"]);
      expect(JSON.stringify(second.messages)).not.toContain(unseen.slice(4));
    }
  });

  it("says so when the event to go on after is not kept any more", async () => {
    const token = await forSofia();
    const gone = await say(open, "gone");
    await world.sql("DELETE FROM outbox_events WHERE id = $1", [gone]);
    const reader = await follow(base, { token, lastEventId: gone });
    expect(reader.messages[0]).toMatchObject({ type: "missed", data: { code: "events_missed" } });
    await say(open, "after");
    await reader.until(saying("after"));
  });

  it("leaves out what the key may not see, whatever it asks for", async () => {
    const other = await world.microdao("Two", "bob");
    const elsewhere = await world.channel(other.id, "public");
    const reader = await follow(base, { token: await forSofia() });
    const bound = await follow(base, {
      token: await world.key({ subject: { kind: "integration", id: "x" }, microdaoId: other.id }),
    });
    await tell(
      messageIn(hidden, "hidden"),
      { ...messageIn(elsewhere, "open to all"), microdaoId: encodeId("md", other.id) },
      { ...messageIn(open, ""), topic: "audit.event", payload: { action: "x" } },
      { ...messageIn(open, ""), topic: "staking.locked" },
      { ...messageIn(open, "no channel"), payload: { preview: "no channel" } },
    );
    await say(open, "end");
    await say(elsewhere, "end");
    await reader.until(({ data }) => JSON.stringify(data).includes(open.apiId));
    await bound.until(saying("end"));
    await reader.until((message) => saying("end")(message));
    expect(texts(reader)).toEqual(expect.arrayContaining(["open to all", "end"]));
    expect(texts(reader)).not.toContain("hidden");
    expect(reader.events().every(({ type }) => type === "chat.message.created")).toBe(true);
    expect(texts(bound)).toEqual(["open to all", "end"]);
  });

  it("text that was redacted is told to nobody who goes on from before it", async () => {
    const token = await forSofia();
    const first = await follow(base, { token });
    const message = await world.message(open, alice.id, { at: Date.now(), text: "regretted" });
    const [id = ""] = await tell({ ...messageIn(open, ""), key: message.eventId });
    await first.until(saying("regretted"));
    await transact(world.database, bridgeActor, async (tx) => {
      await tx.db.$executeRawUnsafe(
        "UPDATE messages SET content_preview = '' WHERE id = $1::uuid",
        message.id,
      );
      tx.emit({ ...messageIn(open, ""), topic: "chat.message.deleted" });
    });
    await first.until(({ data }) => data["type"] === "chat.message.deleted");
    const second = await follow(base, { token, lastEventId: first.messages[0]?.id });
    await second.until(({ data }) => data["type"] === "chat.message.deleted");
    expect(second.events().map(({ event_id, payload }) => [event_id, payload["preview"]])).toContainEqual([
      id,
      "",
    ]);
  });

  it("filters by channel and topic", async () => {
    await world.member(hidden, { agent: sofia.id });
    const reader = await follow(base, {
      token: await forSofia(),
      query: `?channel=${open.apiId}&topic=chat.message.*&topic=typing`,
    });
    await tell(messageIn(hidden, "other channel"), {
      ...messageIn(open, "reaction"),
      topic: "chat.reaction.added",
    });
    await say(open, "this");
    await reader.until(saying("this"));
    expect(texts(reader)).toEqual(["this"]);
    await world.sql("DELETE FROM channel_members WHERE channel_id = $1::uuid", [hidden.id]);
  });

  it("who leaves a channel is told nothing more of it, at once", async () => {
    const token = await world.key({ subject: { kind: "user", id: alice.externalId } });
    const reader = await follow(base, { token });
    await say(open, "with alice");
    await reader.until(saying("with alice"));
    await transact(world.database, bridgeActor, async (tx) => {
      await tx.db.$executeRawUnsafe(
        "UPDATE channel_members SET membership = 'leave' WHERE channel_id = $1::uuid AND member_user_id = $2::uuid",
        open.id,
        alice.id,
      );
      tx.emit({ ...messageIn(open, ""), topic: "member.left" });
    });
    await say(open, "without alice");
    const square = await world.channel(dao.id, "public");
    await say(square, "in public");
    await reader.until(saying("in public"));
    await world.member(open, { user: alice.id });
    await tell({ ...messageIn(open, ""), topic: "member.joined" });
    await say(open, "again");
    await reader.until(saying("again"));
    expect(texts(reader)).not.toContain("without alice");
  });

  it("a team that has become confidential is told of without a word", async () => {
    const teamId = `t_quiet${(serial += 1)}`;
    await world.sql(
      "INSERT INTO teams (id, microdao_id, slug, name, mode) VALUES ($1, $2::uuid, $1, 'Quiet', 'public')",
      [teamId, dao.id],
    );
    await world.sql(
      "INSERT INTO team_members (team_id, user_id, role, viewer_type) VALUES ($1, $2::uuid, 'Member', 'reader')",
      [teamId, alice.id],
    );
    const channel = await world.channel(dao.id, "private", { teamId });
    await world.member(channel, { user: alice.id });
    const token = await world.key({ subject: { kind: "user", id: alice.externalId } });
    const first = await follow(base, { token });
    await say(channel, "in the open");
    await first.until(saying("in the open"));
    const from = first.messages[0]?.id;
    await world.sql("UPDATE teams SET mode = 'confidential' WHERE id = $1", [teamId]);
    // Decisions about a key with open streams count for some seconds.
    const anew = await world.key({ subject: { kind: "user", id: alice.externalId } });
    const second = await follow(base, { token: anew, lastEventId: from });
    await say(open, "done");
    await second.until(saying("done"));
    expect(texts(second)).toEqual(["", "done"]);
  });

  it("ends when the key is revoked, and says why", async () => {
    const token = await forSofia();
    const reader = await follow(base, { token });
    await transact(world.database, bridgeActor, (tx) => revokeAccessKey(tx, token.slice(0, 29)));
    const last = await reader.until(({ type }) => type === "end");
    expect(last.data).toMatchObject({ code: "access_key_revoked" });
    expect([0, 1008]).toContain(await reader.closed);
    await say(open, "too late");
    expect(texts(reader)).not.toContain("too late");
  });

  it("ends when the key expires or its agent is suspended", async () => {
    const expiring = await forSofia();
    const reader = await follow(base, { token: expiring });
    await world.sql("UPDATE access_keys SET expires_at = now() WHERE id = $1", [expiring.slice(0, 29)]);
    expect((await reader.until(({ type }) => type === "end")).data).toMatchObject({
      code: "access_key_expired",
    });
    const other = await follow(base, { token: await forSofia() });
    await world.sql("UPDATE agents SET status = 'suspended' WHERE id = $1::uuid", [sofia.id]);
    expect((await other.until(({ type }) => type === "end")).data).toMatchObject({
      code: "subject_inactive",
    });
    await world.sql("UPDATE agents SET status = 'active' WHERE id = $1::uuid", [sofia.id]);
  });

  it("so many at once per key and no more; one that ends makes room", async () => {
    const token = await forSofia();
    const four = await Promise.all([1, 2, 3, 4].map(() => follow(base, { token })));
    await expect(read(base, { token })).rejects.toThrow(/429|refused/);
    four[0]?.close();
    await expect
      .poll(() =>
        follow(base, { token }).then(
          () => "open",
          () => "refused",
        ),
      )
      .toBe("open");
  });

  it("a slow reader is cut, told why, and holds no memory meanwhile; another one notices nothing", async () => {
    const quick = await follow(base, { token: await forSofia() });
    const slow = await stuck(read === readSse ? "sse" : "socket", await forSofia());
    const held: number[] = [];
    const watch = setInterval(() => held.push(...sockets.map((socket) => socket.writableLength)), 5);
    const long = "x".repeat(200_000);
    // The machine's own buffers take some, on one day more than on another.
    for (let n = 0; n < 400 && !(await slow.isCut()); n += 1) await say(open, long);
    expect(await slow.isCut()).toBe(true);
    // The last words are kept for three seconds.
    const rest = slow.rest();
    await say(open, "done");
    await quick.until(saying("done"));
    clearInterval(watch);
    expect(Math.max(...held)).toBeGreaterThan(100_000);
    expect(Math.max(...held)).toBeLessThan(1_000_000);
    expect(await rest).toContain('"code":"slow_reader"');
    const metrics = await world.get(undefined, "/metrics");
    expect(metrics.body).toMatch(/microdao_streams_ended_total\{reason="slow_reader"\} [1-9]/);
    expect(metrics.body).toMatch(/microdao_streams \d/);
  });
});

/** Somebody who connects, reads nothing, and reads on when asked to. */
async function stuck(kind: "sse" | "socket", token: string) {
  const { port } = new URL(base);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const handshake =
    kind === "sse"
      ? ""
      : "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  socket.write(
    `GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${handshake}\r\n`,
  );
  await once(socket, "readable");
  // Who says nothing for three heartbeats would be gone, not slow.
  const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
  const alive = setInterval(() => kind === "socket" && socket.writable && socket.write(pong), 100);
  void closed.then(() => clearInterval(alive));
  const cuts = async () => {
    const { body } = await world.get(undefined, "/metrics");
    return Number(/streams_ended_total\{reason="slow_reader"\} (\d+)/.exec(body)?.[1] ?? 0);
  };
  const before = await cuts();
  return {
    isCut: async () => (await cuts()) > before,
    async rest(): Promise<string> {
      clearInterval(alive);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => void chunks.push(chunk));
      await closed;
      return Buffer.concat(chunks).toString("latin1");
    },
  };
}

describe("a WebSocket", () => {
  const handshake = async (headers: string[], url = "/v1/stream"): Promise<string> => {
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.write(
      [
        `GET ${url} HTTP/1.1`,
        "Host: dao.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        ...headers,
        "",
        "",
      ].join("\r\n"),
    );
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return chunk.toString();
  };
  const good = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

  it("is accepted as RFC 6455 says, for pages of this server and for programs", async () => {
    const token = await forSofia();
    const key = `Authorization: Bearer ${token}`;
    const answer = await handshake([...good, key, "Origin: https://dao.example"]);
    expect(answer).toContain("101 Switching Protocols");
    expect(answer).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(await handshake([...good, key])).toContain("101");
  });

  it("is refused like any request: without a key, for other pages, with half a handshake", async () => {
    const key = `Authorization: Bearer ${await forSofia()}`;
    expect(await handshake(good)).toMatch(/^HTTP\/1.1 401[\s\S]*access_key_required/);
    for (const origin of ["https://evil.example", "null", "https://dao.example.evil"]) {
      expect(await handshake([...good, key, `Origin: ${origin}`])).toMatch(
        /^HTTP\/1.1 403[\s\S]*origin_refused/,
      );
    }
    expect(await handshake([key, "Sec-WebSocket-Version: 8"])).toMatch(/^HTTP\/1.1 400/);
    expect(await handshake([key, "Sec-WebSocket-Version: 13"])).toMatch(/^HTTP\/1.1 400/);
    expect(await handshake([...good, key], "/v1/stream?channel=c_none")).toMatch(/^HTTP\/1.1 404/);
    expect(await handshake([...good, key], "/health")).toMatch(/^HTTP\/1.1 200/);
  });

  it("answers pings, and closes on what the protocol forbids", async () => {
    const key = `Authorization: Bearer ${await forSofia()}`;
    /** Whether these bytes are among the answers. */
    const isAnswered = async (wanted: Buffer, ...frames: number[][]): Promise<boolean> => {
      const socket = connect(Number(new URL(base).port), "127.0.0.1");
      const lines = [
        "GET /v1/stream HTTP/1.1",
        "Host: x",
        "Connection: Upgrade",
        "Upgrade: websocket",
        ...good,
        key,
        "",
        "",
      ];
      socket.write(
        Buffer.concat([Buffer.from(lines.join("\r\n")), ...frames.map((frame) => Buffer.from(frame))]),
      );
      const chunks: Buffer[] = [];
      const isThere = () => Buffer.concat(chunks).includes(wanted);
      socket.on("data", (chunk) => {
        chunks.push(chunk);
        if (isThere()) socket.end();
      });
      await once(socket, "close");
      return isThere();
    };
    const masked = (first: number, payload: number[]) => [
      first,
      0x80 | payload.length,
      0,
      0,
      0,
      0,
      ...payload,
    ];
    const pong = Buffer.from([0x8a, 3, 1, 2, 3]);
    expect(await isAnswered(pong, masked(0x81, [0x7b, 0x7d]), masked(0x89, [1, 2, 3]))).toBe(true);
    const closing = (code: number) => Buffer.from([0x88, 2, code >> 8, code & 0xff]);
    expect(await isAnswered(closing(1000), masked(0x88, [3, 0xe8]))).toBe(true);
    for (const illegal of [[0x81, 1, 0x41], masked(0xc1, [0x41]), masked(0x83, []), masked(0x09, [])]) {
      expect(await isAnswered(closing(1002), illegal), String(illegal)).toBe(true);
    }
    expect(await isAnswered(closing(1009), [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0])).toBe(true);
  });
});

describe("opening a stream", () => {
  const refusal = async (path: string, token?: string, headers: Record<string, string> = {}) => {
    const { statusCode, body } = await world.request(token, { method: "GET", url: path, headers });
    return [statusCode, (JSON.parse(body) as { code: string }).code];
  };

  it("is refused with a reason", async () => {
    const token = await forSofia();
    expect(await refusal("/v1/stream")).toEqual([401, "access_key_required"]);
    const writer = await world.key({
      subject: { kind: "agent", id: "agent:sofia" },
      capabilities: ["chat.message.send"],
    });
    expect(await refusal("/v1/stream", writer)).toEqual([403, "key_lacks_capability"]);
    expect(await refusal(`/v1/stream?channel=${hidden.apiId}`, token)).toEqual([404, "channel_not_found"]);
    expect(await refusal("/v1/stream?channel=nonsense", token)).toEqual([404, "channel_not_found"]);
    expect(await refusal("/v1/stream?topic=Nonsense!", token)).toEqual([422, "request_invalid"]);
    expect(await refusal("/v1/stream?since=1", token)).toEqual([422, "request_invalid"]);
    for (const id of ["7", "evt_7", "pos_7", `m_${"0".repeat(26)}`]) {
      expect(await refusal("/v1/stream", token, { "last-event-id": id }), id).toEqual([
        422,
        "request_invalid",
      ]);
      expect(await refusal(`/v1/stream?lastEventId=${id}`, token), id).toEqual([422, "request_invalid"]);
    }
    const head = await world.request(token, { method: "HEAD", url: "/v1/stream" });
    expect(head.statusCode).toBe(405);
  });

  it("shows a key of those who run the bridge what belongs to no channel", async () => {
    const reader = await readSse(base, {
      token: await world.key({
        subject: { kind: "integration", id: "ops" },
        capabilities: ["audit.read", "key.manage"],
      }),
    });
    readers.push(reader);
    await reader.until(({ type }) => type === "ready");
    await forSofia();
    await reader.until(({ data }) => data["type"] === "access_key.created");
    await reader.until(({ data }) => data["type"] === "audit.event");
    expect(reader.events().some(({ type }) => type.startsWith("chat."))).toBe(false);
  });

  it("goes on without a gap when the database could not be read for a while", async () => {
    const reader = await readSse(base, { token: await forSofia() });
    readers.push(reader);
    await reader.until(({ type }) => type === "ready");
    await say(open, "before the fault");
    await world.sql("ALTER TABLE outbox_events RENAME TO outbox_elsewhere");
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await world.sql("ALTER TABLE outbox_elsewhere RENAME TO outbox_events");
    await say(open, "after the fault");
    await reader.until(saying("after the fault"));
    expect(texts(reader)).toEqual(["before the fault", "after the fault"]);
  });

  it("sends a comment when nothing happens, so that proxies keep the connection", async () => {
    const reader = await readSse(base, { token: await forSofia() });
    readers.push(reader);
    await expect.poll(() => reader.text()).toContain("\n: heartbeat\n");
    expect(reader.text()).toMatch(/^retry: 3000\n\n/);
  });
});
