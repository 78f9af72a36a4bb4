import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { QuickstartFacts } from "../../src/cli/quickstart/quickstart-file.ts";
import { startSynapse, synapsePython, type TestSynapse } from "../support/synapse.ts";

const root = join(import.meta.dirname, "../..");
const startScript = join(root, "scripts/start.mjs");
const readyMs = 120_000;
const running = new Set<Start>();

/** One `npm start`: the script, what it printed, and its end. */
interface Start {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function start(dataDir: string, env: Record<string, string> = {}): Start {
  const child = spawn(process.execPath, [startScript], {
    cwd: root,
    env: { ...withoutSettings(), DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const begun = {
    child,
    output: () => text,
    exited: once(child, "close").then(([code]) => code as number | null),
  };
  running.add(begun);
  void begun.exited.then(() => running.delete(begun));
  return begun;
}

/** What the machine that runs the tests has configured for itself is not for the quickstart under test. */
function withoutSettings(): NodeJS.ProcessEnv {
  const mine = [
    "DATABASE_URL",
    "MATRIX_HOMESERVER_URL",
    "MATRIX_SERVER_NAME",
    "REGISTRATION_PATH",
    "BRIDGE_URL",
  ];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !mine.includes(name)));
}

async function stop(
  begun: Start,
  signal: NodeJS.Signals = "SIGINT",
): Promise<{ code: number | null; seconds: number }> {
  const before = performance.now();
  begun.child.kill(signal);
  const code = await begun.exited;
  return { code, seconds: (performance.now() - before) / 1000 };
}

async function poll<T>(
  what: () => string,
  look: () => Promise<T | undefined>,
  patienceMs = readyMs,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`not within ${patienceMs / 1000} s: ${what()}`);
}

async function factsOf(dataDir: string): Promise<QuickstartFacts | undefined> {
  const text = await readFile(join(dataDir, "quickstart.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as QuickstartFacts);
}

/** Waits until everything runs and the demo world is there. */
function ready(begun: Start, dataDir: string): Promise<QuickstartFacts> {
  return poll(begun.output, async () => {
    if (begun.child.exitCode !== null) throw new Error(`it ended: ${begun.output()}`);
    const facts = await factsOf(dataDir);
    return facts !== undefined && facts.rooms.length > 0 ? facts : undefined;
  });
}

async function printed(begun: Start, text: string): Promise<void> {
  await poll(begun.output, () => {
    if (begun.child.exitCode !== null) throw new Error(`it ended: ${begun.output()}`);
    return Promise.resolve(begun.output().includes(text) || undefined);
  });
}

async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "microdao-quickstart-"));
  const venv = dirname(dirname(await synapsePython()));
  await mkdir(join(dataDir, "synapse"));
  await symlink(venv, join(dataDir, "synapse/venv"));
  return dataDir;
}

async function holdPort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  );
}

async function getJson<T>(url: string, token: string): Promise<T> {
  const reply = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect(reply.status, url).toBe(200);
  return (await reply.json()) as T;
}

