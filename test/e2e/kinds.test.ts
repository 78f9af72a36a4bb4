import { createClient, type MatrixClient, MsgType, Preset } from "matrix-js-sdk";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { snapshot } from "../mirror/snapshot.ts";
import { type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { png } from "../support/png.ts";
import { runCli } from "../support/run-cli.ts";
import { sendWithoutEcho } from "../support/send-without-echo.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const bot = "@microdao:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };
const closing: (() => unknown)[] = [];

let database: Database;
let bridge: InstalledBridge;
let synapse: TestSynapse;
let alice: MatrixClient;
let bob: MatrixClient;
let accessKey: string;
let roomId: string;

beforeAll(async () => {
  for (const name of ["log", "info", "debug", "warn"] as const) vi.spyOn(console, name).mockReturnValue();
  const own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
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
  synapse = await startSynapse({ registrationPath: bridge.registrationPath });
  closing.push(() => synapse.stop());
  [alice, bob] = await Promise.all([person("alice"), person("bob")]);
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, alice.getUserId() ?? "");
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  const made = await runCli(["key", "create", "--integration", "test", "--all-microdaos", "--json"], {
    directory: bridge.dataDir,
    env: { ...bridge.env },
  });
  accessKey = (JSON.parse(made.stdout) as { token: string }).token;
  await bridge.start({ MATRIX_HOMESERVER_URL: synapse.url });
  const room = await alice.createRoom({ preset: Preset.PublicChat, invite: [bot] });
  roomId = room.room_id;
  await bob.joinRoom(roomId);
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function person(localpart: string): Promise<MatrixClient> {
  const { userId, accessToken } = await synapse.registerUser({ localpart });
  return createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
}

interface Shown {
  readonly eventId: string;
  readonly kind: string;
  readonly preview: string;
  readonly media: readonly { readonly url: string | null; readonly thumbnailUrl: string | null }[];
  readonly poll: { readonly ended: boolean; readonly answers: readonly { votes: number }[] } | null;
}

/** The message of this event as the list of its channel shows it, once `isReady`. */
function shown(eventId: string, isReady: (message: Shown) => boolean = () => true): Promise<Shown> {
  return vi.waitFor(async () => {
    const [channel] = await get<{ id: string }>("/v1/channels");
    const messages = channel === undefined ? [] : await get<Shown>(`/v1/channels/${channel.id}/messages`);
    const found = messages.find((message) => message.eventId === eventId);
    if (found === undefined || !isReady(found)) throw new TypeError(`${eventId} is not there yet`);
    return found;
  }, patience);
}

async function get<T>(path: string): Promise<T[]> {
  const reply = await fetch(bridge.url + path, { headers: { authorization: `Bearer ${accessKey}` } });
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { items: T[] }).items;
}

