import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase, transact } from "../src/db/index.ts";
import { createAccessKey, hashKeyOf, registerAgent } from "../src/domain/governance/index.ts";
import { bridgeActor } from "../src/kernel/actor.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { declareError } from "../src/kernel/errors.ts";
import { encodeId } from "../src/kernel/ids.ts";
import { silentLog } from "../src/kernel/log.ts";
import { call } from "./call.ts";
import { execute } from "./cluster.ts";
import { encodeTransactions } from "./driver.ts";
import { type PushedEvent, roomIds, senderIds } from "./generator.ts";
import { type Installation, install, ourProgram, runCommand, serve } from "./ours.ts";
import { type PacedHomeserver, startPacedHomeserver } from "./paced-homeserver.ts";
import { insertChannels, insertMatrixRooms, insertMicrodao } from "./preload.ts";
import type { Program } from "./program.ts";
import type { Surroundings } from "./programs.ts";
import { microdaoId } from "./protocol.ts";

/** An agent with a Matrix user, and a key of its own. */
export interface Speaker {
  readonly matrixId: string;
  readonly token: string;
}

/** Our bridge with agents in its rooms, before a homeserver that takes `answerMs` for every answer. */
export interface AgentWorld {
  readonly program: Program;
  readonly homeserver: PacedHomeserver;
  /** The base URL of the API. */
  readonly apiUrl: string;
  readonly rooms: readonly {
    readonly roomId: string;
    readonly channelId: string;
    readonly speaker: Speaker;
  }[];
  /**
   * Somebody says something, each time another person, and perhaps mentions an agent. What a bare `PUT /send` to the same
   * homeserver takes, milliseconds.
   */
  sendBare(roomId: string, body: string, mentioned?: string): Promise<number>;
  close(): Promise<void>;
}

const neverReady = declareError<Record<string, never>>(
  "agents_never_ready",
  "bug",
  () => "the agents of the benchmark got no Matrix users within a minute",
);

export const answerMs = 5;
const readyMs = 60_000;
const people = senderIds().slice(0, 20);

/** Starts it with `agents` agents, each of which is in every so-manieth room. */
export async function openAgentWorld(around: Surroundings, agents: number): Promise<AgentWorld> {
  const homeserver = await startPacedHomeserver(answerMs);
  const databaseUrl = await around.cluster.createDatabase("agents");
  const installation = await install(homeserver.url, databaseUrl);
  await runCommand(installation, "migrate", "up");
  await insertMicrodao(databaseUrl);
  await insertChannels(databaseUrl);
  await insertMatrixRooms(databaseUrl);
  const { child } = await serve(installation);
  const program = ourProgram("ours", { installation, child, databaseUrl });
  const speakers = await makeSpeakers(databaseUrl, installation, agents);
  const rooms = roomIds().map((roomId, index) => ({
    roomId,
    channelId: encodeId("c", `00000000-0000-7000-8001-${String(index + 1).padStart(12, "0")}`),
    speaker: speakers[index % speakers.length] as Speaker,
  }));
  // Only who is in a channel asks its agent.
  const joins = rooms
    .flatMap(({ roomId, speaker }) => [speaker.matrixId, ...people].map((userId) => ({ roomId, userId })))
    .map(({ roomId, userId }, index) => joinOf(roomId, userId, index));
  await program.driver.push(encodeTransactions(joins, 100));
  homeserver.pushThrough(program.driver);
  const agent = new Agent({ keepAlive: true });
  let sent = 0;
  return {
    program,
    homeserver,
    apiUrl: installation.url,
    rooms,
    async sendBare(roomId, body, mentioned) {
      sent += 1;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/bare${sent}`;
      const person = people[sent % people.length] ?? "";
      const url = `${homeserver.url}${path}?user_id=${encodeURIComponent(person)}`;
      const mentions = mentioned === undefined ? {} : { user_ids: [mentioned] };
      const content = { msgtype: "m.text", body, "m.mentions": mentions };
      const startedAt = performance.now();
      await call({ agent, method: "PUT", url, token: "bare", body: content });
      return performance.now() - startedAt;
    },
    async close() {
      await homeserver.pushed();
      agent.destroy();
      await program.stop();
      await homeserver.close();
    },
  };
}

/** Agents with Matrix users, which the running bridge gives them, and keys. */
export async function makeSpeakers(
  databaseUrl: string,
  { env }: Installation,
  count: number,
): Promise<readonly Speaker[]> {
  const database = openDatabase({ url: databaseUrl, poolSize: 1, clock: systemClock, log: silentLog });
  const hashKey = hashKeyOf(Buffer.from(env["SECRETS_KEK"] ?? "", "base64"));
  const codes = Array.from({ length: count }, (_, index) => `agent${index}`);
  try {
    return await Promise.all(
      codes.map(async (code) => {
        const { token } = await transact(database, bridgeActor, async (tx) => {
          const blueprint = { code: "echo", model: "echo" };
          await registerAgent(tx, { code, name: code, kind: "assistant", microdaoId, blueprint });
          return createAccessKey(tx, hashKey, {
            subject: { kind: "agent", id: `agent:${code}` },
            name: code,
            capabilities: ["channel.read", "chat.message.read", "chat.message.send"],
            microdaoId,
          });
        });
        return { matrixId: await matrixIdOf(databaseUrl, code), token };
      }),
    );
  } finally {
    await database.close();
  }
}

/** The running bridge gives a new agent its user. */
async function matrixIdOf(databaseUrl: string, code: string): Promise<string> {
  const deadline = performance.now() + readyMs;
  while (performance.now() < deadline) {
    const { rows } = await execute(
      databaseUrl,
      `SELECT a.matrix_id FROM agents a JOIN matrix.ghosts g ON g.matrix_id = a.matrix_id
        WHERE a.external_id = $1 AND g.registered_at IS NOT NULL`,
      [`agent:${code}`],
    );
    const [row] = rows as { matrix_id: string }[];
    if (row !== undefined) return row.matrix_id;
    await sleep(100);
  }
  throw neverReady({});
}

function joinOf(roomId: string, userId: string, number: number): PushedEvent {
  return {
    type: "m.room.member",
    room_id: roomId,
    sender: userId,
    user_id: userId,
    state_key: userId,
    event_id: `$join${String(number).padStart(39, "0")}`,
    origin_server_ts: Date.now(),
    age: 1,
    content: { membership: "join" },
    unsigned: { age: 1 },
  };
}
