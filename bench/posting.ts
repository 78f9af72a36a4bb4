import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { declareError } from "../src/kernel/errors.ts";
import { type AgentWorld, answerMs, openAgentWorld } from "./agent-world.ts";
import { call } from "./call.ts";
import { percentile, round } from "./figures.ts";
import { cpuTime } from "./program.ts";
import type { Surroundings } from "./programs.ts";

type Say = (line: string) => void;
type Room = AgentWorld["rooms"][number];

const notDelivered = declareError<{ posted: number; delivered: number }>(
  "not_delivered",
  "bug",
  ({ posted, delivered }) =>
    `${posted} messages were posted, and ${delivered} of them came to the homeserver`,
);

const agentCount = 5;
const latencySamples = 300;
const warmUp = 50;
const pauseMs = 10;
/** A little more than what is promised, so that what was achieved is not the pace itself. */
const pacePerSecond = 205;
const paceSeconds = 20;
const backlog = 300;
const mostPerBatch = 100;
const deliveryMs = 60_000;

/**
 * What agents post by the API: how long one takes beside a bare `PUT /send` to the same homeserver, and whether 205 in a
 * second arrive in order, in 50 rooms, in 5, and as fast as it goes in one.
 */
export async function runPosting(around: Surroundings, say: Say) {
  const world = await openAgentWorld(around, agentCount);
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  try {
    const latency = await timePosts(world, agent);
    say(`posting: ${latency.overBareP50Ms} ms over a bare send (p50)`);
    const wide = await postSteadily(world, agent, world.rooms);
    say(
      `posting in ${wide.rooms} rooms: ${wide.perSecond}/s, lag p95 ${wide.lagP95Ms} ms, ${wide.programCpuMsPerPost} + ${wide.databaseCpuMsPerPost} ms of CPU a post`,
    );
    const narrow = await postSteadily(world, agent, world.rooms.slice(0, agentCount));
    say(`posting in ${narrow.rooms} rooms: ${narrow.perSecond}/s, lag p95 ${narrow.lagP95Ms} ms`);
    const lane = await drainLane(world, agent);
    say(`posting in one room, as fast as it goes: ${lane.perSecond}/s`);
    return { answerMs, latency, wide, narrow, lane };
  } finally {
    agent.destroy();
    await world.close();
  }
}

/** One post at a time, by turns with a bare one: to the homeserver's answer, and until the API shows the event id. */
async function timePosts(world: AgentWorld, agent: Agent) {
  const bare: number[] = [];
  const answered: number[] = [];
  const known: number[] = [];
  for (let number = 0; number < latencySamples + warmUp; number += 1) {
    // By turns with five keys: one may not ask so often.
    const room = world.rooms[number % agentCount] as Room;
    await sleep(pauseMs);
    bare.push(await world.sendBare(room.roomId, "bare"));
    await sleep(pauseMs);
    const arrived = arrival(world, 1);
    const startedAt = performance.now();
    const { id } = await post(world, agent, room, `post ${number}`);
    answered.push((await arrived).lastAt - startedAt);
    while ((await eventIdOf(world, agent, room, id)) === null);
    known.push(performance.now() - startedAt);
  }
  const figures = (all: number[]) => {
    const counted = all.slice(warmUp);
    return { p50Ms: round(percentile(counted, 0.5)), p95Ms: round(percentile(counted, 0.95)) };
  };
  const result = { bare: figures(bare), answered: figures(answered), known: figures(known) };
  return { ...result, overBareP50Ms: round(result.known.p50Ms - result.bare.p50Ms) };
}

/**
 * Posts come at a steady pace whether or not the ones before have arrived; only in its own room a post waits until the
 * one before is stored, because otherwise there is no order to keep. Lag counts from the moment a post was due.
 */
