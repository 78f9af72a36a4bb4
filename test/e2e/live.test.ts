import { once } from "node:events";
import { connect } from "node:net";
import { createClient, type MatrixClient, MatrixEvent, Preset, ReceiptType } from "matrix-js-sdk";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { readSocket, readSse, type StreamReader } from "../http/stream-reader.ts";
import { type BridgeProcess, type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { runCli } from "../support/run-cli.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const bot = "@microdao:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };
const closing: (() => unknown)[] = [];

let database: Database;
let bridge: InstalledBridge;
let running: BridgeProcess;
let synapse: TestSynapse;
let alice: MatrixClient;
let bob: MatrixClient;
let token: string;
let roomId: string;
let channelId: string;

beforeAll(async () => {
  for (const name of ["log", "info", "debug", "warn"] as const) vi.spyOn(console, name).mockReturnValue();
  const own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 4, clock: systemClock, log: silentLog });
  closing.push(
    () => own.drop(),
    () => database.close(),
  );
  bridge = await installBridge({
    databaseUrl: own.url,
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "localhost",
  });
  closing.push(() => bridge.remove());
  synapse = await startSynapse({
    registrationPath: bridge.registrationPath,
    settings: { presence: { enabled: true } },
  });
  closing.push(() => synapse.stop());
  [alice, bob] = await Promise.all([person("alice"), person("bob")]);
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, idOf(alice));
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  const made = await runCli(["key", "create", "--integration", "test", "--all-microdaos", "--json"], {
    directory: bridge.dataDir,
    env: { ...bridge.env },
  });
  token = (JSON.parse(made.stdout) as { token: string }).token;
  running = await startBridge();
  const created = await alice.createRoom({ preset: Preset.PublicChat, name: "Live", invite: [bot] });
  roomId = created.room_id;
  await bob.joinRoom(roomId);
  await vi.waitFor(
    async () => {
      const rows = await database.db.$queryRawUnsafe<{ id: string }[]>(
        `SELECT channel_id::text AS id FROM matrix.rooms r WHERE room_id = $1 AND status = 'joined'
            AND EXISTS (SELECT FROM channel_members m JOIN users u ON u.id = m.member_user_id
                         WHERE m.channel_id = r.channel_id AND m.membership = 'join' AND u.matrix_id = $2)`,
        roomId,
        idOf(bob),
      );
      channelId = encodeId("c", rows[0]?.id ?? "");
      expect(rows).toHaveLength(1);
    },
    { timeout: 60_000, interval: 50 },
  );
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const startBridge = () => bridge.start({ MATRIX_HOMESERVER_URL: synapse.url });

async function person(localpart: string): Promise<MatrixClient> {
  const { userId, accessToken } = await synapse.registerUser(localpart);
  return createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
}

function idOf(client: MatrixClient): string {
  return client.getUserId() ?? "";
}

/** The events of the messages of a test, in the order in which these readers got them, one after the other. */
function told(readers: readonly StreamReader[]) {
  return readers
    .flatMap((reader) => reader.events())
    .filter(({ payload }) => /^(?:alice|late) \d+$/.test(String(payload["preview"])));
}

it("132, 133, 134 and 135: what Synapse pushes of typing, receipts and presence is on the stream, private receipts are not", async () => {
  const reader = await readSocket(bridge.url, { token, query: `?channel=${channelId}` });
  const { event_id } = await alice.sendTextMessage(roomId, "have you read this?");
  const message = await reader.until(({ data }) => JSON.stringify(data).includes(event_id));
  expect(message.data).toMatchObject({
    type: "chat.message.created",
    payload: { preview: "have you read this?" },
  });

  await bob.sendTyping(roomId, true, 20_000);
  const typing = await reader.until(({ type }) => type === "typing");
  expect(typing).toMatchObject({ data: { channelId, userIds: [idOf(bob)] } });
  await bob.sendTyping(roomId, false, 0);
  await reader.until(({ type, data }) => type === "typing" && JSON.stringify(data["userIds"]) === "[]");

  const read = new MatrixEvent({ event_id, room_id: roomId });
  await alice.sendReceipt(read, ReceiptType.ReadPrivate, {});
  await bob.sendReceipt(read, ReceiptType.Read, {});
  const receipt = await reader.until(({ type }) => type === "receipt");
  expect(receipt.data).toMatchObject({ channelId, userId: idOf(bob), eventId: event_id });

  await bob.setPresence({ presence: "unavailable", status_msg: "at lunch" });
  const presence = await reader.until(({ data }) => data["statusMessage"] === "at lunch");
  expect(presence).toMatchObject({ type: "presence", data: { userId: idOf(bob), presence: "unavailable" } });
  expect(
    reader.messages.filter(({ type, data }) => type === "receipt" && data["userId"] === idOf(alice)),
  ).toEqual([]);
  reader.close();
});

