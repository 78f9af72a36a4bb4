import { setTimeout as sleep } from "node:timers/promises";
import { declareError } from "../src/kernel/errors.ts";
import { encodeTransactions } from "./driver.ts";
import { median, percentile, round } from "./figures.ts";
import {
  type CpuTime,
  countStored,
  cpuTime,
  type Program,
  type ProgramName,
  rssMiB,
  walPosition,
} from "./program.ts";

/** One program's turn in one round. */
export interface Turn {
  readonly eventsPerSecond: number;
  /** Milliseconds per transaction, from sending it to having read the 200. */
  readonly latencies: readonly number[];
  /** Processor milliseconds that the turn took, of the program and of its database sessions. */
  readonly cpu: CpuTime;
  /** Bytes that the server wrote to its log for the turn. */
  readonly walBytes: number;
  readonly events: number;
}

export interface Summary {
  /** Median over the rounds, and the rounds themselves. */
  readonly eventsPerSecond: number;
  readonly rounds: readonly number[];
  /** Over all transactions of all rounds, milliseconds until the 200. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Processor milliseconds per 1000 events; less at the mercy of a busy machine than the rate. */
  readonly programCpuMs: number;
  readonly databaseCpuMs: number;
  /** What the server wrote to its log (WAL), per 1000 events. */
  readonly walKiB: number;
  readonly rssMiB: number;
}

const notStored = declareError<{ program: string; acknowledged: number; stored: number }>(
  "not_stored",
  "bug",
  ({ program, acknowledged, stored }) =>
    `${program} acknowledged ${acknowledged} events, and ${stored} of them are rows`,
);

const storeTimeoutMs = 120_000;
const pauseMs = 150;

/** How many events a turn has and how many of them are in one transaction. */
export interface TurnSize {
  readonly events: (name: ProgramName) => number;
  readonly perTransaction: number;
  /** Events of the first turn, which is not counted; as many as in the others when left out. */
  readonly warmUp?: number;
}

/**
 * Measures the programs by turns, `rounds` times: floor, naive, ours, floor, … so that a slow moment of the machine
 * meets all of them. While one is measured the others are stopped by signal: their background work cannot slow it, and
 * each pays for its own on its own turn. A first round warms up and is not counted.
 */
export async function measure(
  programs: readonly Program[],
  size: TurnSize,
  options: { rounds: number; say: (line: string) => void },
): Promise<Partial<Record<ProgramName, Summary>>> {
  const turns = new Map<ProgramName, Turn[]>(programs.map((program) => [program.name, []]));
  for (const program of programs) program.child.kill("SIGSTOP");
  for (let number = 0; number <= options.rounds; number += 1) {
    for (const program of programs) {
      program.child.kill("SIGCONT");
      await sleep(pauseMs);
      const { warmUp } = size;
      const turn = await takeTurn(program, {
        ...size,
        ...(number === 0 && warmUp !== undefined && { events: () => warmUp }),
      });
      await sleep(pauseMs);
      program.child.kill("SIGSTOP");
      const label = number === 0 ? "warm-up" : `round ${number}`;
      options.say(`${label} ${program.name}: ${describe(turn)}`);
      if (number > 0) turns.get(program.name)?.push(turn);
    }
  }
  for (const program of programs) program.child.kill("SIGCONT");
  const summaries = programs.map(async (program) => {
    return [program.name, await summarize(program, turns.get(program.name) ?? [])] as const;
  });
  return Object.fromEntries(await Promise.all(summaries));
}

/** Pushes the program's next events and proves that each of them became a row. */
export async function takeTurn(program: Program, size: TurnSize): Promise<Turn> {
  const count = size.events(program.name);
  const events = program.stream.next(count);
  const ids = events.map((event) => event.event_id);
  const transactions = encodeTransactions(events, size.perTransaction);
  const before = await cpuTime(program);
  const logBefore = await walPosition(program);
  const startedAt = performance.now();
  const latencies = await program.driver.push(transactions);
  if (!program.acknowledgesStored) await waitUntilStored(program, ids);
  const elapsedMs = performance.now() - startedAt;
  const walBytes = (await walPosition(program)) - logBefore;
  const after = await cpuTime(program);
  const stored = await countStored(program, ids);
  if (stored !== count) throw notStored({ program: program.name, acknowledged: count, stored });
  const cpu = { program: after.program - before.program, database: after.database - before.database };
  return { events: count, eventsPerSecond: (count / elapsedMs) * 1000, latencies, cpu, walBytes };
}

/** Asks for the last events first: while they are missing, counting the others would only disturb. */
async function waitUntilStored(program: Program, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + storeTimeoutMs;
  for (const part of [ids.slice(-100), ids]) {
    while (program.child.exitCode === null && performance.now() < deadline) {
      if ((await countStored(program, part)) === part.length) break;
      await sleep(10);
    }
  }
}

async function summarize(program: Program, turns: readonly Turn[]): Promise<Summary> {
  const rates = turns.map((turn) => turn.eventsPerSecond);
  const latencies = turns.flatMap((turn) => turn.latencies);
  return {
    eventsPerSecond: Math.round(median(rates)),
    rounds: rates.map((rate) => Math.round(rate)),
    p50Ms: round(percentile(latencies, 0.5)),
    p95Ms: round(percentile(latencies, 0.95)),
    p99Ms: round(percentile(latencies, 0.99)),
    programCpuMs: round(median(turns.map(({ cpu, events }) => (cpu.program / events) * 1000)), 1),
    databaseCpuMs: round(median(turns.map(({ cpu, events }) => (cpu.database / events) * 1000)), 1),
    walKiB: Math.round(median(turns.map(({ walBytes, events }) => (walBytes / events) * 1000)) / 1024),
    rssMiB: round(await rssMiB(program.child), 1),
  };
}

function describe(turn: Turn): string {
  return `${Math.round(turn.eventsPerSecond)} events/s, p50 ${round(percentile(turn.latencies, 0.5))} ms`;
}
