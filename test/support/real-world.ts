import { Client } from "pg";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { openDatabase, transact } from "../../src/db/index.ts";
import { registerAgent } from "../../src/domain/governance/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type BridgeProcess, type InstalledBridge, installBridge } from "./bridge-process.ts";
import { createTestDatabase } from "./database.ts";
import { runCli } from "./run-cli.ts";
import { startSynapse, type TestSynapse } from "./synapse.ts";

type Answer = Record<string, unknown>;

/** Somebody with an ordinary client. */
export interface Person {
  readonly id: string;
  /** Throws when the homeserver refuses. */
  ask(method: string, path: string, body?: object): Promise<Answer>;
  /** The same, whatever the answer is. */
  try(method: string, path: string, body?: object): Promise<{ status: number; body: Answer }>;
}

/** Asks the bridge's API, below `/v1`. */
export type Api = (method: string, path: string, body?: object) => Promise<{ status: number; body: Answer }>;

/** A real Synapse, a bridge that is a process of its own, its database, and people. */
export interface RealWorld {
  readonly synapse: TestSynapse;
  readonly installed: InstalledBridge;
  bridge: BridgeProcess;
  readonly databaseUrl: string;
  /** Another process at the same database, with a port of its own. */
  startSecond(): Promise<{ readonly bridge: BridgeProcess; readonly url: string }>;
  person(localpart: string): Promise<Person>;
  /** Makes an access key, as an operator does; gives a function that uses it. */
  key(...options: string[]): Promise<Api>;
  rows<R = Answer>(sql: string, ...values: unknown[]): Promise<R[]>;
  until(what: string, isSo: () => Promise<boolean>, seconds?: number): Promise<void>;
  close(): Promise<void>;
}

export const realBot = "@microdao:localhost";
export const realSofia = "@dao_sofia:localhost";

/** `owner` founds microDAO 1, and Sofia is an agent. */
export async function openRealWorld(
  owner: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RealWorld> {
  const database = await createTestDatabase();
  const early = { databaseUrl: database.url, homeserverUrl: "http://127.0.0.1:1", serverName: "localhost" };
  const installed = await installBridge({ ...early, env: { LOG_LEVEL: "warn", ...env } });
  const synapse = await startSynapse({ registrationPath: installed.registrationPath });
  await furnish(database.url, owner);
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  const start = () => installed.start({ MATRIX_HOMESERVER_URL: synapse.url });
  const world: RealWorld = {
    synapse,
    installed: { ...installed, start },
    bridge: await start(),
    databaseUrl: database.url,
    async startSecond() {
      const port = await freePort("127.0.0.1");
      const url = `http://127.0.0.1:${port}`;
      const bridge = await installed.start({ MATRIX_HOMESERVER_URL: synapse.url, PORT: String(port) });
      await world.until(
        "the second process is up",
        async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true,
      );
      return { bridge, url };
    },
    person: (localpart) => personOf(synapse, localpart),
    async key(...options) {
      const made = await runCli(["key", "create", ...options, "--json"], {
        directory: installed.dataDir,
        env: { ...installed.env, DATABASE_URL: database.url },
      });
      if (made.code !== 0) throw new Error(made.stderr);
      const { token } = JSON.parse(made.stdout) as { token: string };
      return (method, path, body) => askApi(installed.url, token, { method, path, body });
    },
    rows: async <R>(text: string, ...values: unknown[]) => (await sql.query(text, values)).rows as R[],
    async until(what, isSo, seconds = 120) {
      const deadline = performance.now() + seconds * 1000;
      while (!(await isSo())) {
        if (performance.now() > deadline)
          throw new Error(`in ${seconds} s it did not come about that ${what}\n${installed.output()}`);
        await new Promise((wake) => setTimeout(wake, 50));
      }
    },
    async close() {
      await installed.remove();
      await sql.end();
      await synapse.stop();
      await database.drop();
    },
  };
  return world;
}

async function askApi(
  url: string,
  key: string,
  asked: { method: string; path: string; body: object | undefined },
): Promise<{ status: number; body: Answer }> {
  const reply = await fetch(`${url}/v1${asked.path}`, {
    method: asked.method,
    headers: { authorization: `Bearer ${key}`, ...(asked.body && { "content-type": "application/json" }) },
    ...(asked.body && { body: JSON.stringify(asked.body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Answer };
}

async function furnish(url: string, ownerId: string): Promise<void> {
  const opened = openDatabase({ url, poolSize: 1, clock: systemClock, log: silentLog });
  await transact(opened, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, ownerId);
    const { id: microdaoId } = await createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
    const blueprint = { code: "test", model: "echo" };
    await registerAgent(tx, { code: "sofia", name: "Sofia", kind: "assistant", microdaoId, blueprint });
  });
  await opened.close();
}

async function personOf(synapse: TestSynapse, localpart: string): Promise<Person> {
  const { userId, accessToken } = await synapse.registerUser(localpart);
  const attempt: Person["try"] = async (method, path, body) => {
    const reply = await fetch(`${synapse.url}/_matrix/client/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: (await reply.json()) as Answer };
  };
  return {
    id: userId,
    try: attempt,
    async ask(method, path, body) {
      const answer = await attempt(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer.body;
    },
  };
}

export function roomPath(roomId: string): string {
  return `/rooms/${encodeURIComponent(roomId)}`;
}

let transactions = 0;

/** Says something; gives the event id. */
export async function say(who: Person, roomId: string, body: string, more: object = {}): Promise<string> {
  transactions += 1;
  const path = `${roomPath(roomId)}/send/m.room.message/t${transactions}`;
  return (await who.ask("PUT", path, { msgtype: "m.text", body, ...more }))["event_id"] as string;
}

export async function createRoom(owner: Person, options: object): Promise<string> {
  return (await owner.ask("POST", "/createRoom", options))["room_id"] as string;
}

export async function inviteTo(owner: Person, roomId: string, userId: string): Promise<void> {
  await owner.ask("POST", `${roomPath(roomId)}/invite`, { user_id: userId });
}

/** Upgrades as clients do; gives the new room. */
export async function upgradeRoom(owner: Person, roomId: string, version: string): Promise<string> {
  const { replacement_room } = await owner.ask("POST", `${roomPath(roomId)}/upgrade`, {
    new_version: version,
  });
  return replacement_room as string;
}

/** Makes a room that the bridge mirrors; waits for its history. */
export async function mirroredRoom(world: RealWorld, owner: Person, options: object): Promise<string> {
  const roomId = await createRoom(owner, options);
  await inviteTo(owner, roomId, realBot);
  await untilRead(world, roomId);
  return roomId;
}

export function untilRead(world: RealWorld, roomId: string): Promise<void> {
  return world.until(`the history of ${roomId} is read`, async () => {
    const [row] = await world.rows(`SELECT status FROM matrix.backfills WHERE room_id = $1`, roomId);
    return row?.["status"] === "done";
  });
}

export async function membershipOf(reader: Person, roomId: string, userId: string): Promise<unknown> {
  const { body } = await reader.try("GET", `${roomPath(roomId)}/state/m.room.member/${userId}`);
  return body["membership"];
}
