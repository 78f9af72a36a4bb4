import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { declareError } from "../src/kernel/errors.ts";
import { startSynapse, type TestSynapse } from "../test/support/synapse.ts";
import { makeSpeakers } from "./agent-world.ts";
import { call } from "./call.ts";
import { execute } from "./cluster.ts";
import { percentile, round } from "./figures.ts";
import { botUserId, serverName } from "./generator.ts";
import { install, ourProgram, runCommand, serve } from "./ours.ts";
import { insertMicrodao } from "./preload.ts";
import type { Surroundings } from "./programs.ts";

type Say = (line: string) => void;

const tooSlow = declareError<{ what: string }>(
  "synapse_too_slow",
  "bug",
  ({ what }) => `within a minute it did not come about that ${what}`,
);

const samples = 40;
const warmUp = 10;
/** Synapse has more to do with an event than to answer. */
const pauseMs = 300;
const patienceMs = 60_000;

/**
 * The same with a real Synapse, as a client sees it that follows the room by `/sync`: from sending the mention until the
 * first words of the answer are shown, beside two sends by a person, which are counted only until Synapse has answered.
 */
export async function runRealMentions(around: Surroundings, say: Say) {
  const databaseUrl = await around.cluster.createDatabase("synapse");
  const installed = await install("http://127.0.0.1:1", databaseUrl);
  const registrationPath = installed.env["REGISTRATION_PATH"] ?? "";
  const synapse = await startSynapse({ registrationPath, serverName });
  // One person asks more often here than anybody may.
  const env = { ...installed.env, MATRIX_HOMESERVER_URL: synapse.url, AGENT_BUDGET: "1000" };
  const installation = { ...installed, env };
  await runCommand(installation, "migrate", "up");
  await insertMicrodao(databaseUrl);
  // The one that rooms belong to where nothing is said.
  await execute(databaseUrl, "UPDATE microdaos SET external_id = 'microdao:1'");
  const { child } = await serve(installation);
  const program = ourProgram("ours", { installation, child, databaseUrl });
  const client = await openClient(synapse);
  try {
    const [speaker] = await makeSpeakers(databaseUrl, installation, 1);
    const agentId = speaker?.matrixId ?? "";
    const roomId = await openRoom(client, databaseUrl, agentId);
    const figures = await timeMentions(client, roomId, agentId);
    say(`mentions with Synapse: answered ${figures.overBareP50Ms} ms over two bare sends (p50)`);
    return figures;
  } finally {
    client.close();
    await program.stop();
    await synapse.stop();
  }
}

async function timeMentions(client: Client, roomId: string, agentId: string) {
  const bare: number[] = [];
  const bareShown: number[] = [];
  const whole: number[] = [];
  for (let number = 0; number < samples + warmUp; number += 1) {
    await sleep(pauseMs);
    const one = await timeBare(client, roomId);
    await sleep(pauseMs);
    const other = await timeBare(client, roomId);
    bare.push(one.answered + other.answered);
    bareShown.push(one.shown + other.shown);
    await sleep(pauseMs);
    const startedAt = performance.now();
    const shown = client.shown((event) => event.sender === agentId);
    await client.send(roomId, `What is due today? (${number})`, { user_ids: [agentId] });
    whole.push((await shown) - startedAt);
  }
  const figures = (all: number[]) => {
    const counted = all.slice(warmUp);
    return { p50Ms: round(percentile(counted, 0.5)), p95Ms: round(percentile(counted, 0.95)) };
  };
  const sends = { twoBareSends: figures(bare), twoBareShown: figures(bareShown) };
  const result = { samples, ...sends, answered: figures(whole) };
  return { ...result, overBareP50Ms: round(result.answered.p50Ms - result.twoBareSends.p50Ms) };
}

/** Until Synapse has answered, and until it is shown. */
async function timeBare(client: Client, roomId: string): Promise<{ answered: number; shown: number }> {
  const startedAt = performance.now();
  const shown = client.shown(() => true);
  await client.send(roomId, "bare", {});
  const answered = performance.now() - startedAt;
  return { answered, shown: (await shown) - startedAt };
}

/** A room that is mirrored, with the agent in it. */
async function openRoom(client: Client, databaseUrl: string, agentId: string): Promise<string> {
  const { room_id: roomId } = await client.ask<{ room_id: string }>("POST", "/createRoom", { name: "Bench" });
  const at = `/rooms/${encodeURIComponent(roomId)}`;
  const count = async (sql: string) => (await execute(databaseUrl, sql, [roomId])).rows.length > 0;
  await client.ask("POST", `${at}/invite`, { user_id: botUserId });
  await until("the room is mirrored", () =>
    count("SELECT 1 FROM matrix.backfills WHERE room_id = $1 AND status = 'done'"),
  );
  await client.ask("POST", `${at}/invite`, { user_id: agentId });
  await until("the agent is in the room", () =>
    count(
      `SELECT 1 FROM channel_members m JOIN channels c ON c.id = m.channel_id JOIN agents a ON a.id = m.member_agent_id
        WHERE c.matrix_room_id = $1 AND m.membership = 'join' AND a.external_id = 'agent:agent0'`,
    ),
  );
  return roomId;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw tooSlow({ what });
    await sleep(100);
  }
}

interface ShownEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
}

/** Somebody with an ordinary client that follows its rooms. */
interface Client {
  ask<T>(method: "POST" | "PUT" | "GET", path: string, body?: object): Promise<T>;
  /** Gives the event id. */
  send(roomId: string, body: string, mentions: object): Promise<string>;
  /** When the next such message is shown, by `performance.now()`. */
  shown(isIt: (event: ShownEvent) => boolean): Promise<number>;
  close(): void;
}

async function openClient(synapse: TestSynapse): Promise<Client> {
  const { accessToken: token } = await synapse.registerUser("owner");
  const agent = new Agent({ keepAlive: true });
  const listeners = new Set<(event: ShownEvent) => void>();
  let sent = 0;
  let closed = false;
  const ask: Client["ask"] = (method, path, body) =>
    call({ agent, method, url: `${synapse.url}/_matrix/client/v3${path}`, token, body });
  const tell = (event: ShownEvent) => {
    for (const listener of listeners) listener(event);
  };
  const follow = async (from: string) => {
    let since = from;
    while (!closed) {
      const page = await ask<SyncPage>("GET", `/sync?timeout=10000&since=${since}`);
      since = page.next_batch;
      const rooms = Object.values(page.rooms?.join ?? {});
      for (const event of rooms.flatMap(({ timeline }) => timeline.events)) tell(event);
    }
  };
  const { next_batch: beginning } = await ask<SyncPage>("GET", "/sync");
  // It ends by the connection that `close` cuts; by whatever else, it ends the benchmark.
  follow(beginning).catch((error: unknown) => {
    if (!closed) throw error;
  });
  return {
    ask,
    async send(roomId, body, mentions) {
      sent += 1;
      const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/bench${sent}`;
      const content = { msgtype: "m.text", body, "m.mentions": mentions };
      return (await ask<{ event_id: string }>("PUT", path, content)).event_id;
    },
    shown: (isIt) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(tooSlow({ what: "a message is shown" })), patienceMs);
        const listener = (event: ShownEvent) => {
          if (event.type !== "m.room.message" || !isIt(event)) return;
          clearTimeout(late);
          listeners.delete(listener);
          resolve(performance.now());
        };
        listeners.add(listener);
      }),
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

interface SyncPage {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<
      Record<string, { readonly timeline: { readonly events: readonly ShownEvent[] } }>
    >;
  };
}
