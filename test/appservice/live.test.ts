import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { createAccessKey, hashKeyOf } from "../../src/domain/governance/index.ts";
import { apiServerOptions, createMetrics, registerApi } from "../../src/http/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type Live, openLive } from "../../src/matrix/live/index.ts";
import { readSse, type StreamReader } from "../http/stream-reader.ts";
import { alice, room, text } from "../support/matrix-events.ts";
import { noMedia } from "../support/no-media.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";

const kek = new Uint8Array(32).fill(9);
const typingMs = 700;
let world: World;
let live: Live;
let api: FastifyInstance;
let base: string;
let channel: string;
const readers: StreamReader[] = [];

beforeAll(async () => {
  world = await openWorld({ onEphemeral: (ephemeral) => live.take(ephemeral) });
  live = openLive({ database: world.database, log: silentLog, lastsMs: { typing: typingMs } });
  api = Fastify(apiServerOptions);
  registerApi(api, {
    database: world.database,
    live,
    secretsKey: kek,
    log: silentLog,
    metrics: createMetrics(),
    probes: [],
    media: noMedia,
    wakeEgress: () => undefined,
  });
  base = await api.listen({ host: "127.0.0.1", port: 0 });
  channel = encodeId("c", world.channelId);
});
afterAll(async () => {
  await api.close();
  live.stop();
  await world.close();
});
afterEach(async () => {
  if (readers.length === 0) return;
  await pushEphemeral(typing([]));
  await expect.poll(() => live.present().some(({ kind }) => kind === "typing")).toBe(false);
  for (const reader of readers.splice(0)) reader.close();
});

async function follow(query = "", microdaoId?: string): Promise<StreamReader> {
  const { token } = await transact(world.database, bridgeActor, (tx) =>
    createAccessKey(tx, hashKeyOf(kek), {
      name: "test",
      subject: { kind: "integration", id: "test" },
      capabilities: ["chat.message.read"],
      ...(microdaoId !== undefined && { microdaoId }),
    }),
  );
  const reader = await readSse(base, { token, query });
  readers.push(reader);
  await reader.until(({ type }) => type === "ready");
  return reader;
}

let txn = 0;
async function pushWhole(body: object): Promise<number> {
  const { statusCode } = await world.app.inject({
    method: "PUT",
    url: `/_matrix/app/v1/transactions/live${(txn += 1)}`,
    headers: { authorization: `Bearer ${hsToken}` },
    payload: JSON.stringify(body),
  });
  return statusCode;
}
const pushEphemeral = (...ephemeral: unknown[]) => pushWhole({ events: [], ephemeral });

const typing = (userIds: readonly string[], roomId = room) => ({
  type: "m.typing",
  room_id: roomId,
  content: { user_ids: userIds },
});
const presence = (sender: string, content: object) => ({ type: "m.presence", sender, content });
const ofType = (reader: StreamReader, wanted: string) =>
  reader.messages.flatMap(({ type, data }) => (type === wanted ? [data] : []));

