import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createClient,
  EventType,
  JoinRule,
  type MatrixClient,
  MsgType,
  Preset,
  RelationType,
  Visibility,
} from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type BridgeProcess, type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { runCli } from "../support/run-cli.ts";
import { sendWithoutEcho } from "../support/send-without-echo.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const bot = "@microdao:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };
const closing: (() => unknown)[] = [];
let database: Database;
let bridge: InstalledBridge;
let running: BridgeProcess;
let synapse: TestSynapse;
let recorder: Awaited<ReturnType<typeof startRecorder>>;
let alice: MatrixClient;
let bob: MatrixClient;
let carol: MatrixClient;
let accessKey: string;

/** Stands between Synapse and the bridge and writes down which events were in a transaction that got its 200. */
async function startRecorder(target: () => string) {
  const acknowledged = new Set<string>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method, headers, url = "/" } = incoming;
      const passed = httpRequest(target() + url, { method, headers }, (answer) => {
        if (answer.statusCode === 200 && url.includes("/transactions/")) {
          const { events } = JSON.parse(body.toString()) as { events: { event_id: string }[] };
          for (const { event_id } of events) acknowledged.add(event_id);
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      passed.end(body);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, acknowledged };
}

beforeAll(async () => {
  // Parts of the SDK log through it, whatever logger they are given.
  for (const name of ["log", "info", "debug", "warn"] as const) vi.spyOn(console, name).mockReturnValue();
  const own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(
    () => own.drop(),
    () => database.close(),
  );
  recorder = await startRecorder(() => bridge.url);
  bridge = await installBridge({
    databaseUrl: own.url,
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "localhost",
    env: { BRIDGE_URL: recorder.url },
  });
  closing.push(() => bridge.remove());
  synapse = await startSynapse({ registrationPath: bridge.registrationPath });
  closing.push(() => synapse.stop());
  alice = await person("alice", "Alice");
  [bob, carol] = await Promise.all([person("bob", "Bob"), person("carol", "Carol")]);
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, idOf(alice));
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  const made = await runCli(["key", "create", "--integration", "test", "--all-microdaos", "--json"], {
    directory: bridge.dataDir,
    env: { ...bridge.env },
  });
  accessKey = (JSON.parse(made.stdout) as { token: string }).token;
  await startBridge();
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function startBridge(): Promise<void> {
  running = await bridge.start({ MATRIX_HOMESERVER_URL: synapse.url });
}

async function person(localpart: string, displayName: string): Promise<MatrixClient> {
  const { userId, accessToken } = await synapse.registerUser({ localpart, displayName });
  return createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
}

function idOf(client: MatrixClient): string {
  return client.getUserId() ?? "";
}

async function rows<R = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<R[]> {
  return database.db.$queryRawUnsafe<R[]>(sql, ...values);
}

async function api<R = Record<string, unknown>>(path: string): Promise<R> {
  const reply = await fetch(bridge.url + path, { headers: { authorization: `Bearer ${accessKey}` } });
  expect(reply.status, path).toBe(200);
  return (await reply.json()) as R;
}

/** The message of this event, once it is mirrored: its row, and what the API says of it. */
async function mirrored(eventId: string) {
  const row = await vi.waitFor(async () => {
    const [found] = await rows<{ id: string; original: { preview: string } | null; told: string | null }>(
      `SELECT m.id::text AS id, m.original, o.envelope #>> '{payload,preview}' AS told
         FROM messages m
         LEFT JOIN outbox_envelopes o ON o.topic = 'chat.message.created' AND o.event_key = m.matrix_event_id
        WHERE m.matrix_event_id = $1`,
      eventId,
    );
    if (found === undefined) throw new TypeError(`${eventId} is no row yet`);
    return found;
  }, patience);
  return { row, shown: await api(`/v1/messages/${encodeId("m", row.id)}`) };
}

/** Waits until the message is shown like that. */
async function expectShown(eventId: string, as: object): Promise<void> {
  await vi.waitFor(async () => expect((await mirrored(eventId)).shown).toMatchObject(as), patience);
}

async function invited(by: MatrixClient, options: object): Promise<{ roomId: string; channelId: string }> {
  const { room_id: roomId } = await by.createRoom({ invite: [bot], ...options });
  const channelId = await vi.waitFor(async () => {
    const [row] = await rows<{ id: string }>(
      "SELECT channel_id::text AS id FROM matrix.rooms WHERE room_id = $1 AND status = 'joined'",
      roomId,
    );
    if (row === undefined) throw new TypeError(`${roomId} is not linked yet`);
    return row.id;
  }, patience);
  return { roomId, channelId };
}

async function say(who: MatrixClient, roomId: string, body: string): Promise<string> {
  return (await who.sendMessage(roomId, { msgtype: MsgType.Text, body })).event_id;
}

describe.each(["11", "12"])("a room of version %s", (version) => {
  let roomId: string;
  let channelId: string;
  let hello: string;

  /** Waits until the API and the table say so of somebody's membership. */
  async function expectMember(who: MatrixClient | string, as: object): Promise<void> {
    const userId = typeof who === "string" ? who : idOf(who);
    await vi.waitFor(async () => {
      const { items } = await api<{ items: { matrixId: string }[] }>(
        `/v1/channels/${encodeId("c", channelId)}/members?membership=any`,
      );
      expect(items.find(({ matrixId }) => matrixId === userId)).toMatchObject(as);
    }, patience);
  }

  async function expectChannel(as: object): Promise<void> {
    await vi.waitFor(
      async () => expect(await api(`/v1/channels/${encodeId("c", channelId)}`)).toMatchObject(as),
      patience,
    );
  }

  /** What subscribers were told of somebody in this room, in order. */
  async function newsOf(who: MatrixClient): Promise<string[]> {
    const news = await rows<{ topic: string }>(
      `SELECT topic FROM outbox_events
        WHERE topic LIKE 'member.%' AND payload #>> '{payload,channel_id}' = $1 AND payload #>> '{payload,matrix_id}' = $2
        ORDER BY payload ->> 'ts'`,
      encodeId("c", channelId),
      idOf(who),
    );
    return news.map(({ topic }) => topic);
  }

  it("becomes a channel when the bot is invited", async () => {
    const name = `Version ${version}`;
    ({ roomId, channelId } = await invited(alice, {
      name,
      room_version: version,
      preset: Preset.PrivateChat,
      visibility: Visibility.Private,
    }));
    await expectChannel({
      slug: `version-${version}`,
      name,
      matrixRoomId: roomId,
      roomVersion: version,
      status: "active",
      visibility: "private",
      encrypted: false,
      microdao: { externalId: "microdao:1" },
    });
    await expectMember(alice, { role: "owner", membership: "join", displayName: "Alice" });
    await expectMember(bot, { role: "agent", membership: "join", kind: "agent" });
  });

  it("somebody who is invited and joins is a member", async () => {
    await alice.invite(roomId, idOf(bob));
    await expectMember(bob, { membership: "invite", joinedAt: null });
    await bob.joinRoom(roomId);
    await expectMember(bob, {
      membership: "join",
      role: "member",
      displayName: "Bob",
      joinedAt: expect.any(String) as string,
    });
    expect(await newsOf(bob)).toEqual(["member.joined"]);
  });

  it("what is said is a message", async () => {
    hello = await say(bob, roomId, "hello, everybody");
    await expectShown(hello, {
      kind: "text",
      preview: "hello, everybody",
      sender: { kind: "user", matrixId: idOf(bob), displayName: "Bob" },
      delivery: { state: "confirmed" },
    });
    expect((await mirrored(hello)).row.told).toBe("hello, everybody");
  });

  it("an edit is shown and the original is kept; an edit by somebody else is not shown", async () => {
    const edit = (body: string) => ({
      msgtype: MsgType.Text,
      body: `* ${body}`,
      "m.new_content": { msgtype: MsgType.Text, body },
      "m.relates_to": { rel_type: RelationType.Replace, event_id: hello },
    });
    await bob.sendEvent(roomId, EventType.RoomMessage, edit("hello, all of you") as never);
    await expectShown(hello, { preview: "hello, all of you", editedAt: expect.any(String) as string });
    expect((await mirrored(hello)).row.original?.preview).toBe("hello, everybody");
    const forged = await alice.sendEvent(roomId, EventType.RoomMessage, edit("I never said that") as never);
    await vi.waitFor(async () => {
      expect(
        await rows("SELECT 1 AS one FROM matrix.edits WHERE event_id = $1", forged.event_id),
      ).toHaveLength(1);
    }, patience);
    await expectShown(hello, { preview: "hello, all of you" });
  });

  it("reactions are counted, and taken back", async () => {
    const react = (who: MatrixClient, key: string) =>
      who.sendEvent(roomId, EventType.Reaction, {
        "m.relates_to": { rel_type: RelationType.Annotation, event_id: hello, key },
      });
    const { event_id } = await react(alice, "👍");
    await react(bob, "👍");
    await react(alice, "🎉");
    await expectShown(hello, {
      reactions: [
        { key: "👍", count: 2 },
        { key: "🎉", count: 1 },
      ],
    });
    await alice.redactEvent(roomId, event_id);
    await vi.waitFor(async () => {
      const { reactions } = (await mirrored(hello)).shown as { reactions: object[] };
      expect(reactions).toContainEqual({ key: "👍", count: 1 });
    }, patience);
  });

  it("replies and threads name what they belong to", async () => {
    const reply = await alice.sendEvent(roomId, EventType.RoomMessage, {
      msgtype: MsgType.Text,
      body: "hello yourself",
      "m.relates_to": { "m.in_reply_to": { event_id: hello } },
    });
    await expectShown(reply.event_id, { replyTo: { eventId: hello }, threadRoot: null });
    const inThread = {
      msgtype: MsgType.Text,
      body: "and now to something else",
      "m.relates_to": {
        rel_type: RelationType.Thread,
        event_id: hello,
        is_falling_back: true,
        "m.in_reply_to": { event_id: hello },
      },
    };
    const threaded = await sendWithoutEcho(alice, roomId, inThread);
    await expectShown(threaded, { threadRoot: { eventId: hello }, replyTo: null });
  });

  it("an image is named and referred to, not copied", async () => {
    const { content_uri: url } = await alice.uploadContent(new Blob(["not much of a picture"]), {
      type: "image/png",
      name: "cat.png",
    });
    const { event_id } = await alice.sendEvent(roomId, EventType.RoomMessage, {
      msgtype: MsgType.Image,
      body: "cat.png",
      url,
      info: { mimetype: "image/png", w: 4, h: 3, size: 21 },
    });
    await expectShown(event_id, {
      kind: "image",
      preview: "cat.png",
      metadata: { mxc: url, mimetype: "image/png", width: 4, height: 3 },
    });
  });

  it("an encrypted message is there without a word of it", async () => {
    const { event_id } = await alice.sendEvent(
      roomId,
      EventType.RoomMessageEncrypted as never,
      {
        algorithm: "m.megolm.v1.aes-sha2",
        ciphertext: "AwgAEnACgAkLmt6qF84IK",
        session_id: "session",
        sender_key: "key",
        device_id: "DEVICE",
      } as never,
    );
    await expectShown(event_id, { kind: "encrypted", preview: "" });
    const found = await rows("SELECT 1 AS one FROM messages m WHERE m::text LIKE '%AwgAEnACgAkLmt6qF84IK%'");
    expect(found).toEqual([]);
  });

  it("what is redacted is gone from every copy", async () => {
    const regret = await say(bob, roomId, "I should not have said this");
    await mirrored(regret);
    await alice.redactEvent(roomId, regret);
    await expectShown(regret, {
      kind: "redacted",
      preview: "",
      redactedAt: expect.any(String) as string,
    });
    expect((await mirrored(regret)).row.told).toBe("");
    const tables = ["messages", "outbox_events", "matrix.edits", "matrix.inbox", "pgboss.job"];
    for (const table of tables) {
      const found = await rows(`SELECT 1 AS one FROM ${table} t WHERE t::text LIKE '%should not have said%'`);
      expect(found, table).toEqual([]);
    }
  });

  it("its name, topic and visibility follow the room's", async () => {
    await alice.setRoomName(roomId, `Renamed ${version}`);
    await alice.setRoomTopic(roomId, "what we talk about");
    await alice.sendStateEvent(roomId, EventType.RoomJoinRules, { join_rule: JoinRule.Public }, "");
    await expectChannel({
      name: `Renamed ${version}`,
      topic: "what we talk about",
      visibility: "public",
      joinRule: "public",
      slug: `version-${version}`,
    });
  });

  it("a change of power is a change of role", async () => {
    await alice.setPowerLevel(roomId, idOf(bob), 50);
    await expectMember(bob, { role: "admin" });
    await expectMember(alice, { role: "owner" });
    await alice.setPowerLevel(roomId, idOf(bob), 0);
    await expectMember(bob, { role: "member" });
  });

  it("who leaves, is kicked or is banned is no longer a member", async () => {
    await bob.leave(roomId);
    await expectMember(bob, { membership: "leave", leftAt: expect.any(String) as string });
    await bob.joinRoom(roomId);
    await expectMember(bob, { membership: "join", leftAt: null });
    expect(await newsOf(bob)).toEqual(["member.joined", "member.left", "member.joined"]);
    await carol.joinRoom(roomId);
    await expectMember(carol, { membership: "join" });
    await alice.kick(roomId, idOf(carol), "off with you");
    await expectMember(carol, { membership: "leave" });
    await carol.joinRoom(roomId);
    await expectMember(carol, { membership: "join" });
    await alice.ban(roomId, idOf(carol));
    await expectMember(carol, { membership: "ban", leftAt: expect.any(String) as string });
    expect(await newsOf(carol)).toEqual(["member.joined", "member.left", "member.joined", "member.left"]);
  });
});

describe("when something ends while people talk", () => {
  let roomId: string;
  const said: string[] = [];

  /** Alice and Bob talk until told to stop; what they say is in `said` when Synapse took it. */
  function talk(): () => Promise<void> {
    const state = { goesOn: true };
    const chat = async (who: MatrixClient) => {
      for (let round = 0; state.goesOn; round += 1) {
        await say(who, roomId, `${idOf(who)} ${round}`).then(
          (eventId) => said.push(eventId),
          () => new Promise((wake) => setTimeout(wake, 100)),
        );
      }
    };
    const talks = [alice, bob].map(chat);
    return async () => {
      state.goesOn = false;
      await Promise.all(talks);
    };
  }

  async function storedOf(ids: readonly string[]): Promise<string[]> {
    const found = await rows<{ id: string }>(
      "SELECT matrix_event_id AS id FROM messages WHERE matrix_event_id = ANY($1::text[])",
      ids,
    );
    return found.map(({ id }) => id);
  }

  /** Every message is told once, and nothing that could be stored lies among the dead letters. */
  async function expectToldOnce(): Promise<void> {
    const wrong = await rows(
      `SELECT m.matrix_event_id FROM messages m
        WHERE 1 <> (SELECT count(*) FROM outbox_events o WHERE o.topic = 'chat.message.created' AND o.event_key = m.matrix_event_id)`,
    );
    expect(wrong).toEqual([]);
    expect(await rows("SELECT 1 AS one FROM matrix.inbox")).toEqual([]);
  }

  const pause = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

  beforeAll(async () => {
    ({ roomId } = await invited(alice, { name: "Talk", preset: Preset.PublicChat }));
    await bob.joinRoom(roomId);
  });

  it("a message is a row a few milliseconds after Synapse took it", async () => {
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const eventId = await say(alice, roomId, `how long does this take? ${round}`);
      const began = performance.now();
      await vi.waitUntil(async () => (await storedOf([eventId])).length === 1, { ...patience, interval: 1 });
      times.push(performance.now() - began);
    }
    const sorted = times.toSorted((one, other) => one - other);
    const p50 = sorted[15] ?? Number.NaN;
    process.stdout.write(
      `from Synapse's answer to the row: p50 ${p50.toFixed(1)} ms, most ${sorted[29]?.toFixed(1)} ms\n`,
    );
    expect(p50).toBeLessThan(1_000);
  });

  it("40: the bridge, stopped and killed: everything that was said is a message, once, soon after it is back", async () => {
    const stop = talk();
    await pause(300);
    expect((await running.stop()).code).toBe(0);
    await pause(300);
    await startBridge();
    await pause(300);
    await running.kill();
    await pause(300);
    await startBridge();
    await pause(300);
    await stop();
    expect(said.length).toBeGreaterThan(20);
    await vi.waitFor(
      async () => expect((await storedOf(said)).toSorted()).toEqual(said.toSorted()),
      patience,
    );
    await expectToldOnce();
  });

  it("Synapse, restarted and killed: everything that it was told is stored, is a message, and the talk goes on", async () => {
    for (const end of ["restart", "kill"] as const) {
      const stop = talk();
      await pause(500);
      if (end === "kill") await synapse.kill();
      await synapse.restart();
      await pause(500);
      await stop();
      const after = await say(bob, roomId, `after the ${end}`);
      said.push(after);
      await vi.waitUntil(async () => (await storedOf([after])).length === 1, patience);
    }
    const acknowledged = said.filter((eventId) => recorder.acknowledged.has(eventId));
    const stored = await storedOf(said);
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
    process.stdout.write(
      `${said.length - stored.length} of ${said.length} messages were lost by Synapse itself\n`,
    );
    await expectToldOnce();
    expect(running.isRunning()).toBe(true);
  });
});
