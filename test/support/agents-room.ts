import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientEvent, createClient, type MatrixClient, SyncState } from "matrix-js-sdk";
import { expect, vi } from "vitest";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { registrationNames } from "../../src/cli/registration-names.ts";
import { startBridge } from "../../src/cli/serve.ts";
import { loadConfig, requireRegistrationConfig, requireServeConfig } from "../../src/config/index.ts";
import { type Database, openDatabase, type Tx, transact } from "../../src/db/index.ts";
import { ensureAgent } from "../../src/domain/governance/index.ts";
import { findSend, type PostMessage, postMessage } from "../../src/domain/messaging/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { writeRegistration } from "../../src/matrix/registration/index.ts";
import { type CuttingLine, startCuttingLine } from "./cutting-line.ts";
import { createTestDatabase } from "./database.ts";
import { patience } from "./patience.ts";
import { startSynapse, type TestSynapse } from "./synapse.ts";

const bot = "@microdao:localhost";
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => noLog };

/** A room of a real Synapse that is a channel, with alice in it; lines that can be cut lie between Synapse and the bridge. */
export interface AgentsRoom {
  readonly synapse: TestSynapse;
  readonly towardsSynapse: CuttingLine;
  readonly towardsBridge: CuttingLine;
  readonly database: Database;
  readonly alice: MatrixClient;
  readonly aliceToken: string;
  readonly asToken: string;
  readonly microdaoId: string;
  /** An agent, `@dao_sofia:localhost`, that has not posted yet. */
  readonly sofiaId: string;
  readonly roomId: string;
  readonly channelId: string;
  newAgent(code: string, name: string): Promise<string>;
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  work<T>(job: (tx: Tx) => Promise<T>): Promise<T>;
  /** Posts as Sofia, if nothing else is said; gives the uuid. Another process than the bridge's could do the same. */
  post(text: string, more?: Partial<PostMessage>): Promise<string>;
  state(sendId: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** The bridge runs in this process; it is the product's own `startBridge`. */
export async function openAgentsRoom(): Promise<AgentsRoom> {
  const closing: (() => unknown)[] = [];
  // Parts of the SDK log through it, whatever logger they are given.
  for (const name of ["log", "info", "debug"] as const) vi.spyOn(console, name).mockReturnValue();
  const directory = await mkdtemp(join(tmpdir(), "microdao-agents-"));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  const own = await createTestDatabase();
  closing.push(() => own.drop());
  const database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(() => database.close());
  const port = await freePort("127.0.0.1");
  const towardsBridge = await startCuttingLine(`http://127.0.0.1:${port}`);
  closing.push(() => towardsBridge.close());
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
  const asToken = /^as_token:\s*"?([^"\s]+)/m.exec(await readFile(registrationPath, "utf8"))?.[1] ?? "";
  const synapse = await startSynapse({ registrationPath });
  closing.push(() => synapse.stop());
  const towardsSynapse = await startCuttingLine(synapse.url);
  closing.push(() => towardsSynapse.close());
  const config = loadConfig({ ...env, MATRIX_HOMESERVER_URL: towardsSynapse.url }, () => undefined);
  const bridge = await startBridge(requireServeConfig(config), { log: silentLog });
  closing.push(() => bridge.close());

  const work = <T>(job: (tx: Tx) => Promise<T>) => transact(database, bridgeActor, job);
  const rows = <T>(sql: string) => database.db.$queryRawUnsafe<T[]>(sql);
  const account = await synapse.registerUser({ localpart: "alice", displayName: "Alice" });
  const microdaoId = await work(async (tx) => {
    const owner = await ensureUserByMatrixId(tx, account.userId);
    return (await createMicrodao(tx, { name: "Test", ownerUserId: owner.id })).id;
  });
  const newAgent = async (code: string, name: string): Promise<string> => {
    const blueprint = { code: "assistant", model: "echo" };
    const agent = await work((tx) =>
      ensureAgent(tx, { code, name, kind: "assistant", microdaoId, blueprint }),
    );
    const named = `SELECT 1 FROM matrix.ghosts WHERE agent_id = '${agent.id}' AND display_name IS NOT NULL`;
    await vi.waitFor(async () => expect(await rows(named)).toHaveLength(1), patience);
    return agent.id;
  };
  const sofiaId = await newAgent("sofia", "Sofia");
  const alice = await startClient(synapse.url, account);
  closing.push(() => alice.stopClient());
  const { room_id: roomId } = await alice.createRoom({ name: "General", invite: [bot] });
  const linked = `SELECT channel_id::text AS id FROM matrix.rooms WHERE room_id = '${roomId}' AND status = 'joined'`;
  const channelId = await vi.waitFor(
    async () => {
      const [row] = await rows<{ id: string }>(linked);
      if (row === undefined) throw new TypeError(`${roomId} is not linked yet`);
      return row.id;
    },
    { timeout: 60_000, interval: 100 },
  );
  return {
    synapse,
    towardsSynapse,
    towardsBridge,
    database,
    alice,
    aliceToken: account.accessToken,
    asToken,
    microdaoId,
    sofiaId,
    roomId,
    channelId,
    newAgent,
    rows,
    work,
    async post(text, more = {}) {
      const message = { channelId, agentId: sofiaId, body: { text }, ...more };
      return (await work((tx) => postMessage(tx, message))).sendId;
    },
    state: (sendId) => findSend(database.db, sendId).then((send) => send?.state),
    async close() {
      for (const close of closing.toReversed()) await close();
    },
  };
}

async function startClient(
  baseUrl: string,
  { userId, accessToken }: { userId: string; accessToken: string },
): Promise<MatrixClient> {
  const client = createClient({ baseUrl, userId, accessToken, logger: noLog });
  const synced = new Promise<void>((done) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) done();
    });
  });
  await client.startClient({ initialSyncLimit: 50, threadSupport: true });
  await synced;
  return client;
}
