import { createClient, type MatrixClient, MsgType, Preset } from "matrix-js-sdk";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { png } from "../support/png.ts";
import { runCli } from "../support/run-cli.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const bot = "@microdao:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };
const patience = { timeout: 60_000, interval: 50 };
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
