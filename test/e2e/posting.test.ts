import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MatrixClient } from "@vector-im/matrix-bot-sdk";
import {
  ClientEvent,
  createClient,
  Direction,
  type MatrixClient as SdkClient,
  SyncState,
} from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { registrationNames } from "../../src/cli/registration-names.ts";
import { startBridge } from "../../src/cli/serve.ts";
import { loadConfig, requireRegistrationConfig, requireServeConfig } from "../../src/config/index.ts";
import { type Database, openDatabase, type Tx, transact } from "../../src/db/index.ts";
import { ensureAgent } from "../../src/domain/governance/index.ts";
import {
  editMessage,
  findSend,
  findStream,
  finishStream,
  growStream,
  openStream,
  type PostMessage,
  postMessage,
} from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { uploadsTo } from "../../src/matrix/media/index.ts";
import { writeRegistration } from "../../src/matrix/registration/index.ts";
import { createTestDatabase } from "../support/database.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const closing: (() => unknown)[] = [];
const bot = "@microdao:localhost";
const sofia = "@dao_sofia:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };

let synapse: TestSynapse;
let towardsSynapse: Awaited<ReturnType<typeof startProxy>>;
let towardsBridge: Awaited<ReturnType<typeof startProxy>>;
let database: Database;
let alice: SdkClient;
let account: Awaited<ReturnType<TestSynapse["registerUser"]>>;
let asToken: string;
let microdaoId: string;
let sofiaId: string;
let roomId: string;
let channelId: string;

/** Passes everything on, and on demand cuts connections: once when a request has taken effect, or all before any does. */
async function startProxy(target: string) {
  const cuts: RegExp[] = [];
  const seen: string[] = [];
  const state = { isCut: false };
  const pass = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = incoming;
    seen.push(`${method} ${url}`);
    const drop = () => response.socket?.destroy();
    if (state.isCut) return void drop();
    const upstream = httpRequest(target + url, { method, headers }, (answer) => {
      const cut = cuts.findIndex((path) => path.test(url));
      if (cut >= 0) {
        cuts.splice(cut, 1);
        answer.resume().on("end", drop);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", drop);
    incoming.pipe(upstream);
  };
  const server: Server = createServer(pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    cutOnce: (path: RegExp) => void cuts.push(path),
    waiting: () => cuts.length,
    /** Requests that match, so far. */
    count: (pattern: RegExp) => seen.filter((line) => pattern.test(line)).length,
  };
}

beforeAll(async () => {
  // Parts of the SDK log through it, whatever logger they are given.
  for (const name of ["log", "info", "debug"] as const) vi.spyOn(console, name).mockReturnValue();
  const directory = await mkdtemp(join(tmpdir(), "microdao-agents-"));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  const own = await createTestDatabase();
  closing.push(() => own.drop());
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(() => database.close());
  const port = await freePort("127.0.0.1");
  towardsBridge = await startProxy(`http://127.0.0.1:${port}`);
  const env = {
    DATABASE_URL: own.url,
    DATA_DIR: directory,
    PORT: String(port),
    BRIDGE_URL: towardsBridge.url,
    MATRIX_SERVER_NAME: "localhost",
    SECRETS_KEK: Buffer.alloc(32, 7).toString("base64"),
  };
  const names = registrationNames(requireRegistrationConfig(loadConfig(env, () => undefined)));
  const registrationPath = join(directory, "registration.yaml");
  await writeRegistration({ path: registrationPath, dataDir: directory, names });
  asToken = /^as_token:\s*"?([^"\s]+)/m.exec(await readFile(registrationPath, "utf8"))?.[1] ?? "";
  synapse = await startSynapse({ registrationPath });
  closing.push(() => synapse.stop());
  towardsSynapse = await startProxy(synapse.url);
  const config = loadConfig({ ...env, MATRIX_HOMESERVER_URL: towardsSynapse.url }, () => undefined);
  const bridge = await startBridge(requireServeConfig(config), { log: silentLog });
  closing.push(() => bridge.close());
  account = await synapse.registerUser({ localpart: "alice", displayName: "Alice" });
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, account.userId);
    microdaoId = (await createMicrodao(tx, { name: "Test", ownerUserId: owner.id })).id;
  });
  sofiaId = await newAgent("sofia", "Sofia");
  alice = await startClient(account);
  const room = await alice.createRoom({ name: "General", invite: [bot] });
  roomId = room.room_id;
  channelId = await vi.waitFor(() => linkedChannel(roomId), { timeout: 60_000, interval: 100 });
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function startClient({
  userId,
  accessToken,
}: {
  userId: string;
  accessToken: string;
}): Promise<SdkClient> {
  const client = createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
  const synced = new Promise<void>((done) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) done();
    });
  });
  await client.startClient({ initialSyncLimit: 50, threadSupport: true });
  closing.push(() => client.stopClient());
  await synced;
  return client;
}

