import { setTimeout as sleep } from "node:timers/promises";
import { declareError } from "../src/kernel/errors.ts";
import { type AgentWorld, answerMs, openAgentWorld } from "./agent-world.ts";
import { percentile, round } from "./figures.ts";
import type { Surroundings } from "./programs.ts";
import { runRealMentions } from "./real-mentions.ts";

type Say = (line: string) => void;
type Room = AgentWorld["rooms"][number];

const notAnswered = declareError<{ number: number }>(
  "not_answered",
  "bug",
  ({ number }) => `mention ${number} was not answered within half a minute`,
);

const agentCount = 5;
const samples = 200;
const warmUp = 30;
const pauseMs = 20;
const answeredMs = 30_000;

/**
 * A person mentions an agent: how long it takes until the first words of the answer are in the room, with the model that
 * needs no time, beside two bare sends to the same homeserver. One at a time, the rooms by turns.
 */
export async function runMentions(around: Surroundings, say: Say) {
  const world = await openAgentWorld(around, agentCount);
  const bare: number[] = [];
  const whole: number[] = [];
  try {
    for (let number = 0; number < samples + warmUp; number += 1) {
      const room = world.rooms[number % world.rooms.length] as Room;
      await sleep(pauseMs);
      bare.push((await world.sendBare(room.roomId, "one")) + (await world.sendBare(room.roomId, "two")));
      await sleep(pauseMs);
      whole.push(await timeAnswer(world, room, number));
    }
  } finally {
    await world.close();
  }
  const figures = (all: number[]) => {
    const counted = all.slice(warmUp);
    return { p50Ms: round(percentile(counted, 0.5)), p95Ms: round(percentile(counted, 0.95)) };
  };
  const result = { answerMs, samples, twoBareSends: figures(bare), answered: figures(whole) };
  const overBareP50Ms = round(result.answered.p50Ms - result.twoBareSends.p50Ms);
  say(`mentions: answered ${overBareP50Ms} ms over two bare sends (p50)`);
  // Installed beforehand: the benchmark fetches nothing.
  const withSynapse = process.env["SYNAPSE_VENV"] !== undefined;
  return { ...result, overBareP50Ms, ...(withSynapse && { synapse: await runRealMentions(around, say) }) };
}

/** From sending the mention until the homeserver has taken the first thing that the agent says. */
function timeAnswer(world: AgentWorld, { roomId, speaker }: Room, number: number): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(notAnswered({ number })), answeredMs);
    const end = world.homeserver.onSent((sent) => {
      if (sent.roomId !== roomId || sent.sender !== speaker.matrixId) return;
      clearTimeout(late);
      end();
      resolve(sent.answeredAt - startedAt);
    });
    world.sendBare(roomId, `What is due today? (${number})`, speaker.matrixId).catch(reject);
  });
}