async function postSteadily(world: AgentWorld, agent: Agent, rooms: readonly Room[]) {
  const count = pacePerSecond * paceSeconds;
  const due = new Map<string, number>();
  const stored: number[] = [];
  const arrived = arrival(world, count);
  const before = await cpuTime(world.program);
  const startedAt = performance.now() + 100;
  const postIn = async (room: Room, index: number) => {
    for (let number = index; number < count; number += rooms.length) {
      const at = startedAt + (number * 1000) / pacePerSecond;
      if (at > performance.now()) await sleep(at - performance.now());
      due.set(`steady ${number}`, at);
      await post(world, agent, room, `steady ${number}`);
      stored.push(performance.now() - at);
    }
  };
  await Promise.all(rooms.map(postIn));
  const { lastAt, bodies } = await arrived;
  const after = await cpuTime(world.program);
  const lags = [...bodies.values()].flat().map(({ body, at }) => at - (due.get(body) ?? Number.NaN));
  return {
    rooms: rooms.length,
    posts: count,
    perSecond: round(count / ((lastAt - startedAt) / 1000), 1),
    storedP95Ms: round(percentile(stored, 0.95)),
    lagP50Ms: round(percentile(lags, 0.5)),
    lagP95Ms: round(percentile(lags, 0.95)),
    disorder: disorderIn(bodies),
    programCpuMsPerPost: round((after.program - before.program) / count),
    databaseCpuMsPerPost: round((after.database - before.database) / count),
  };
}

/** One agent has said much in one room: how fast that goes out, which is at most one message for each answer. */
async function drainLane(world: AgentWorld, agent: Agent) {
  const { channelId, speaker } = world.rooms[0] as Room;
  const url = `${world.apiUrl}/v1/channels/${channelId}/messages/batch`;
  const arrived = arrival(world, backlog);
  for (let first = 0; first < backlog; first += mostPerBatch) {
    const messages = Array.from({ length: mostPerBatch }, (_, index) => ({ text: `lane ${first + index}` }));
    await call({ agent, method: "POST", url, token: speaker.token, body: { messages } });
  }
  const { firstAt, lastAt, bodies } = await arrived;
  return {
    posts: backlog,
    perSecond: round((backlog - 1) / ((lastAt - firstAt) / 1000), 1),
    disorder: disorderIn(bodies),
  };
}

function post(world: AgentWorld, agent: Agent, room: Room, text: string): Promise<{ id: string }> {
  const url = `${world.apiUrl}/v1/channels/${room.channelId}/messages`;
  return call({ agent, method: "POST", url, token: room.speaker.token, body: { text } });
}

async function eventIdOf(
  world: AgentWorld,
  agent: Agent,
  { speaker }: Room,
  id: string,
): Promise<string | null> {
  const url = `${world.apiUrl}/v1/messages/${id}`;
  const { eventId } = await call<{ eventId: string | null }>({
    agent,
    method: "GET",
    url,
    token: speaker.token,
  });
  return eventId;
}

interface Arrived {
  /** When the homeserver answered the first and the last. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** What came to each room, in its order. */
  readonly bodies: ReadonlyMap<string, readonly { readonly body: string; readonly at: number }[]>;
}

/** The next `count` messages of agents. */
function arrival({ homeserver, rooms }: AgentWorld, count: number): Promise<Arrived> {
  const bodies = new Map<string, { body: string; at: number }[]>();
  const agents = new Set(rooms.map(({ speaker }) => speaker.matrixId));
  let delivered = 0;
  let firstAt = Number.NaN;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(notDelivered({ posted: count, delivered })), deliveryMs);
    const end = homeserver.onSent(({ roomId, sender, body, answeredAt: at }) => {
      if (!agents.has(sender)) return;
      if (delivered === 0) firstAt = at;
      delivered += 1;
      bodies.set(roomId, [...(bodies.get(roomId) ?? []), { body, at }]);
      if (delivered < count) return;
      clearTimeout(late);
      end();
      resolve({ firstAt, lastAt: at, bodies });
    });
  });
}

/** How often a message came before one of its room that was posted earlier. The last word of each is its number. */
function disorderIn(bodies: Arrived["bodies"]): number {
  return [...bodies.values()]
    .map((room) => room.map(({ body }) => Number(body.split(" ").at(-1))))
    .reduce((sum, numbers) => sum + numbers.filter((n, index) => n <= (numbers[index - 1] ?? -1)).length, 0);
}
