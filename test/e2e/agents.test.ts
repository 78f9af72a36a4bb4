import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
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
import {
  ClientEvent,
  createClient,
  Direction,
  type MatrixClient,
  type MatrixEvent,
  RoomEvent,
  SyncState,
} from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { registrationNames } from "../../src/cli/registration-names.ts";
import { startBridge } from "../../src/cli/serve.ts";
import { loadConfig, requireRegistrationConfig, requireServeConfig } from "../../src/config/index.ts";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { ensureAgent } from "../../src/domain/governance/index.ts";
import {
  addReaction,
  editMessage,
  findSend,
  type PostMessage,
  postMessage,
  redactMessage,
  removeReaction,
} from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
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
let alice: MatrixClient;
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
  synapse = await startSynapse({ registrationPath });
  closing.push(() => synapse.stop());
  towardsSynapse = await startProxy(synapse.url);
  const config = loadConfig({ ...env, MATRIX_HOMESERVER_URL: towardsSynapse.url }, () => undefined);
  const bridge = await startBridge(requireServeConfig(config), { log: silentLog });
  closing.push(() => bridge.close());
  const account = await synapse.registerUser({ localpart: "alice", displayName: "Alice" });
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
}): Promise<MatrixClient> {
  const client = createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
  const synced = new Promise<void>((done) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) done();
    });
  });
  await client.startClient({ initialSyncLimit: 50 });
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

/** What alice's client shows of the room. */
function seen(): MatrixEvent[] {
  return alice.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
}

function seenBodies(sender: string): unknown[] {
  return seen()
    .filter((event) => event.getSender() === sender && event.getType() === "m.room.message")
    .map((event) => event.getContent()["body"] as unknown);
}

function state(sendId: string): Promise<string | undefined> {
  return findSend(database.db, sendId).then((send) => send?.state);
}

function answerTo(eventId: string): Promise<MatrixEvent> {
  return new Promise((done) => {
    const look = (event: MatrixEvent) => {
      if (event.getSender() === sofia && event.replyEventId === eventId) {
        alice.off(RoomEvent.Timeline, look);
        done(event);
      }
    };
    alice.on(RoomEvent.Timeline, look);
    for (const event of seen()) look(event);
  });
}