it("nothing is lost or doubled over kills of the process, with two writers and a transaction that commits late", async () => {
  const readers = [await readSse(bridge.url, { token, query: "?topic=chat.*" })];
  await readers[0]?.until(({ type }) => type === "ready");
  const said: string[] = [];
  const until = new AbortController();
  const people = (async () => {
    for (let turn = 0; !until.signal.aborted; turn += 1) {
      await alice.sendTextMessage(roomId, `alice ${turn}`);
      said.push(`alice ${turn}`);
    }
  })();
  const other = (async () => {
    for (let turn = 0; !until.signal.aborted; turn += 1) {
      await tellLate(`late ${turn}`, turn % 5 === 0 ? 300 : 10);
      said.push(`late ${turn}`);
    }
  })();
  for (let lives = 1; lives <= 2; lives += 1) {
    const reader = readers.at(-1);
    const before = reader?.events().length ?? 0;
    await vi.waitFor(() => expect(reader?.events().length).toBeGreaterThan(before + 20), patience);
    await running.kill();
    await reader?.closed;
    running = await startBridge();
    readers.push(await readSse(bridge.url, { token, query: "?topic=chat.*", lastEventId: reader?.lastId() }));
  }
  until.abort();
  await Promise.all([people, other]);
  const wanted = said.toSorted();
  await vi.waitFor(() => expect(told(readers).length).toBeGreaterThanOrEqual(wanted.length), patience);
  const got = told(readers);
  expect(got.map(({ payload }) => payload["preview"]).toSorted()).toEqual(wanted);
  const stored = await database.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id FROM outbox_envelopes WHERE topic LIKE 'chat.%' AND envelope #>> '{payload,preview}' = ANY($1::text[])
      ORDER BY txid, id COLLATE "C"`,
    wanted,
  );
  expect(got.map(({ event_id }) => event_id)).toEqual(stored.map(({ id }) => id));
  for (const reader of readers) reader.close();
});

/** An event of another process, whose transaction takes its number now and commits later. */
async function tellLate(preview: string, ms: number): Promise<void> {
  await transact(database, bridgeActor, async (tx) => {
    await tx.db.$executeRawUnsafe("SELECT pg_current_xact_id()");
    await new Promise((resolve) => setTimeout(resolve, ms));
    tx.emit({
      topic: "chat.message.created",
      key: `$${preview}`,
      at: tx.now,
      actor: bridgeActor,
      payload: { channel_id: channelId, preview },
    });
  });
}

it("149: asked to stop with streams open, read or not, the process ends in less than ten seconds and says goodbye", async () => {
  const reading = await Promise.all([
    readSse(bridge.url, { token }),
    readSocket(bridge.url, { token }),
    readSse(bridge.url, { token, query: `?channel=${channelId}` }),
  ]);
  for (const reader of reading) await reader.until(({ type }) => type === "ready");
  const stuck = connect(Number(new URL(bridge.url).port), "127.0.0.1");
  stuck.on("error", () => undefined);
  stuck.write(`GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await once(stuck, "readable");
  const { code, ms } = await running.stop();
  expect({ code, isQuick: ms < 10_000 }).toEqual({ code: 0, isQuick: true });
  for (const reader of reading) {
    expect(reader.messages.at(-1)).toMatchObject({ type: "end", data: { code: "shutting_down" } });
  }
  expect(await reading[1].closed).toBe(1001);
  stuck.destroy();
});
