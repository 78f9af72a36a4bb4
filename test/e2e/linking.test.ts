import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { openDatabase, transact } from "../../src/db/index.ts";
import { registerAgent } from "../../src/domain/governance/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type Homeserver, homeserverRefused, openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { acceptLater } from "../../src/matrix/linking/accept-later.ts";
import { readRegistration } from "../../src/matrix/registration/index.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli } from "../support/run-cli.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const bot = "@microdao:localhost";
const sofia = "@dao_sofia:localhost";

let directory: string;
let database: TestDatabase;
let synapse: TestSynapse;
let sql: Client;
let bridge: Bridge | undefined;
let env: Record<string, string>;
let alice: Person;
let bob: Person;
/** Invitations from before the bridge was ever started. */
let early: { readonly standing: EarlyInvitation; readonly withdrawn: EarlyInvitation };

interface EarlyInvitation {
  readonly roomId: string;
  /** What the homeserver said when the bot was to join. */
  readonly refused: string;
  readonly isTriedAgain: boolean;
  /** How the bot stands to the room, as the homeserver says after that. */
  readonly membership: string | undefined;
}

interface Bridge {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Somebody with an ordinary client. */
interface Person {
  readonly id: string;
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "microdao-linking-"));
  database = await createTestDatabase();
  const port = await freePort("127.0.0.1");
  env = {
    DATABASE_URL: database.url,
    DATA_DIR: directory,
    PORT: String(port),
    MATRIX_SERVER_NAME: "localhost",
    MATRIX_HOMESERVER_URL: "http://127.0.0.1:1",
    SECRETS_KEK: Buffer.alloc(32, 7).toString("base64"),
    LOG_LEVEL: "warn",
  };
  await succeed("registration");
  synapse = await startSynapse({ registrationPath: join(directory, "registration.yaml") });
  env["MATRIX_HOMESERVER_URL"] = synapse.url;
  [alice, bob] = [await person("alice"), await person("bob")];
  await foundMicrodao(alice.id);
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  early = await inviteEarly();
  bridge = await startBridge();
});