async function newAgent(code: string, name: string): Promise<string> {
  const blueprint = { code: "assistant", model: "echo" };
  const agent = await transact(database, bridgeActor, (tx) =>
    ensureAgent(tx, { code, name, kind: "assistant", microdaoId, blueprint }),
  );
  await vi.waitFor(
    async () => {
      const named = `SELECT 1 FROM matrix.ghosts WHERE agent_id = '${agent.id}' AND display_name IS NOT NULL`;
      expect(await rows(named)).toHaveLength(1);
    },
    { timeout: 30_000, interval: 50 },
  );
  return agent.id;
}

function rows<T = Record<string, unknown>>(sql: string): Promise<T[]> {
  return database.db.$queryRawUnsafe<T[]>(sql);
}

async function linkedChannel(room: string): Promise<string> {
  const [row] = await rows<{ id: string }>(
    `SELECT channel_id::text AS id FROM matrix.rooms WHERE room_id = '${room}' AND status = 'joined'`,
  );
  if (row === undefined) throw new TypeError(`${room} is not linked yet`);
  return row.id;
}

/** Posts as an agent; gives the uuid. Another process than the bridge's could do the same. */
async function post(text: string, more: Partial<PostMessage> = {}): Promise<string> {
  const posted = await transact(database, bridgeActor, (tx) =>
    postMessage(tx, { channelId, agentId: sofiaId, body: { text }, ...more }),
  );
  return posted.sendId;
}

function state(sendId: string): Promise<string | undefined> {
  return findSend(database.db, sendId).then((send) => send?.state);
}

function work<T>(job: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(database, bridgeActor, job);
}

