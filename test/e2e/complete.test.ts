import { createClient, type MatrixClient, MsgType, Preset } from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
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
let roomId: string;

beforeAll(async () => {
  const own = await createTestDatabase("native");
  closing.push(() => own.drop());
  database = openDatabase({ url: own.url, poolSize: 3, clock: systemClock, log: silentLog });
  closing.push(() => database.close());
  synapse = await startSynapse();
  closing.push(() => synapse.stop());
  bridge = await installBridge({ homeserverUrl: synapse.url, serverName: "localhost", databaseUrl: own.url });
  closing.push(() => bridge.remove());
  await synapse.restart({ registrationPath: bridge.registrationPath });
  await transact(database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, "@alice:localhost");
    await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  running = await bridge.start();
  const { userId, accessToken } = await synapse.registerUser("alice");
  alice = createClient({ baseUrl: synapse.url, userId, accessToken, logger: noLog });
  const created = await alice.createRoom({ preset: Preset.PublicChat, name: "general", invite: [bot] });
  roomId = created.room_id;
  await vi.waitUntil(async () => (await historyStatus()) === "done", patience);
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function historyStatus(): Promise<string | undefined> {
  const rows = await database.db.$queryRawUnsafe<{ status: string }[]>(
    "SELECT status FROM matrix.backfills WHERE room_id = $1",
    roomId,
  );
  return rows[0]?.status;
}

/** The ids of all messages that `/messages` gives, oldest first. */
async function homeserverMessages(): Promise<string[]> {
  const ids: string[] = [];
  for (let from: string | null = null; ; ) {
    const page = await alice.createMessagesRequest(roomId, from, 100, "b" as never);
    for (const { type, event_id } of page.chunk) if (type === "m.room.message") ids.push(event_id);
    if (page.end === undefined || page.end === from) return ids.toReversed();
    from = page.end;
  }
}

async function mirroredMessages(): Promise<string[]> {
  const rows = await database.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT m.matrix_event_id AS id FROM messages m JOIN channels c ON c.id = m.channel_id
      WHERE c.matrix_room_id = $1`,
    roomId,
  );
  return rows.map(({ id }) => id);
}

/** Sends as fast as Synapse takes it; what it does not take any more is not counted. */
async function sendMany(count: number, onSent: (sent: number) => void): Promise<number> {
  let sent = 0;
  const lane = async (first: number) => {
    for (let index = first; index < count; index += 4) {
      const content = { msgtype: MsgType.Text as const, body: `message ${index}` };
      try {
        await alice.sendEvent(roomId, "m.room.message" as never, content as never, `m${index}`);
      } catch {
        return;
      }
      sent += 1;
      onSent(sent);
    }
  };
  await Promise.all([0, 1, 2, 3].map(lane));
  return sent;
}

describe("a homeserver that is killed", () => {
  it("39: SIGKILL in the middle of 200 sends, the bridge held back: after reconciling the mirror is what /messages gives", async () => {
    process.kill(running.pid, "SIGSTOP");
    let killing: Promise<void> | undefined;
    const sent = await sendMany(200, (count) => {
      if (count === 120) killing ??= synapse.kill();
    });
    await killing;
    expect(sent).toBeGreaterThanOrEqual(120);
    await synapse.restart();
    process.kill(running.pid, "SIGCONT");
    // What is said from now on is pushed: the hole lies behind it.
    await vi.waitUntil(
      () =>
        alice.sendTextMessage(roomId, "after the crash").then(
          () => true,
          () => false,
        ),
      patience,
    );
    const done = await runCli(["reconcile", roomId, "--json"], {
      directory: bridge.dataDir,
      env: { ...bridge.env },
    });
    expect(done.stderr).toBe("");
    const [compared] = (JSON.parse(done.stdout) as { rooms: { roomId: string; unreadable: null }[] }).rooms;
    expect(compared).toMatchObject({ roomId, unreadable: null });
    const expected = await homeserverMessages();
    expect(expected.length).toBeGreaterThanOrEqual(sent);
    expect((await mirroredMessages()).toSorted()).toEqual(expected.toSorted());
    const again = await runCli(["reconcile", "--all"], { directory: bridge.dataDir, env: { ...bridge.env } });
    expect(again.stdout).toMatch(/complete; \d+ events were read, 0 of them had been missing/);
  });
});

describe("a room whose state is not its latest event", () => {
  it("33 and 119: what a real Synapse says is the state wins over the event with the greatest time", async () => {
    const levels = (await alice.getStateEvent(roomId, "m.room.power_levels", "")) as {
      users: Record<string, number>;
    };
    await alice.sendStateEvent(
      roomId,
      "m.room.power_levels" as never,
      { ...levels, users: { ...levels.users, [bot]: 50 } } as never,
    );
    const name = async () => {
      const rows = await database.db.$queryRawUnsafe<{ name: string }[]>(
        "SELECT name FROM channels WHERE matrix_room_id = $1",
        roomId,
      );
      return rows[0]?.name;
    };
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.name`;
    // An application service may say when an event was made, and clocks of other servers may be wrong.
    const query = new URLSearchParams({ user_id: bot, ts: String(Date.now() + 3_600_000) });
    const early = await fetch(`${synapse.url}${path}?${query}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${bridge.asToken}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "from a clock that is fast" }),
    });
    expect(early.status).toBe(200);
    await vi.waitUntil(async () => (await name()) === "from a clock that is fast", patience);
    await alice.setRoomName(roomId, "the name");
    const marker = (await alice.sendTextMessage(roomId, "after the name")).event_id;
    await vi.waitUntil(async () => (await mirroredMessages()).includes(marker), patience);
    expect(await name()).toBe("from a clock that is fast");
    await runCli(["reconcile", roomId], { directory: bridge.dataDir, env: { ...bridge.env } });
    expect(await name()).toBe("the name");
  });
});

describe("two bridge processes on one database", () => {
  it("compare each room once when it is due, double nothing, and one goes on without the other", async () => {
    const checks = async () => {
      const [row] = await database.db.$queryRawUnsafe<{ checks: number; due: boolean }[]>(
        "SELECT checks, due_at <= now() OR lease IS NOT NULL AS due FROM matrix.ledgers WHERE room_id = $1",
        roomId,
      );
      return row;
    };
    const makeDue = () =>
      database.db.$executeRawUnsafe(
        "UPDATE matrix.ledgers SET due_at = now(), asked_at = NULL WHERE room_id = $1",
        roomId,
      );
    const settled = () => vi.waitUntil(async () => (await checks())?.due === false, patience);
    // What the start of a process asks for.
    await settled();
    const earlier = (await checks())?.checks ?? 0;
    const other = await bridge.start({ PORT: String(await freePort("127.0.0.1")) });
    await vi.waitUntil(async () => ((await checks())?.checks ?? 0) > earlier, patience);
    await settled();
    const before = (await checks())?.checks ?? 0;
    await makeDue();
    await settled();
    expect((await checks())?.checks).toBe(before + 1);
    await running.kill();
    await alice.sendTextMessage(roomId, "while only one is alive");
    await makeDue();
    await settled();
    expect((await mirroredMessages()).toSorted()).toEqual((await homeserverMessages()).toSorted());
    expect(other.isRunning()).toBe(true);
    await other.kill();
    running = await bridge.start();
    await vi.waitUntil(
      async () => (await mirroredMessages()).length === (await homeserverMessages()).length,
      patience,
    );
    expect(new Set(await mirroredMessages()).size).toBe((await mirroredMessages()).length);
  });
});

describe("a room that cannot be read", () => {
  it("what is not there is named, with what to do", async () => {
    const cli = (...args: string[]) => runCli(args, { directory: bridge.dataDir, env: { ...bridge.env } });
    expect((await cli("reconcile", "nowhere")).stderr).toContain('No room "nowhere"');
    expect((await cli("reconcile", "!never:localhost")).stderr).toContain("!never:localhost is not linked");
    expect((await cli("reconcile")).stderr).toContain("--all");
    await alice.kick(roomId, bot);
    const { code, stderr } = await cli("reconcile", roomId);
    expect(code).toBe(1);
    expect(stderr).toMatch(/not linked|invite @microdao:localhost/);
  });
});