afterAll(async () => {
  await stopBridge();
  await sql.end();
  await synapse.stop();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { directory, env });
  expect(code, `microdao ${args.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

async function startBridge(): Promise<Bridge> {
  const child = spawn(process.execPath, [main, "serve"], {
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const started = { child, output: () => text };
  const ready = `http://127.0.0.1:${env["PORT"] ?? ""}/ready`;
  await until(
    "the bridge is ready",
    async () => (await fetch(ready).catch(() => undefined))?.ok === true || child.exitCode !== null,
  );
  expect(child.exitCode, text).toBeNull();
  return started;
}

/** As after a power cut. */
async function restartBridge(): Promise<void> {
  await stopBridge("SIGKILL");
  bridge = await startBridge();
}

async function stopBridge(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const child = bridge?.child;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

async function person(localpart: string): Promise<Person> {
  const { userId, accessToken } = await synapse.registerUser(localpart);
  return {
    id: userId,
    async ask(method, path, body) {
      const reply = await fetch(`${synapse.url}/_matrix/client/v3${path}`, {
        method,
        headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const answer = (await reply.json()) as Record<string, unknown>;
      expect(reply.ok, `${method} ${path}: ${JSON.stringify(answer)}`).toBe(true);
      return answer;
    },
  };
}

async function foundMicrodao(ownerId: string): Promise<void> {
  const opened = openDatabase({ url: database.url, poolSize: 1, clock: systemClock, log: silentLog });
  await transact(opened, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, ownerId);
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
    await registerAgent(tx, {
      code: "sofia",
      name: "Sofia",
      kind: "assistant",
      blueprint: { code: "test", model: "echo" },
    });
  });
  await opened.close();
}

const at = (roomId: string) => `/rooms/${encodeURIComponent(roomId)}`;
let transactions = 0;

async function say(who: Person, roomId: string, body: string): Promise<string> {
  transactions += 1;
  const path = `${at(roomId)}/send/m.room.message/t${transactions}`;
  return (await who.ask("PUT", path, { msgtype: "m.text", body }))["event_id"] as string;
}

async function newRoom(owner: Person, options: object, ...guests: Person[]): Promise<string> {
  const { room_id } = await owner.ask("POST", "/createRoom", options);
  const roomId = room_id as string;
  for (const guest of guests) {
    await owner.ask("POST", `${at(roomId)}/invite`, { user_id: guest.id });
    await guest.ask("POST", `${at(roomId)}/join`, {});
  }
  return roomId;
}

interface Shown {
  readonly event_id: string;
  readonly sender: string;
  readonly content: { readonly body?: string; readonly msgtype?: string; readonly "m.relates_to"?: object };
}

/** What the bot has said in a room, oldest first. */
async function saidByBot(reader: Person, roomId: string): Promise<Shown[]> {
  const { chunk } = await reader.ask("GET", `${at(roomId)}/messages?dir=b&limit=100`);
  return (chunk as Shown[])
    .filter(({ sender, content }) => sender === bot && content.body !== undefined)
    .reverse();
}

/** When each event of a room was made, as its homeserver says. */
async function timesOf(reader: Person, roomId: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let from: unknown = ""; from !== undefined; ) {
    const page = await reader.ask("GET", `${at(roomId)}/messages?dir=f&limit=1000&from=${from as string}`);
    for (const event of page["chunk"] as { event_id: string; origin_server_ts: number }[]) {
      times.set(event.event_id, event.origin_server_ts);
    }
    from = page["end"];
  }
  return times;
}

async function memberOf(reader: Person, roomId: string, userId: string): Promise<Record<string, unknown>> {
  return reader.ask("GET", `${at(roomId)}/state/m.room.member/${userId}`);
}

async function membershipOfBot(reader: Person, roomId: string): Promise<unknown> {
  return (await memberOf(reader, roomId, bot))["membership"];
}

async function rows<R>(text: string, ...values: unknown[]): Promise<R[]> {
  return (await sql.query(text, values)).rows as R[];
}

/** Of people, in the order of the room. */
async function mirrored(roomId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    `SELECT m.matrix_event_id AS id FROM messages m JOIN channels c ON c.id = m.channel_id
      WHERE c.matrix_room_id = $1 AND m.sender_type = 'human' ORDER BY m.created_at, m.id`,
    roomId,
  );
  return found.map(({ id }) => id);
}

async function until(what: string, isSo: () => Promise<boolean>, seconds = 60, everyMs = 100): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error(`in ${seconds} s it did not come about that ${what}\n${bridge?.output() ?? ""}`);
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}

async function inviteEarly(): Promise<typeof early> {
  const { raw } = await readRegistration(join(directory, "registration.yaml"));
  const homeserver = openHomeserver({
    url: synapse.url,
    token: String(raw["as_token"]),
    clock: systemClock,
  });
  const standing = await newRoom(alice, { preset: "private_chat", invite: [bot] });
  const withdrawn = await newRoom(alice, { preset: "public_chat", invite: [bot] });
  await alice.ask("POST", `${at(withdrawn)}/ban`, { user_id: bot });
  return {
    standing: await acceptEarly(homeserver, standing),
    withdrawn: await acceptEarly(homeserver, withdrawn),
  };
}

async function acceptEarly(homeserver: Homeserver, roomId: string): Promise<EarlyInvitation> {
  const opened = openDatabase({ url: database.url, poolSize: 1, clock: systemClock, log: silentLog });
  const error: unknown = await homeserver
    .joinRoom({ roomIdOrAlias: roomId, asUser: bot })
    .catch((failure: unknown) => failure);
  if (!homeserverRefused.is(error)) throw new Error("the bot was let in");
  const deps = { database: opened, homeserver, log: silentLog };
  const invitation = { roomId, userId: bot, inviteEventId: undefined };
  const isTriedAgain = await acceptLater(deps, invitation, error.details, () => undefined);
  const membership = await homeserver.ownMembership({ roomId, asUser: bot });
  await opened.close();
  return { roomId, refused: `${error.details.status} ${error.details.reason}`, isTriedAgain, membership };
}

