import { setTimeout as sleep } from "node:timers/promises";
import { median, round } from "./figures.ts";
import { measure, type Summary, takeTurn } from "./measure.ts";
import { type Options, type Scenario, scenarios } from "./options.ts";
import { install, runCommand, serve, startOurs } from "./ours.ts";
import { type Program, type ProgramName, rssMiB, stopProcess } from "./program.ts";
import { type Surroundings, startProgram } from "./programs.ts";

/** Absent: left out by `--only`. */
type Comparison = Partial<Record<"batches" | "singles", Summaries>>;

export type Summaries = Partial<Record<ProgramName, Summary>>;
type Say = (line: string) => void;

/** As many events as Synapse puts into one transaction at most. */
export const perTransaction = 100;
const naiveShare = 0.2;
const singlesPerRound = 300;
const idleMs = 15_000;
/**
 * The first change of a page after a checkpoint writes the whole page to the log, and the index of event ids is scattered:
 * right after the load nearly every event pays for a page. A server with default settings makes a checkpoint for each GiB of
 * log, some 300,000 events. After this many the rounds pay about what events pay on the average between two checkpoints.
 */
const loadedWarmUp = 50_000;
const soakStep = 20_000;
const soakBase = 100_000;

/** Transactions of 100 mixed events, and transactions of one event, with everybody's tables almost empty. */
export async function runComparison(around: Surroundings, options: Options, say: Say): Promise<Comparison> {
  const names = (["floor", "bareFloor", "tellingFloor", "naive", "ours"] as const).filter((name) =>
    wants(options, name),
  );
  return withPrograms(around, names, async (programs) => {
    const result: Comparison = {};
    if (wants(options, "batches")) {
      say("transactions of 100 events");
      result.batches = await measure(programs, batches(options), { rounds: options.rounds, say });
    }
    if (wants(options, "singles")) {
      say("transactions of one event");
      const size = { events: () => singlesPerRound, perTransaction: 1 };
      result.singles = await measure(programs, size, { rounds: options.rounds, say });
    }
    return result;
  });
}

/** The floor and ours, each twice: with almost empty tables and with `options.rows` messages in them. */
export async function runLoaded(around: Surroundings, options: Options, say: Say): Promise<Summaries> {
  say(`filling tables with ${options.rows} messages`);
  const names = (["floor", "ours"] as const).filter((name) => wants(options, name));
  const both = names.flatMap((name) => [name, `${name}Loaded`] as const);
  return withPrograms(around, both, (programs) =>
    measure(programs, { ...batches(options), warmUp: loadedWarmUp }, { rounds: options.rounds, say }),
  );
}

/** Cold start and idle memory of our process, on a migrated database with 50 linked rooms. */
export async function runStart(around: Surroundings, options: Options, say: Say) {
  const databaseUrl = await around.cluster.createDatabase("start");
  const installation = await install(around.homeserverUrl, databaseUrl);
  await runCommand(installation, "migrate", "up");
  const starts: number[] = [];
  let idle = 0;
  for (let number = 1; number <= options.rounds; number += 1) {
    const { child, startMs } = await serve(installation);
    starts.push(Math.round(startMs));
    if (number === options.rounds) {
      await sleep(idleMs);
      idle = await rssMiB(child);
    }
    await stopProcess(child);
    say(`start ${number}: ${Math.round(startMs)} ms`);
  }
  await installation.remove();
  return { coldStartMs: Math.round(median(starts)), rounds: starts, idleRssMiB: round(idle, 1), idleMs };
}

/** Pushes `options.soak` events into ours and compares its memory at the end with that after the first 100,000. */
export async function runSoak(around: Surroundings, options: Options, say: Say) {
  const databaseUrl = await around.cluster.createDatabase("soak");
  const { homeserverUrl } = around;
  const program = await startOurs("ours", { databaseUrl, homeserverUrl, rows: 0 });
  const samples: { events: number; rssMiB: number; eventsPerSecond: number }[] = [];
  try {
    for (let events = soakStep; events <= Math.max(options.soak, soakBase); events += soakStep) {
      const turn = await takeTurn(program, { events: () => soakStep, perTransaction });
      const sample = {
        events,
        rssMiB: round(await rssMiB(program.child), 1),
        eventsPerSecond: Math.round(turn.eventsPerSecond),
      };
      samples.push(sample);
      say(`soak ${events}: ${sample.rssMiB} MiB, ${sample.eventsPerSecond} events/s`);
    }
  } finally {
    await program.stop();
  }
  const base = samples.find((sample) => sample.events === soakBase)?.rssMiB ?? Number.NaN;
  const last = samples.at(-1)?.rssMiB ?? Number.NaN;
  return { after100000MiB: base, atEndMiB: last, growth: round(last / base), samples };
}

function batches(options: Options) {
  return {
    events: (name: ProgramName) => Math.round(options.events * (name === "naive" ? naiveShare : 1)),
    perTransaction,
  };
}

/**
 * Whether this program or scenario shall run: four scenarios run only when they are asked for, and `--only`
 * leaves out what it does not name. Programs and scenarios are chosen apart from each other.
 */
export function wants(options: Options, name: ProgramName | Scenario): boolean {
  if (name === "loaded" && options.rows === 0) return false;
  if (name === "soak" && options.soak === 0) return false;
  if (name === "embedded" && !options.embedded) return false;
  if (name === "backfill" && !options.only.has(name)) return false;
  const isScenario = (each: string) => (scenarios as readonly string[]).includes(each);
  const alike = [...options.only].filter((each) => isScenario(each) === isScenario(name));
  return alike.length === 0 || alike.includes(name);
}

/** Starts the programs one after the other and stops all of them, whatever happens between. */
async function withPrograms<T>(
  around: Surroundings,
  names: readonly ProgramName[],
  work: (programs: Program[]) => Promise<T>,
): Promise<T> {
  const programs: Program[] = [];
  try {
    for (const name of names) programs.push(await startProgram(name, around));
    return await work(programs);
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}