describe("agents in a room of a real Synapse", () => {
  it("71: an agent that posts is let into the room, seen by people under its name, and confirmed by the echo", async () => {
    const sendId = await post("hello from Sofia");
    await expect.poll(() => seenBodies(sofia), { timeout: 30_000 }).toEqual(["hello from Sofia"]);
    await expect.poll(() => state(sendId), { timeout: 30_000 }).toBe("confirmed");
    const event = seen().find((candidate) => candidate.getContent()["body"] === "hello from Sofia");
    expect(event?.getContent()["org.microdao.send"]).toBe(encodeId("m", sendId));
    expect(alice.getRoom(roomId)?.getMember(sofia)?.name).toBe("Sofia");
    const [message] = await rows(
      `SELECT matrix_event_id, sender_agent_id::text AS agent FROM messages WHERE id = '${sendId}'`,
    );
    expect(message).toEqual({ matrix_event_id: event?.getId(), agent: sofiaId });
  });

  it("the same key posts once, and ten messages come in their order", async () => {
    const idempotency = { scope: "test", key: "once" };
    const [one, two] = await Promise.all([post("once", { idempotency }), post("once", { idempotency })]);
    expect(one).toBe(two);
    for (let number = 0; number < 10; number += 1) await post(`number ${number}`);
    const wanted = [
      "hello from Sofia",
      "once",
      ...Array.from({ length: 10 }, (_, number) => `number ${number}`),
    ];
    await expect.poll(() => seenBodies(sofia), { timeout: 30_000 }).toEqual(wanted);
  });

  it("61: ten agents that speak at once are all heard", async () => {
    const codes = Array.from({ length: 10 }, (_, number) => `choir${number}`);
    const agents = await Promise.all(codes.map((code) => newAgent(code, code)));
    await Promise.all(agents.map((agentId, number) => post(`voice ${number}`, { agentId })));
    const voices = () => codes.flatMap((code) => seenBodies(`@dao_${code}:localhost`)).toSorted();
    await expect
      .poll(voices, { timeout: 60_000 })
      .toEqual(Array.from({ length: 10 }, (_, number) => `voice ${number}`).toSorted());
  });

  it("an agent that is mentioned answers in place, as a reply", async () => {
    const { event_id } = await alice.sendMessage(roomId, {
      msgtype: "m.text",
      body: "Sofia: what is the plan?",
      "m.mentions": { user_ids: [sofia] },
    } as never);
    const answer = await answerTo(event_id);
    expect(answer.getContent()["body"]).toContain("“Sofia: what is the plan?”");
    expect(answer.getContent()["m.mentions"]).toEqual({ user_ids: ["@alice:localhost"] });
    await expect
      .poll(() => rows(`SELECT status FROM agent_runs WHERE trigger_event_id = '${event_id}'`))
      .toEqual([{ status: "completed" }]);
  });

  it("76: asked in a thread, it answers in the thread", async () => {
    const root = await alice.sendMessage(roomId, { msgtype: "m.text", body: "a thread begins" } as never);
    const question = await alice.sendMessage(roomId, {
      msgtype: "m.text",
      body: "and here?",
      "m.mentions": { user_ids: [sofia] },
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: root.event_id,
        is_falling_back: true,
        "m.in_reply_to": { event_id: root.event_id },
      },
    } as never);
    const answer = await answerTo(question.event_id);
    expect(answer.getWireContent()["m.relates_to"]).toMatchObject({
      rel_type: "m.thread",
      event_id: root.event_id,
      is_falling_back: false,
    });
  });

  it("74, 77 and 78: people see the edits, reactions and redactions of an agent, and the mirror records each once", async () => {
    const sendId = await post("helo");
    const target = { messageId: sendId, agentId: sofiaId };
    await transact(database, bridgeActor, async (tx) => {
      await editMessage(tx, { ...target, body: { text: "hello" } });
      await editMessage(tx, { ...target, body: { text: "hello, all" } });
      await addReaction(tx, { ...target, key: "👍" });
      await addReaction(tx, { ...target, key: "🎉" });
      await removeReaction(tx, { ...target, key: "🎉" });
    });
    const shown = () => seen().find((event) => event.getWireContent()["body"] === "helo");
    await expect.poll(() => shown()?.getContent()["body"] as unknown, { timeout: 30_000 }).toBe("hello, all");
    const reactions = () =>
      alice
        .getRoom(roomId)
        ?.relations.getChildEventsForEvent(shown()?.getId() ?? "", "m.annotation", "m.reaction")
        ?.getSortedAnnotationsByKey()
        ?.filter(([, events]) => events.size > 0)
        .map(([key, events]) => [key, [...events].map((event) => event.getSender())]);
    await expect.poll(reactions, { timeout: 30_000 }).toEqual([["👍", [sofia]]]);
    const states = `SELECT DISTINCT state FROM matrix.sends WHERE message_id = '${sendId}'`;
    await expect.poll(() => rows(states), { timeout: 30_000 }).toEqual([{ state: "confirmed" }]);
    const mirrored = `
      SELECT content_preview AS preview,
             (SELECT count(*)::int FROM matrix.edits e WHERE e.target_event_id = m.matrix_event_id) AS edits,
             (SELECT array_agg(key) FROM matrix.reactions r
               WHERE r.target_event_id = m.matrix_event_id AND NOT r.redacted) AS reactions
        FROM messages m WHERE id = '${sendId}'`;
    expect(await rows(mirrored)).toEqual([{ preview: "hello, all", edits: 2, reactions: ["👍"] }]);
    // Made behind the bridge's back: the homeserver refuses the second one.
    await database.db.$executeRawUnsafe(`UPDATE matrix.reactions SET key = 'x' WHERE key = '👍'`);
    const twice = await transact(database, bridgeActor, (tx) => addReaction(tx, { ...target, key: "👍" }));
    await expect.poll(() => state(twice?.sendId ?? ""), { timeout: 30_000 }).toBe("confirmed");
    const redaction = await transact(database, bridgeActor, (tx) =>
      redactMessage(tx, { ...target, reason: "enough", othersAllowed: false }),
    );
    await expect.poll(() => shown()?.isRedacted() ?? true, { timeout: 30_000 }).toBe(true);
    await expect.poll(() => state(redaction?.sendId ?? ""), { timeout: 30_000 }).toBe("confirmed");
    expect(await rows(`SELECT kind FROM messages WHERE id = '${sendId}'`)).toEqual([{ kind: "redacted" }]);
  });

  it("43: an agent that nobody has registered yet can be invited, because Synapse asks for it", async () => {
    const blueprint = { code: "assistant", model: "echo" };
    const agent = await transact(database, bridgeActor, (tx) =>
      ensureAgent(tx, { code: "mira", name: "Mira", kind: "assistant", microdaoId, blueprint }),
    );
    await alice.invite(roomId, "@dao_mira:localhost");
    await expect
      .poll(() => rows(`SELECT membership FROM channel_members WHERE member_agent_id = '${agent.id}'`), {
        timeout: 30_000,
      })
      .toEqual([{ membership: "join" }]);
  });

  it("63: an answer that was lost, and a Synapse that restarted before the next try, make no second message", async () => {
    // Nothing comes back by a transaction either.
    towardsBridge.state.isCut = true;
    towardsSynapse.cutOnce(/\/send\/m\.room\.message\/md\./);
    const sendId = await post("exactly once");
    await expect.poll(() => towardsSynapse.waiting()).toBe(0);
    await synapse.kill();
    await synapse.restart();
    await expect.poll(() => state(sendId), { timeout: 90_000 }).toBe("sent");
    expect(towardsSynapse.count(new RegExp(`^PUT .*/md\\.${sendId}`))).toBe(1);
    expect(towardsSynapse.count(/^GET .*\/messages\?/)).toBeGreaterThan(0);
    towardsBridge.state.isCut = false;
    // Synapse pushes what it kept as soon as something new happens.
    await alice.sendMessage(roomId, { msgtype: "m.text", body: "are you there?" } as never);
    await expect.poll(() => state(sendId), { timeout: 60_000 }).toBe("confirmed");
    const { chunk } = await alice.createMessagesRequest(roomId, null, 50, Direction.Backward);
    const bodies = chunk.map(({ content }) => (content as Record<string, unknown>)["body"]);
    expect(bodies.filter((body) => body === "exactly once")).toHaveLength(1);
  });

  it("71 and 103: an agent that was banned stays silent, and its message says why", async () => {
    await alice.ban(roomId, sofia, "enough");
    const sendId = await post("may I?");
    await expect.poll(() => state(sendId), { timeout: 30_000 }).toBe("failed");
    expect(await findSend(database.db, sendId)).toMatchObject({ lastErrorCode: "M_FORBIDDEN" });
    expect(seenBodies(sofia)).not.toContain("may I?");
  });
});