it("120 and 122: a picture that was uploaded to Synapse comes by its link, whole and as a thumbnail", async () => {
  const picture = png(800, 600);
  const { content_uri: url } = await alice.uploadContent(new Blob([new Uint8Array(picture)]), {
    type: "image/png",
  });
  const { event_id } = await alice.sendMessage(roomId, {
    msgtype: MsgType.Image,
    body: "a grey wall",
    filename: "wall.png",
    url,
    info: { mimetype: "image/png", w: 800, h: 600, size: picture.length },
  });
  const message = await shown(event_id);
  expect(message).toMatchObject({
    kind: "image",
    preview: "a grey wall",
    media: [{ filename: "wall.png", width: 800, height: 600, size: picture.length, encrypted: false }],
  });
  const whole = await fetch(bridge.url + (message.media[0]?.url ?? ""));
  expect(whole.status).toBe(200);
  expect(whole.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(picture);
  const small = await fetch(bridge.url + (message.media[0]?.thumbnailUrl ?? ""));
  expect(small.status).toBe(200);
  const thumbnail = Buffer.from(await small.arrayBuffer());
  expect(thumbnail.subarray(1, 4).toString()).toBe("PNG");
  expect(thumbnail.readUInt32BE(16)).toBeLessThan(800);
});

it("124: a file that Synapse does not have, and one that is not uploaded yet, are refused as such", async () => {
  const send = async (url: string) =>
    shown((await alice.sendMessage(roomId, { msgtype: MsgType.File, body: "f", url })).event_id);
  const missing = await fetch(bridge.url + ((await send("mxc://localhost/never")).media[0]?.url ?? ""));
  expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([
    404,
    "media_not_found",
  ]);
  const reply = await fetch(`${synapse.url}/_matrix/media/v1/create`, {
    method: "POST",
    headers: { authorization: `Bearer ${alice.getAccessToken() ?? ""}` },
  });
  const { content_uri: url } = (await reply.json()) as { content_uri: string };
  const awaited = await fetch(bridge.url + ((await send(url)).media[0]?.url ?? ""));
  expect([awaited.status, ((await awaited.json()) as { code: string }).code]).toEqual([
    504,
    "media_not_yet_uploaded",
  ]);
  expect(awaited.headers.get("retry-after")).toBe("10");
});

it("87: a poll of clients, its votes and its end", async () => {
  const unstable = "org.matrix.msc3381.poll";
  const text = "org.matrix.msc1767.text";
  const { event_id: poll } = await alice.sendEvent(
    roomId,
    `${unstable}.start` as never,
    {
      [text]: "Tea or coffee?",
      [`${unstable}.start`]: {
        kind: `${unstable}.disclosed`,
        max_selections: 1,
        question: { [text]: "Tea or coffee?" },
        answers: [
          { id: "t", [text]: "Tea" },
          { id: "c", [text]: "Coffee" },
        ],
      },
    } as never,
  );
  const reference = { "m.relates_to": { rel_type: "m.reference", event_id: poll } };
  const vote = (who: MatrixClient, answer: string) =>
    who.sendEvent(
      roomId,
      `${unstable}.response` as never,
      {
        ...reference,
        [`${unstable}.response`]: { answers: [answer] },
      } as never,
    );
  await vote(bob, "t");
  await vote(alice, "c");
  await vote(bob, "c");
  const votesOf = ({ poll: result }: Shown) => result?.answers.map(({ votes }) => votes).join();
  const open = await shown(poll, (message) => votesOf(message) === "0,2");
  expect(open).toMatchObject({
    kind: "poll",
    poll: {
      question: "Tea or coffee?",
      ended: false,
      voters: 2,
      answers: [{ text: "Tea" }, { text: "Coffee" }],
    },
  });
  const over = { ...reference, [`${unstable}.end`]: {}, [text]: "It is over" };
  await bob.sendEvent(roomId, `${unstable}.end` as never, over as never);
  await alice.sendEvent(roomId, `${unstable}.end` as never, over as never);
  const ended = await shown(poll, (message) => message.poll?.ended === true);
  expect(votesOf(ended)).toBe("0,2");
});

const cli = (...args: string[]) =>
  runCli(args, {
    directory: bridge.dataDir,
    env: { ...bridge.env, MATRIX_HOMESERVER_URL: synapse.url },
  });

/** Something of everything that a room may hold; gives the first message and the last event of it. */
async function liveInRoom(): Promise<{ first: string; last: string }> {
  const say = async (who: MatrixClient, body: string, more: object = {}) =>
    (await who.sendMessage(roomId, { msgtype: MsgType.Text, body, ...more } as never)).event_id;
  const edit = (target: string, body: string) =>
    say(bob, `* ${body}`, {
      "m.new_content": { msgtype: MsgType.Text, body },
      "m.relates_to": { rel_type: "m.replace", event_id: target },
    });
  const react = (who: MatrixClient, event_id: string, key: string) =>
    who.sendEvent(
      roomId,
      "m.reaction" as never,
      {
        "m.relates_to": { rel_type: "m.annotation", event_id, key },
      } as never,
    );
  const carol = await person("carol");
  await carol.joinRoom(roomId);
  await carol.setDisplayName("Carol");
  await alice.setRoomTopic(roomId, "first");
  const first = await say(bob, "first words");
  await edit(first, "second words");
  const lastEdit = await edit(first, "third words");
  await react(alice, first, "👍");
  const { event_id: takenBack } = await react(carol, first, "👎");
  await alice.redactEvent(roomId, takenBack);
  await bob.redactEvent(roomId, lastEdit);
  const gone = await say(carol, "words that go");
  await react(alice, gone, "🎉");
  await alice.redactEvent(roomId, gone);
  const thread = { rel_type: "m.thread", event_id: first, is_falling_back: true };
  const inThread = { msgtype: MsgType.Text, body: "in the thread", "m.relates_to": thread };
  const answer = await sendWithoutEcho(carol, roomId, inThread);
  await say(bob, "an answer", { "m.relates_to": { "m.in_reply_to": { event_id: answer } } });
  const topic = await alice.setRoomTopic(roomId, "second");
  await alice.setRoomTopic(roomId, "third");
  await alice.redactEvent(roomId, topic.event_id);
  await alice.setPowerLevel(roomId, bob.getUserId() ?? "", 50);
  await bob.kick(roomId, carol.getUserId() ?? "", "rest");
  await carol.joinRoom(roomId);
  await alice.ban(roomId, carol.getUserId() ?? "");
  return { first, last: await say(alice, "last words") };
}

it("`microdao rebuild` gives identical tables from a real Synapse, and refuses to lose what it has purged", async () => {
  const { first, last } = await liveInRoom();
  await shown(last);
  await vi.waitUntil(async () => (await statusOfHistory()) === "done", patience);
  const whole = await snapshot(database);
  expect(whole["matrix.edits"]?.length).toBeGreaterThan(1);
  for (const sql of [
    "UPDATE messages SET content_preview = 'damaged' WHERE redacted_at IS NULL",
    "DELETE FROM messages WHERE kind = 'poll'",
    "DELETE FROM matrix.reactions WHERE NOT redacted",
    "DELETE FROM matrix.poll_events",
    "UPDATE channel_members SET membership = 'leave', role = 'member'",
    "UPDATE channels SET topic = 'damaged'",
  ])
    await database.db.$executeRawUnsafe(sql);
  const rebuilt = await cli("rebuild", roomId, "--json");
  expect(rebuilt.stderr).toBe("");
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ roomId, lost: 0 });
  expect(await snapshot(database)).toEqual(whole);

  await purge(last);
  const refused = await cli("rebuild", roomId);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/no longer gives \d+ of the events .* --force/s);
  expect(await snapshot(database)).toEqual(whole);
  const forced = await cli("rebuild", roomId, "--force", "--json");
  expect(forced.stderr).toBe("");
  const { lost } = JSON.parse(forced.stdout) as { lost: number };
  expect(refused.stderr).toContain(`gives ${lost} of`);
  const left = await snapshot(database);
  expect(JSON.stringify(left["messages"])).toContain("last words");
  expect(JSON.stringify(left["messages"])).not.toContain(first);
  expect(left["channel_members"]).toEqual(whole["channel_members"]);
  expect(left["channels"]).toEqual(whole["channels"]);
});

async function statusOfHistory(): Promise<unknown> {
  const [row] = await database.db.$queryRawUnsafe<{ status: string }[]>(
    "SELECT status FROM matrix.backfills WHERE room_id = $1",
    roomId,
  );
  return row?.status;
}

/** Makes the homeserver forget what was said before this event, as an administrator can. */
async function purge(eventId: string): Promise<void> {
  const { accessToken } = await synapse.registerUser({ localpart: "admin", admin: true });
  const ask = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${synapse.url}/_synapse/admin/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await reply.json()) as { purge_id: string; status: string };
  };
  const { purge_id } = await ask("POST", `purge_history/${encodeURIComponent(roomId)}`, {
    delete_local_events: true,
    purge_up_to_event_id: eventId,
  });
  await vi.waitUntil(
    async () => (await ask("GET", `purge_history_status/${purge_id}`)).status === "complete",
    patience,
  );
}