const backfillOf = async (roomId: string) =>
  (await rows<{ status: string }>(`SELECT status FROM matrix.backfills WHERE room_id = $1`, roomId))[0];
const isRead = (roomId: string) => async () => (await backfillOf(roomId))?.status === "done";

describe("102: an invitation of a bot that the homeserver does not know yet", () => {
  it("is refused while it stands, is tried again, and is answered", async () => {
    const { roomId, ...found } = early.standing;
    expect(found).toEqual({
      refused: `403 Application service has not registered this user (${bot})`,
      isTriedAgain: true,
      membership: "invite",
    });
    await until("the room is linked", async () => {
      const linked = await rows(
        "SELECT 1 FROM matrix.rooms WHERE room_id = $1 AND status = 'joined'",
        roomId,
      );
      return linked.length > 0;
    });
    expect(await rows("SELECT 1 FROM matrix.refused_joins WHERE room_id = $1", roomId)).toEqual([]);
  });

  it("does not keep it from making a room, nor whoever asked for that", async () => {
    const { raw } = await readRegistration(join(directory, "registration.yaml"));
    const latecomer = "@dao_latecomer:localhost";
    const options = { url: synapse.url, token: String(raw["as_token"]), clock: systemClock };
    const room = { preset: "private_chat" };
    await expect(openHomeserver(options).createRoom(room, latecomer)).rejects.toThrow(/has not registered/);
    const through = openHomeserver({ ...options, botUserId: latecomer });
    expect(await through.createRoom(room, latecomer)).toMatch(/^!/);
  });

  it("is over when the bot was banned meanwhile", async () => {
    const { isTriedAgain, membership, roomId } = early.withdrawn;
    expect({ isTriedAgain, membership }).toEqual({ isTriedAgain: false, membership: "ban" });
    expect(await membershipOfBot(alice, roomId)).toBe("ban");
  });
});