describe("what holds for a moment", () => {
  it("132 and 133: who types is told once, whichever name it came under, and replaced by who types next", async () => {
    const reader = await follow();
    await pushWhole({
      events: [],
      ephemeral: [typing([alice])],
      "de.sorunome.msc2409.ephemeral": [typing([alice])],
    });
    await reader.until(({ type }) => type === "typing");
    await pushWhole({ events: [], "de.sorunome.msc2409.ephemeral": [typing([alice, "@bob:test"])] });
    await reader.until(({ data }) => JSON.stringify(data).includes("@bob:test"));
    await pushEphemeral(typing([]));
    await reader.until(({ type, data }) => type === "typing" && JSON.stringify(data["userIds"]) === "[]");
    expect(ofType(reader, "typing")).toEqual([
      { channelId: channel, userIds: [alice] },
      { channelId: channel, userIds: [alice, "@bob:test"] },
      { channelId: channel, userIds: [] },
    ]);
    expect(reader.messages.filter(({ type }) => type === "typing").every(({ id }) => id === undefined)).toBe(
      true,
    );
  });

  it("133: typing ends by itself when nobody says that it has ended; who connects meanwhile is told of it", async () => {
    const reader = await follow();
    await pushEphemeral(typing([alice]));
    await reader.until(({ type }) => type === "typing");
    const late = await follow();
    await late.until(({ type }) => type === "typing");
    await reader.until(({ data }) => JSON.stringify(data["userIds"]) === "[]", 5_000);
    expect(live.present().filter(({ kind }) => kind === "typing")).toEqual([]);
  });

  it("134: receipts are told, private ones never, not even to those who run the bridge", async () => {
    const reader = await follow();
    const content = {
      $a: {
        "m.read": { [alice]: { ts: 1_750_000_000_000, thread_id: "main" } },
        "m.read.private": { "@bob:test": { ts: 1 }, [alice]: { ts: 2 } },
      },
    };
    await pushEphemeral({ type: "m.receipt", room_id: room, content });
    await pushEphemeral(typing([alice]));
    await reader.until(({ type }) => type === "typing");
    expect(ofType(reader, "receipt")).toEqual([
      { channelId: channel, userId: alice, eventId: "$a", threadId: "main", at: "2025-06-15T15:06:40.000Z" },
    ]);
    expect(JSON.stringify([reader.messages, live.present()])).not.toContain("@bob:test");
  });

  it("135: presence is told of people in channels that the key may read; what says nothing new is not told", async () => {
    await world.push([text("hello")]);
    await world.rows(
      `INSERT INTO channel_members (id, channel_id, member_user_id, role, membership)
       SELECT gen_random_uuid(), $1::uuid, id, 'member', 'join' FROM users WHERE matrix_id = $2 ON CONFLICT DO NOTHING`,
      world.channelId,
      alice,
    );
    const reader = await follow();
    const stranger = await follow("?topic=presence", await otherMicrodao());
    for (let ago = 1_000; ago < 1_020; ago += 1) {
      await pushEphemeral(
        presence(alice, { presence: "online", last_active_ago: ago, currently_active: true }),
        presence("@nobody:test", { presence: "online" }),
      );
    }
    await reader.until(({ type }) => type === "presence");
    await pushEphemeral(presence(alice, { presence: "offline" }));
    await reader.until(({ data }) => data["presence"] === "offline");
    expect(ofType(reader, "presence")).toMatchObject([
      { userId: alice, presence: "online", currentlyActive: true },
      { userId: alice, presence: "offline", currentlyActive: false, statusMessage: null, lastActiveAt: null },
    ]);
    expect(ofType(stranger, "presence")).toEqual([]);
  });

  it("135: a flood after the first enabling is one look-up for many, and memory stays bounded", async () => {
    const reader = await follow();
    const flood = Array.from({ length: 30_000 }, (_, index) =>
      presence(`@flood${index}:test`, { presence: "online" }),
    );
    const began = performance.now();
    expect(await pushWhole({ events: [], ephemeral: flood })).toBe(200);
    await pushEphemeral(typing([alice, "@carol:test"]));
    expect(performance.now() - began).toBeLessThan(15_000);
    await reader.until(({ data }) => JSON.stringify(data).includes("@carol:test"));
    expect(live.present().length).toBeLessThan(100);
  });

  it("only rooms that are mirrored are told of, and only to keys that may read them", async () => {
    const reader = await follow();
    const stranger = await follow("", await otherMicrodao());
    await world.rows("INSERT INTO matrix.rooms (room_id, status, mirrored) VALUES ('!quiet', 'left', false)");
    await pushEphemeral(typing([alice], "!quiet"), typing([alice], "!unknown"), typing([alice]));
    await reader.until(({ type }) => type === "typing");
    expect(ofType(reader, "typing")).toEqual([{ channelId: channel, userIds: [alice] }]);
    expect(ofType(stranger, "typing")).toEqual([]);
  });

  it("topics choose among them", async () => {
    const reader = await follow("?topic=receipt");
    await pushEphemeral(typing(["@dave:test"]), {
      type: "m.receipt",
      room_id: room,
      content: { $t: { "m.read": { "@dave:test": { ts: 1 } } } },
    });
    await reader.until(({ type }) => type === "receipt");
    expect(ofType(reader, "typing")).toEqual([]);
  });

  it("136: a transaction is stored and answered whatever is ephemeral in it, and nothing of that is in a table", async () => {
    const odd = [
      null,
      7,
      [],
      { type: "m.typing" },
      { type: "m.receipt", room_id: 7, content: [] },
      typing(["@eve:test"]),
    ];
    const event = text("stored");
    expect(await pushWhole({ events: [event], ephemeral: odd })).toBe(200);
    for (const ephemeral of [7, "x", {}, null]) expect(await pushWhole({ events: [], ephemeral })).toBe(200);
    const rows = await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", event.event_id);
    expect(rows).toHaveLength(1);
    const [dead] = await world.rows<{ n: number }>("SELECT count(*)::int AS n FROM matrix.inbox");
    expect(dead?.n).toBe(0);
  });

  it("136: when it cannot be looked up it is lost, and what comes later is told", async () => {
    const reader = await follow();
    await world.rows("ALTER TABLE matrix.rooms RENAME TO rooms_elsewhere");
    expect(await pushEphemeral(typing(["@lost:test"], "!other:test"))).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await world.rows("ALTER TABLE matrix.rooms_elsewhere RENAME TO rooms");
    await pushEphemeral(typing(["@found:test"]));
    await reader.until(({ data }) => JSON.stringify(data).includes("@found:test"));
  });
});

describe("what the bridge has no use for", () => {
  it("29 and 147: to-device messages, device lists and keys of unknown devices are answered with 200 and left", async () => {
    const toDevice = [
      {
        type: "m.room_key_request",
        sender: alice,
        content: {},
        to_user_id: "@dao_sofia:test",
        to_device_id: "UNKNOWN",
      },
      null,
    ];
    const status = await pushWhole({
      events: [],
      to_device: toDevice,
      "de.sorunome.msc2409.to_device": toDevice,
      "org.matrix.msc3202.device_lists": { changed: [alice], left: [] },
      "org.matrix.msc3202.device_one_time_keys_count": { "@dao_sofia:test": { UNKNOWN: {} } },
    });
    expect(status).toBe(200);
  });

  it("148: requests for keys of our users' devices are 404 M_UNRECOGNIZED", async () => {
    for (const path of ["org.matrix.msc3983/keys/claim", "org.matrix.msc3984/keys/query"]) {
      const response = await world.app.inject({
        method: "POST",
        url: `/_matrix/app/unstable/${path}`,
        headers: { authorization: `Bearer ${hsToken}` },
        payload: "{}",
      });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({ errcode: "M_UNRECOGNIZED" });
    }
  });
});

async function otherMicrodao(): Promise<string> {
  const rows = await world.rows<{ id: string }>(
    `INSERT INTO microdaos (id, external_id, name, owner_user_id, plan)
     SELECT gen_random_uuid(), 'microdao:' || (1000 + count(*)), 'Other', (SELECT id FROM users LIMIT 1), 'Freemium' FROM microdaos
     RETURNING id::text AS id`,
  );
  return rows[0]?.id ?? "";
}