async function say(facts: QuickstartFacts, content: object): Promise<string> {
  const [alice] = facts.users;
  const [general] = facts.rooms;
  const reply = await fetch(
    `${facts.homeserverUrl}/_matrix/client/v3/rooms/${encodeURIComponent(general!.roomId)}/send/m.room.message/${crypto.randomUUID()}`,
    {
      method: "PUT",
      headers: { authorization: `Bearer ${alice!.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify(content),
    },
  );
  return ((await reply.json()) as { event_id: string }).event_id;
}

interface MessagePage {
  readonly items: readonly {
    readonly eventId: string;
    readonly preview: string;
    readonly sender: { readonly matrixId: string };
  }[];
}

function messagesOf(facts: QuickstartFacts): Promise<MessagePage> {
  return getJson(`${facts.bridgeUrl}/v1/channels/${facts.rooms[0]!.channelId}/messages`, facts.adminKey);
}

async function synapsePidOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, "synapse/data/synapse.pid"), "utf8"), 10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(async () => {
  for (const begun of running) await stop(begun, "SIGKILL");
});

describe("npm start with nothing configured", () => {
  let dataDir: string;
  let first: QuickstartFacts;

  beforeAll(async () => {
    dataDir = await newDataDir();
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it("makes the demo world, mirrors what alice says, lets Sofia answer, and Ctrl-C stops all of it", async () => {
    const held = await holdPort();
    const begun = start(dataDir, { PORT: String(held.port) });
    first = await ready(begun, dataDir);
    held.server.close();

    expect(first.users.map(({ userId }) => userId)).toEqual(["@alice:localhost", "@bob:localhost"]);
    expect(first.rooms.map(({ slug }) => slug)).toEqual(["general", "quiet"]);
    expect(first.rooms.map(({ alias }) => alias)).toEqual(["#general:localhost", "#quiet:localhost"]);
    expect(first.agents.map(({ externalId, matrixId }) => [externalId, matrixId])).toEqual([
      ["agent:sofia", "@dao_sofia:localhost"],
    ]);
    expect(first.botUserId).toBe("@microdao:localhost");
    expect((await stat(join(dataDir, "quickstart.json"))).mode & 0o777).toBe(0o600);
    expect(begun.output()).toContain(`Port ${held.port} is taken`);
    expect(new URL(first.bridgeUrl).port).not.toBe(String(held.port));
    expect(await readFile(first.registrationPath, "utf8")).toContain(first.bridgeUrl);
    for (const user of first.users) expect(begun.output()).toContain(user.password);

    const question = await say(first, {
      msgtype: "m.text",
      body: "Sofia: what is this?",
      "m.mentions": { user_ids: [first.agents[0]!.matrixId] },
    });
    const answer = await poll(begun.output, async () => {
      const { items } = await messagesOf(first);
      const asked = items.some((item) => item.eventId === question);
      return asked ? items.find(({ preview }) => preview.startsWith("You asked:")) : undefined;
    });
    expect(answer.sender.matrixId).toBe(first.agents[0]!.matrixId);
    expect(answer.preview).toContain("what is this?");

    const synapse = await synapsePidOf(dataDir);
    const stopped = await stop(begun);
    expect(stopped.code).toBe(0);
    expect(stopped.seconds).toBeLessThan(10);
    expect(isAlive(synapse)).toBe(false);
    expect(await answers(first.bridgeUrl)).toBe(false);
    expect(await factsOf(dataDir)).toBeUndefined();
  });

  it("a second start finds the same world, and a third that meets it says that it runs already", async () => {
    const begun = start(dataDir);
    const second = await ready(begun, dataDir);
    expect(second.users.map(({ userId, password }) => [userId, password])).toEqual(
      first.users.map(({ userId, password }) => [userId, password]),
    );
    expect(second.rooms).toEqual(first.rooms);
    expect(second.agents).toEqual(first.agents);
    expect(second.adminKey).toBe(first.adminKey);
    expect((await messagesOf(second)).items.length).toBeGreaterThanOrEqual(2);

    const third = start(dataDir);
    expect(await third.exited).toBe(1);
    expect(third.output()).toContain("runs already");
    expect((await stop(begun, "SIGHUP")).code).toBe(0);
  });

  it("killed outright, it takes everything with it, and the next start goes on", async () => {
    const begun = start(dataDir);
    const facts = await ready(begun, dataDir);
    const synapse = await synapsePidOf(dataDir);
    begun.child.kill("SIGKILL");
    await begun.exited;
    await poll(
      () => "Synapse or the bridge outlived npm start",
      async () => (isAlive(synapse) || (await answers(facts.bridgeUrl)) ? undefined : true),
      15_000,
    );
    const again = start(dataDir);
    expect((await ready(again, dataDir)).rooms).toEqual(first.rooms);
    expect((await stop(again, "SIGTERM")).code).toBe(0);
  });

  it("Ctrl-C while it starts stops it as well, and the start after that works", async () => {
    const begun = start(dataDir);
    await printed(begun, "Starting Synapse");
    const stopped = await stop(begun);
    expect(stopped.seconds).toBeLessThan(10);
    expect(stopped.code).toBe(0);
    const again = start(dataDir);
    expect((await ready(again, dataDir)).rooms).toEqual(first.rooms);
    expect((await stop(again)).code).toBe(0);
  });
});

describe("npm start with a homeserver of somebody else", () => {
  let dataDir: string;
  let synapse: TestSynapse;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "microdao-quickstart-"));
    synapse = await startSynapse({ serverName: "example.test" });
  });
  afterAll(async () => {
    await synapse.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("says how to register the bridge, waits for it, and makes the demo world then", async () => {
    const begun = start(dataDir, {
      MATRIX_HOMESERVER_URL: synapse.url,
      MATRIX_SERVER_NAME: "example.test",
      MATRIX_REGISTRATION_SHARED_SECRET: synapse.sharedSecret,
      PORT: "0",
    });
    await printed(begun, "app_service_config_files");
    const waiting = await factsOf(dataDir);
    expect(waiting?.rooms).toEqual([]);
    await synapse.restart({ registrationPath: waiting!.registrationPath });
    const facts = await ready(begun, dataDir);
    expect(facts.users.map(({ userId }) => userId)).toEqual(["@alice:example.test", "@bob:example.test"]);
    expect(facts.rooms.map(({ slug }) => slug)).toHaveLength(2);
    expect((await stop(begun)).code).toBe(0);
    expect(await answers(synapse.url)).toBe(true);
  });
});

describe("npm start without a homeserver", () => {
  it("names the three ways to go on and ends with 1 when there is no Python", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "microdao-quickstart-"));
    const begun = start(dataDir, { PATH: join(dataDir, "nothing-here") });
    expect(await begun.exited).toBe(1);
    expect(begun.output()).toMatch(/MATRIX_HOMESERVER_URL[\s\S]*docker compose up[\s\S]*Install Python/);
    await rm(dataDir, { recursive: true, force: true });
  });

  it("says so when nothing answers at MATRIX_HOMESERVER_URL", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "microdao-quickstart-"));
    const { server, port } = await holdPort();
    server.close();
    const begun = start(dataDir, { MATRIX_HOMESERVER_URL: `http://127.0.0.1:${port}` });
    expect(await begun.exited).toBe(1);
    expect(begun.output()).toContain(`no Matrix homeserver answers there`);
    await rm(dataDir, { recursive: true, force: true });
  });
});