describe("a real room", () => {
  const said: string[] = [];
  let roomId: string;

  it("with 1,200 earlier messages becomes rows, each once and in order, though the bridge is killed twice meanwhile", async () => {
    roomId = await newRoom(alice, { name: "The Plans", preset: "private_chat" }, bob);
    for (let round = 0; round < 120; round += 1) {
      const who = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? alice : bob));
      said.push(...(await Promise.all(who.map((each, index) => say(each, roomId, `${round}.${index}`)))));
    }
    await alice.ask("POST", `${at(roomId)}/invite`, { user_id: bot });
    // The second time while the history is being read; a message in hand would wait until its lease has run out.
    const moments = [
      "matrix.rooms WHERE room_id = $1",
      "matrix.sends WHERE room_id = $1 AND event_id IS NOT NULL",
    ];
    for (const moment of moments) {
      const come = () => rows(`SELECT 1 FROM ${moment}`, roomId);
      await until(`there is a row in ${moment}`, async () => (await come()).length > 0, 60, 5);
      await restartBridge();
    }
    await until("the history has been read", isRead(roomId));
    const found = await mirrored(roomId);
    expect(found.toSorted()).toEqual(said.toSorted());
    const times = await timesOf(alice, roomId);
    const inOrder = found.map((id) => times.get(id) ?? Number.NaN);
    expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
    const [channel] = await rows(
      `SELECT c.slug, c.name, c.status, c.visibility, m.external_id, u.matrix_id AS creator
         FROM channels c JOIN microdaos m ON m.id = c.microdao_id JOIN users u ON u.id = c.created_by_user_id
        WHERE c.matrix_room_id = $1`,
      roomId,
    );
    expect(channel).toEqual({
      slug: "the-plans",
      name: "The Plans",
      status: "active",
      visibility: "private",
      external_id: "microdao:1",
      creator: alice.id,
    });
    const members = await rows(
      `SELECT coalesce(u.matrix_id, a.matrix_id) AS who, cm.role, cm.membership FROM channel_members cm
         JOIN channels c ON c.id = cm.channel_id
         LEFT JOIN users u ON u.id = cm.member_user_id LEFT JOIN agents a ON a.id = cm.member_agent_id
        WHERE c.matrix_room_id = $1 ORDER BY who`,
      roomId,
    );
    expect(members).toEqual([
      { who: alice.id, role: "owner", membership: "join" },
      { who: bob.id, role: "member", membership: "join" },
      { who: bot, role: "agent", membership: "join" },
    ]);
  });

  it("is told once that it is mirrored, also when the bridge is killed and started again", async () => {
    await until("the bot has said so", async () => (await saidByBot(bob, roomId)).length > 0);
    await restartBridge();
    said.push(await say(bob, roomId, "after the restart"));
    await until("the message is a row", async () => (await mirrored(roomId)).length === said.length);
    const notices = await saidByBot(bob, roomId);
    expect(notices.map(({ content }) => content)).toEqual([
      expect.objectContaining({
        msgtype: "m.notice",
        body: expect.stringContaining("#the-plans of Demo") as string,
      }),
    ]);
  });

  it("answers a command with the state of things", async () => {
    const command = await say(bob, roomId, "!dao status");
    said.push(command);
    await until("the bot has answered", async () => (await saidByBot(bob, roomId)).length > 1);
    const { content } = (await saidByBot(bob, roomId)).at(-1) ?? {};
    expect(content?.body).toMatch(
      /^Mirrored as #the-plans of Demo[^]*Messages: 1,20\d\nMembers: 3\nHistory: complete/,
    );
    expect(content?.["m.relates_to"]).toEqual({
      rel_type: "m.thread",
      event_id: command,
      is_falling_back: true,
      "m.in_reply_to": { event_id: command },
    });
  });

  it("is mirrored no more after unlink: the bot says so, then leaves", async () => {
    await say(bob, roomId, "!dao unlink");
    await until("bob was refused", async () => (await saidByBot(alice, roomId)).length > 2);
    expect((await saidByBot(alice, roomId)).at(-1)?.content.body).toContain("moderators");
    await say(alice, roomId, "!dao unlink");
    await until("the bot has left", async () => (await membershipOfBot(alice, roomId)) === "leave");
    expect((await saidByBot(alice, roomId)).at(-1)?.content.body).toContain("no longer mirrored");
    const before = await mirrored(roomId);
    await say(bob, roomId, "not mirrored, now");
    await new Promise((wake) => setTimeout(wake, 1_000));
    expect(await mirrored(roomId)).toEqual(before);
    expect(await rows(`SELECT status FROM channels WHERE matrix_room_id = $1`, roomId)).toEqual([
      { status: "unlinked" },
    ]);
  });

  it("goes on with the same channel when the bot is invited again, and the gap is filled", async () => {
    const [before] = await rows<{ id: string }>(`SELECT id FROM channels WHERE matrix_room_id = $1`, roomId);
    await alice.ask("POST", `${at(roomId)}/invite`, { user_id: bot });
    const missed = () => rows(`SELECT 1 FROM messages WHERE content_preview = 'not mirrored, now'`);
    await until("the missed message is a row", async () => (await missed()).length === 1);
    await until("the history has been read again", isRead(roomId));
    expect(new Set(await mirrored(roomId)).size).toBe((await mirrored(roomId)).length);
    const [after] = await rows(`SELECT id, status FROM channels WHERE matrix_room_id = $1`, roomId);
    expect(after).toEqual({ id: before?.id, status: "active" });
    expect(await rows(`SELECT 1 FROM matrix.inbox`)).toEqual([]);
  });
});

