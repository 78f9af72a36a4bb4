import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cluster, execute, serverSettings } from "./cluster.ts";
import { round } from "./figures.ts";
import { mix, roomCount, senderCount } from "./generator.ts";
import type { Options } from "./options.ts";
import type { ProgramName } from "./program.ts";
import type { Summaries } from "./scenarios.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);
const packages = ["fastify", "pg", "@prisma/client", "matrix-appservice-bridge", "@electric-sql/pglite"];

/** The processor, the memory and how busy the machine was before the first measurement. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: round(totalmem() / 2 ** 30, 1),
    kernel: release(),
    loadAverageBefore: loadavg().map((value) => round(value)),
  };
}

/** What was measured, to the commit. */
export async function describeVersions(cluster: Cluster) {
  const url = await cluster.createDatabase("about");
  const answer = await execute(url, "SELECT current_setting('server_version') AS version");
  const versions = packages.map(async (name) => {
    const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
    return [name, (JSON.parse(text) as { version: string }).version] as const;
  });
  const commit = await run("git", ["describe", "--always", "--dirty"], { cwd: root }).catch(() => undefined);
  return {
    commit: commit?.stdout.trim() ?? "unknown",
    node: process.version,
    postgres: (answer.rows as { version: string }[])[0]?.version,
    ...Object.fromEntries(await Promise.all(versions)),
  };
}

/** How the measuring is done, in words, so that the figures can be judged without reading the programs. */
export function describeMethod(options: Options) {
  return {
    rounds: options.rounds,
    eventsPerRound: options.events,
    postgresSettings: { ...serverSettings, ...options.settings },
    stream: { rooms: roomCount, senders: senderCount, partsPerThousand: mix },
    programs: {
      floor:
        "Fastify and pg; one database transaction and three set-based statements per Matrix transaction; every event, " +
        "whatever its type, is one row of messages; the ERD's columns, indexes and references; no outbox.",
      bareFloor: "The floor without the two foreign keys of messages.",
      tellingFloor:
        "The floor with an outbox event for each message, in the same statement: ours cannot be faster.",
      naive:
        "matrix-appservice-bridge as its users run it; per event two Prisma upserts and one create; every event is one " +
        "row of messages. It answers 200 before it stores, so its rate counts to the last row and its latency to the 200.",
      ours: "`serve` as a user starts it; the whole mirror, and an outbox event for each change.",
    },
    order:
      "One database per program on one PostgreSQL. Programs take turns within each round; those not measured are stopped " +
      "by signal. One warm-up round is not counted. After each turn every event is looked up and must be a row.",
    figures:
      "eventsPerSecond: median of the rounds. p50, p95, p99: over all transactions of all rounds. Ratios: of the medians.",
  };
}

/** The scenarios that compare programs, each with its ratios. */
export function withRatios(compared: Record<string, Summaries | undefined>) {
  return Object.fromEntries(
    Object.entries(compared).map(([scenario, programs]) => [
      scenario,
      { programs, ratios: ratios(programs) },
    ]),
  );
}

/** How many times faster ours is than another program, and how its p50 compares. */
function ratios(summaries: Summaries | undefined): Record<string, number> {
  const ours = summaries?.ours;
  if (ours === undefined) return {};
  const others = (["floor", "bareFloor", "tellingFloor", "naive"] as const).flatMap((name: ProgramName) => {
    const other = summaries?.[name];
    if (other === undefined) return [];
    return [
      [`rate of ours to ${name}`, round(ours.eventsPerSecond / other.eventsPerSecond)],
      [`p50 of ours to ${name}`, round(ours.p50Ms / other.p50Ms)],
    ] as const;
  });
  return Object.fromEntries(others);
}

/** The share of its rate that each program loses to full tables: 0.1 is a tenth. */
export function losses(summaries: Summaries | undefined): Record<string, number> {
  const pairs = [
    ["floor", summaries?.floor, summaries?.floorLoaded],
    ["ours", summaries?.ours, summaries?.oursLoaded],
  ] as const;
  return Object.fromEntries(
    pairs.flatMap(([name, empty, loaded]) =>
      empty && loaded ? [[name, round(1 - loaded.eventsPerSecond / empty.eventsPerSecond, 3)]] : [],
    ),
  );
}