describe("what agents post, in a real Synapse and as two client libraries see it", () => {
  it("64, 67 and 74: a stream that grows while Synapse is killed and started again is one message with the whole text", async () => {
    // As if it had been made long ago: then nothing has to be looked for, as the homeserver remembers what was sent.
    await rows(`UPDATE matrix.ghosts SET device_since = device_since - interval '1 hour'`);
    const { sendId } = await work((tx) =>
      openStream(tx, { channelId, agentId: sofiaId }, { markdown: "**Counting:**" }),
    );
    await expect.poll(() => state(sendId), { timeout: 30_000 }).toBe("confirmed");
    let text = "**Counting:**";
    const grow = async (from: number, to: number) => {
      for (let count = from; count <= to; count += 1) {
        text += ` ${count}`;
        const grown = text;
        expect((await work((tx) => growStream(tx, { sendId, text: grown }))).live).toBe(true);
        await expect.poll(async () => (await findStream(database.db, sendId))?.shown).toBeGreaterThan(0);
      }
    };
    await grow(1, 10);
    towardsSynapse.cutOnce(/\/send\/m\.room\.message\/md\./);
    await synapse.kill();
    await grow(11, 20);
    await synapse.restart();
    await grow(21, 30);
    await work((tx) => finishStream(tx, { sendId, ending: "complete" }));
    const unfinished = `SELECT 1 FROM matrix.sends WHERE (id = '${sendId}' OR message_id = '${sendId}') AND state <> 'confirmed'`;
    await expect
      .poll(
        async () => {
          await alice
            .sendMessage(roomId, { msgtype: "m.notice", body: "knock" } as never)
            .catch(() => undefined);
          return rows(unfinished);
        },
        { timeout: 90_000, interval: 1_000 },
      )
      .toEqual([]);
    const { chunk } = await alice.createMessagesRequest(roomId, null, 100, Direction.Backward);
    const own = chunk.filter(({ sender, type }) => sender === sofia && type === "m.room.message");
    const originals = own.filter(({ content }) => !("m.new_content" in (content as object)));
    expect(originals).toHaveLength(1);
    const edits = own.filter(({ content }) => "m.new_content" in (content as object));
    expect(
      new Set(edits.map(({ content }) => (content as Record<string, unknown>)["org.microdao.send"])).size,
    ).toBe(edits.length);
    expect(edits.length).toBeLessThanOrEqual(20);
    expect(towardsSynapse.count(/\/send\/.*user_id=%40dao_sofia.*device_id=MICRODAO/)).toBeGreaterThan(
      edits.length,
    );
    expect(towardsSynapse.count(/\/messages\?.*user_id=%40dao_sofia/)).toBe(0);
    const messageId = originals[0]?.event_id ?? "";
    // Synapse replaces nothing in the event itself; clients apply the newest edit, which it bundles.
    const bundled = await alice.fetchRoomEvent(roomId, messageId);
    const newest = bundled.unsigned?.["m.relations"]?.["m.replace"] as { content?: Record<string, unknown> };
    expect((newest.content?.["m.new_content"] as { body?: string } | undefined)?.body).toBe(text);
    expect(text.endsWith(" 30")).toBe(true);
  });

  it("75, 76, 83: replies, threads, edits, mentions and files are the same for matrix-js-sdk and matrix-bot-sdk", async () => {
    const asked = await alice.sendMessage(roomId, { msgtype: "m.notice", body: "who is there?" } as never);
    const eventId = asked.event_id;
    await expect
      .poll(() => rows(`SELECT 1 FROM messages WHERE matrix_event_id = '${eventId}'`), { timeout: 30_000 })
      .toHaveLength(1);
    const reply = await post("I am, @alice:localhost", { replyTo: { eventId } });
    const inThread = await post("and here", { threadRoot: { eventId } });
    const homeserver = openHomeserver({ url: synapse.url, token: asToken, clock: systemClock });
    const uploads = uploadsTo({ database, homeserver, limitBytes: 1_000_000 });
    const bytes = Buffer.from("# Minutes\n\nAll agreed.\n");
    const file = await uploads.upload({
      body: Readable.from([bytes]),
      contentType: "text/markdown",
      length: undefined,
    });
    const attachment = { mxc: file.mxc, filename: "minutes.md" };
    const sent = await post("The minutes", { attachment });
    const edit = await work((tx) =>
      editMessage(tx, { messageId: reply, agentId: sofiaId, body: { text: "I was, @alice:localhost" } }),
    );
    for (const id of [reply, inThread, sent, edit.sendId])
      await expect.poll(() => state(id), { timeout: 60_000 }).toBe("confirmed");
    const idOf = async (id: string) => (await findSend(database.db, id))?.eventId ?? "";
    const other = new MatrixClient(synapse.url, account.accessToken);
    const views = async (id: string) => {
      const event = await idOf(id);
      const [theirs, ours] = [
        (await other.getEvent(roomId, event)) as { content: Record<string, unknown>; sender: string },
        (await alice.fetchRoomEvent(roomId, event)) as { content: Record<string, unknown>; sender: string },
      ];
      expect(theirs.content).toEqual(ours.content);
      expect(theirs.sender).toBe(sofia);
      return theirs.content;
    };
    expect(await views(reply)).toMatchObject({
      "m.relates_to": { "m.in_reply_to": { event_id: eventId } },
      "m.mentions": { user_ids: ["@alice:localhost"] },
    });
    expect(await views(inThread)).toMatchObject({
      "m.relates_to": { rel_type: "m.thread", event_id: eventId, is_falling_back: true },
    });
    expect(await views(edit.sendId)).toMatchObject({
      "m.mentions": {},
      "m.new_content": { body: "I was, @alice:localhost", "m.mentions": { user_ids: ["@alice:localhost"] } },
      "m.relates_to": { rel_type: "m.replace", event_id: await idOf(reply) },
    });
    expect(await views(sent)).toMatchObject({
      msgtype: "m.file",
      body: "The minutes",
      filename: "minutes.md",
      url: file.mxc,
      info: { mimetype: "text/markdown", size: bytes.length },
    });
    const path = `/_matrix/client/v1/media/download/${file.mxc.slice("mxc://".length)}`;
    const raw = (await other.doRequest("GET", path, null, null, 60_000, true)) as { body: Buffer };
    expect(raw.body.toString()).toBe(bytes.toString());
    const timeline = alice.getRoom(roomId);
    await expect
      .poll(async () => timeline?.findEventById(await idOf(reply))?.getContent()["body"] as string, {
        timeout: 30_000,
      })
      .toBe("I was, @alice:localhost");
    await expect.poll(() => timeline?.getThread(eventId)?.length ?? 0, { timeout: 30_000 }).toBe(1);
  });
});