describe("rooms that are different", () => {
  it("a space has no channel and becomes the microDAO's", async () => {
    const spaceId = await newRoom(alice, { name: "Demo", creation_content: { type: "m.space" } });
    await alice.ask("POST", `${at(spaceId)}/invite`, { user_id: bot });
    const find = () => rows(`SELECT 1 FROM microdaos WHERE matrix_space_id = $1`, spaceId);
    await until("the space is the microDAO's", async () => (await find()).length === 1);
    expect(await rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, spaceId)).toEqual([]);
  });

  it("an encrypted room is linked and nothing is said in it", async () => {
    const roomId = await newRoom(alice, {
      name: "Secrets",
      initial_state: [
        { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
      ],
    });
    await alice.ask("POST", `${at(roomId)}/invite`, { user_id: bot });
    await until("the history has been read", isRead(roomId));
    expect(await saidByBot(alice, roomId)).toEqual([]);
    expect(await rows(`SELECT encrypted FROM channels WHERE matrix_room_id = $1`, roomId)).toEqual([
      { encrypted: true },
    ]);
  });

  it("a v12 room, whose id names no server, is linked, and its creator commands", async () => {
    const roomId = await newRoom(alice, { name: "Twelve", room_version: "12" });
    expect(roomId).not.toContain(":");
    await alice.ask("POST", `${at(roomId)}/invite`, { user_id: bot });
    await until("the history has been read", isRead(roomId));
    await say(alice, roomId, "!dao link microdao:1 dozen");
    await until("the bot has answered", async () => (await saidByBot(alice, roomId)).length > 1);
    expect(await rows(`SELECT slug FROM channels WHERE matrix_room_id = $1`, roomId)).toEqual([
      { slug: "dozen" },
    ]);
  });
});

describe("an agent", () => {
  it("joins a mirrored room that it is invited to in one go with the bot, and declines any other", async () => {
    const mirroredRoom = await newRoom(alice, { name: "With Sofia", invite: [sofia, bot] });
    await until("Sofia has come", async () => {
      return (await memberOf(alice, mirroredRoom, sofia))["membership"] === "join";
    });
    const otherRoom = await newRoom(alice, { name: "Without the bot", invite: [sofia] });
    await until("Sofia has declined", async () => {
      return (await memberOf(alice, otherRoom, sofia))["membership"] === "leave";
    });
    expect((await memberOf(alice, otherRoom, sofia))["reason"]).toContain(`invite ${bot} first`);
  });
});

describe("the command line", () => {
  it("links a public room by its alias, reads its history, and unlinks it", async () => {
    const roomId = await newRoom(bob, { name: "Open", preset: "public_chat", room_alias_name: "open" });
    const message = await say(bob, roomId, "before anybody was here");
    const linked = JSON.parse(
      await succeed("link", "#open:localhost", "--slug", "wide-open", "--json"),
    ) as object;
    expect(linked).toMatchObject({ roomId, is: "linked", slug: "wide-open", history: { status: "done" } });
    expect(await mirrored(roomId)).toEqual([message]);
    expect(await succeed("backfill", "wide-open", "--again")).toContain("the history is complete");
    await until("the notice is there", async () => (await saidByBot(bob, roomId)).length === 1);
    expect(await succeed("unlink", "wide-open")).toContain("no longer mirrored");
    await until("the bot has left", async () => (await membershipOfBot(bob, roomId)) === "leave");
    const again = await runCli(["unlink", "wide-open"], { directory, env });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("is not linked");
  });

  it("says what to do about a room that it cannot join", async () => {
    const roomId = await newRoom(alice, { name: "Closed", preset: "private_chat" });
    const refused = await runCli(["link", roomId], { directory, env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`Invite ${bot} there`);
  });
});
