import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { User } from "../../src/domain/tenancy/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Page {
  items: { id: string; preview: string; createdAt: string }[];
  nextCursor: string | null;
}

let world: ApiWorld;
let alice: User;
let bob: User;
let channel: ChannelRow;
let microdaoId: string;
let token: string;
const second = 1_000;
const base = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  world = await ApiWorld.open();
  alice = await world.user("alice");
  bob = await world.user("bob");
  microdaoId = (await world.microdao("One", "alice")).id;
  channel = await world.channel(microdaoId, "public");
  await world.member(channel, { user: alice.id });
  await world.member(channel, { user: bob.id }, "leave");
  token = await world.key({ subject: { kind: "integration", id: "reader" }, microdaoId });
});

afterAll(() => world.close());

async function page(url: string): Promise<Page> {
  const response = await world.get(token, url);
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

async function pages(
  url: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Page[]> {
  const all: Page[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const next = await page(cursor === "" ? url : `${url}&cursor=${cursor}`);
    all.push(next);
    cursor = next.nextCursor;
    await between();
  }
  return all;
}

describe("channels", () => {
  it("a channel shows what the room is", async () => {
    const response = await world.get(token, `/v1/channels/${channel.apiId}`);
    expect(response.json()).toEqual({
      id: channel.apiId,
      slug: "channel-1",
      name: "channel-1",
      topic: null,
      microdao: { id: encodeId("md", microdaoId), externalId: "microdao:1" },
      teamId: null,
      matrixRoomId: channel.roomId,
      previousMatrixRoomId: null,
      upgrade: null,
      visibility: "public",
      status: "active",
      problem: null,
      encrypted: false,
      avatarUrl: null,
      canonicalAlias: null,
      joinRule: null,
      historyVisibility: null,
      roomVersion: null,
      roomType: null,
      createdAt: "2023-11-14T22:13:20.001Z",
      unlinkedAt: null,
      completeness: {
        status: "reading",
        historyRead: false,
        provenTo: null,
        openGaps: 0,
        checkedAt: null,
        stateCheckedAt: null,
        found: 0,
      },
    });
  });

  it("a channel says how complete its mirror is", async () => {
    const { roomId } = channel;
    await world.database.db.$executeRawUnsafe(
      `WITH history AS (INSERT INTO matrix.backfills (room_id, status) VALUES ($1, 'done'))
       INSERT INTO matrix.ledgers (room_id, head_event_id, head_ts, due_at, state_due_at, checked_at, found)
       VALUES ($1, '$head', 1700000000000, 'epoch', 'epoch', '2026-11-21T10:00:00Z', 29)`,
      roomId,
    );
    const completeness = async () =>
      (await world.get(token, `/v1/channels/${channel.apiId}`)).json<{ completeness: unknown }>()
        .completeness;
    const complete = {
      status: "complete",
      historyRead: true,
      provenTo: "2023-11-14T22:13:20.000Z",
      openGaps: 0,
      checkedAt: "2026-11-21T10:00:00.000Z",
      stateCheckedAt: null,
      found: 29,
    };
    expect(await completeness()).toEqual(complete);
    await world.database.db.$executeRawUnsafe(
      "UPDATE matrix.ledgers SET gap_token = 't', gap_opened_at = now()",
    );
    expect(await completeness()).toEqual({ ...complete, status: "checking", openGaps: 1 });
  });

  it("channels come in pages, oldest first, in four statements however many", async () => {
    const other = await world.microdao("Many", "bob");
    const key = await world.key({ subject: { kind: "integration", id: "many" }, microdaoId: other.id });
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push((await world.channel(other.id, "private")).apiId);
    await world.get(key, "/v1/channels");
    const { result, statements } = await world.counting(() => world.get(key, "/v1/channels?limit=2"));
    expect(statements).toHaveLength(3);
    const found = result.json<Page>().items;
    for (let cursor = result.json<Page>().nextCursor; cursor !== null; ) {
      const next: Page = (await world.get(key, `/v1/channels?limit=2&cursor=${cursor}`)).json();
      found.push(...next.items);
      cursor = next.nextCursor;
    }
    expect(found.map(({ id }) => id)).toEqual(made);
  });

  it("channels of one microDAO can be asked for", async () => {
    const everywhere = await world.key({ subject: { kind: "integration", id: "operator" } });
    const list = async (query: string) =>
      (await world.get(everywhere, `/v1/channels${query}`)).json<Page>().items;
    expect((await list("")).length).toBeGreaterThan(5);
    expect((await list("?microdao=microdao:1")).map(({ id }) => id)).toEqual([channel.apiId]);
    expect(await list(`?microdao=${encodeId("md", microdaoId)}`)).toHaveLength(1);
    expect(await list("?microdao=microdao:99999")).toEqual([]);
  });
});

describe("members", () => {
  it("shows who is in, and on request who was", async () => {
    const list = async (query: string) =>
      (await page(`/v1/channels/${channel.apiId}/members${query}`)).items as unknown[];
    expect(await list("")).toEqual([
      {
        kind: "user",
        id: encodeId("u", alice.id),
        externalId: "user:1",
        matrixId: "@alice:test",
        displayName: null,
        avatarUrl: null,
        role: "member",
        membership: "join",
        joinedAt: "2023-11-14T22:13:20.000Z",
        leftAt: null,
      },
    ]);
    expect(await list("?membership=leave")).toEqual([expect.objectContaining({ id: encodeId("u", bob.id) })]);
    expect(await list("?membership=any")).toHaveLength(2);
    const all = await pages(`/v1/channels/${channel.apiId}/members?membership=any&limit=1`);
    expect(all.map(({ items }) => items.length)).toEqual([1, 1]);
  });
});

describe("messages", () => {
  it("a message shows its sender, relations and reactions", async () => {
    const room = await world.channel(microdaoId, "public");
    const root = await world.message(room, alice.id, { at: base, text: "root" });
    const reply = await world.message(room, bob.id, {
      at: base + second,
      text: "reply",
      replyTo: root.eventId,
      threadRoot: "$elsewhere",
    });
    for (const sender of [alice, bob])
      await world.react(room, { target: root.eventId, senderId: sender.id, key: "👍" });
    await world.react(room, { target: root.eventId, senderId: alice.id, key: "👍" });
    await world.react(room, { target: root.eventId, senderId: alice.id, key: "🎉" });
    await world.react(room, { target: root.eventId, senderId: bob.id, key: "🎉", redacted: true });
    const { items } = (await world.get(token, `/v1/channels/${room.apiId}/messages`)).json<Page>();
    expect(items).toEqual([
      {
        id: reply.apiId,
        eventId: reply.eventId,
        channelId: room.apiId,
        sender: { kind: "user", id: encodeId("u", bob.id), matrixId: "@bob:test", displayName: null },
        kind: "text",
        preview: "reply",
        createdAt: "2026-01-01T00:00:01.000Z",
        editedAt: null,
        redactedAt: null,
        replyTo: { id: root.apiId, eventId: root.eventId },
        threadRoot: { id: null, eventId: "$elsewhere" },
        reactions: [],
        media: [],
        poll: null,
        metadata: { msgtype: "m.text" },
      },
      expect.objectContaining({
        id: root.apiId,
        replyTo: null,
        threadRoot: null,
        reactions: [
          { key: "👍", count: 2 },
          { key: "🎉", count: 1 },
        ],
      }),
    ]);
    const one = await world.get(token, `/v1/messages/${root.apiId}`);
    expect(one.json()).toMatchObject({
      ...items[1],
      delivery: { state: "confirmed", attempts: 0, error: null },
    });
  });

  it("pages hold every message once, whatever is said meanwhile", async () => {
    const room = await world.channel(microdaoId, "public");
    const known: string[] = [];
    // Several messages of one millisecond: their ids decide.
    for (let n = 0; n < 25; n += 1) {
      known.push((await world.message(room, alice.id, { at: base + Math.floor(n / 4), text: `${n}` })).apiId);
    }
    let late = 0;
    const sayMore = async () => {
      late += 1;
      await world.message(room, bob.id, { at: base + 100 + late });
    };
    const down = await pages(`/v1/channels/${room.apiId}/messages?limit=4`, sayMore);
    const seen = down.flatMap(({ items }) => items.map(({ id }) => id));
    expect([...seen].sort()).toEqual([...known].sort());
    expect(down.map(({ items }) => items.length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    const up = await pages(`/v1/channels/${room.apiId}/messages?limit=7&order=asc`);
    const all = up.flatMap(({ items }) => items.map(({ id }) => id));
    expect(all.slice(0, 25)).toEqual([...seen].reverse());
    expect(all).toHaveLength(25 + late);
  });

  it("times that no calendar knows are shown and paged", async () => {
    const room = await world.channel(microdaoId, "public");
    const first = await world.message(room, alice.id, { at: 0 });
    const last = await world.message(room, alice.id, { at: base });
    // The latest moment that an event's fact may have; drivers cannot carry it as a date.
    await world.sql(
      `UPDATE messages SET created_at = timestamp 'epoch' AT TIME ZONE 'UTC' + interval '100000000 days' WHERE id = $1::uuid`,
      [last.id],
    );
    const all = await pages(`/v1/channels/${room.apiId}/messages?limit=1`);
    expect(all.flatMap(({ items }) => items.map(({ id, createdAt }) => [id, createdAt]))).toEqual([
      [last.apiId, "+275760-09-13T00:00:00.000Z"],
      [first.apiId, "1970-01-01T00:00:00.000Z"],
    ]);
  });

  it("a page takes three statements, however long it is", async () => {
    const room = await world.channel(microdaoId, "public");
    for (let n = 0; n < 60; n += 1) {
      const { eventId } = await world.message(room, n % 2 === 0 ? alice.id : bob.id, { at: base + n });
      await world.react(room, { target: eventId, senderId: bob.id, key: "👍" });
    }
    for (const limit of [1, 60]) {
      const url = `/v1/channels/${room.apiId}/messages?limit=${limit}`;
      const { result, statements } = await world.counting(() => world.get(token, url));
      expect(result.json<Page>().items).toHaveLength(limit);
      expect(statements).toHaveLength(3);
    }
  });
});
