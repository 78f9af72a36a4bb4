import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { declareError } from "../src/kernel/errors.ts";
import { execute } from "./cluster.ts";
import { createDriver, encodeTransactions } from "./driver.ts";
import { median, percentile, round } from "./figures.ts";
import type { Options } from "./options.ts";
import { type Installation, install, main, runCommand, serve } from "./ours.ts";
import { insertMicrodao } from "./preload.ts";
import { endWithUs, newStream, spawnReady, stopProcess } from "./program.ts";
import type { Surroundings } from "./programs.ts";
import { bigRoom } from "./protocol.ts";

type Say = (line: string) => void;

const readBadly = declareError<{ what: string; log: string }>(
  "read_badly",
  "bug",
  ({ what, log }) => `${what}\n${log}`,
);

/** Milliseconds per page of 500: several times as fast as Synapse on SQLite, and as fast as the machine goes. */
const paces = { paced: 100, instant: 0 } as const;
const sampleMs = 50;
const pushEveryMs = 20;

/** One run of a program to its end. */
interface Run {
  readonly ms: number;
  readonly peakRssMiB: number;
}

/**
 * Reading a history of `options.history` events in a room of `options.members` people: bare paging beside
 * `microdao backfill`, turn by turn, from spawning the program to its end; what is pushed for the same room meanwhile; and
 * the memory of linking and reading.
 */
export async function runBackfill(around: Surroundings, options: Options, say: Say) {
  const result: Record<string, unknown> = { events: options.history, members: options.members };
  for (const [pace, pageMs] of Object.entries(paces)) {
    const args = [options.history, options.members, pageMs].map(String);
    const homeserver = await spawnReady([join(import.meta.dirname, "history-server.ts"), ...args]);
    try {
      const compared = await compare(around, homeserver.url, { options, say, pace });
      result[pace] = { pageMs, ...compared };
      if (pace === "paced") result["live"] = await pushMeanwhile(around, homeserver.url, { options, say });
    } finally {
      await stopProcess(homeserver.child);
    }
  }
  return result as { paced: { ratio: number } } & Record<string, unknown>;
}

interface Task {
  readonly options: Options;
  readonly say: Say;
}

async function compare(around: Surroundings, url: string, { options, say, pace }: Task & { pace: string }) {
  const bare: Run[] = [];
  const linking: Run[] = [];
  const ours: Run[] = [];
  for (let number = 1; number <= options.rounds; number += 1) {
    bare.push(await run([join(import.meta.dirname, "bare-paging.ts"), url, bigRoom], process.env));
    const { installation, databaseUrl } = await installOn(around, url);
    linking.push(await run([main, ...linkArgs], installation.env));
    ours.push(await run([main, "backfill", bigRoom, "--json"], installation.env));
    await expectComplete(databaseUrl, options);
    await installation.remove();
    say(`backfill, ${pace}, ${number}: bare ${bare.at(-1)?.ms} ms, ours ${ours.at(-1)?.ms} ms`);
  }
  const ms = (runs: Run[]) => median(runs.map((each) => each.ms));
  const peak = (runs: Run[]) => round(Math.max(...runs.map((each) => each.peakRssMiB)), 1);
  return {
    bare: { ms: ms(bare), rounds: bare.map((each) => each.ms), peakRssMiB: peak(bare) },
    ours: { ms: ms(ours), rounds: ours.map((each) => each.ms), peakRssMiB: peak(ours) },
    ratio: round(ms(ours) / ms(bare)),
    eventsPerSecond: Math.round(options.history / (ms(ours) / 1000)),
    linking: { ms: ms(linking), peakRssMiB: peak(linking) },
  };
}

/** The bridge reads the history as a job, and a transaction of one event for the same room comes every 20 ms. */
async function pushMeanwhile(around: Surroundings, url: string, { options, say }: Task) {
  const { installation, databaseUrl } = await installOn(around, url);
  await run([main, ...linkArgs], installation.env);
  const { child } = await serve(installation);
  const driver = createDriver(installation.url, installation.hsToken);
  const stream = newStream();
  const push = async (times: number) => {
    const latencies: number[] = [];
    for (let count = 0; count < times; count += 1) {
      const events = stream.next(1).map((event) => ({ ...event, room_id: bigRoom }));
      latencies.push(...(await driver.push(encodeTransactions(events, 1))));
      await sleep(pushEveryMs);
    }
    return latencies;
  };
  const during: number[] = [];
  const startedAt = performance.now();
  while ((await statusOf(databaseUrl)) !== "done") during.push(...(await push(20)));
  const readMs = Math.round(performance.now() - startedAt);
  const after = await push(200);
  driver.close();
  await stopProcess(child);
  await installation.remove();
  const figures = (latencies: number[]) => ({
    transactions: latencies.length,
    p50Ms: round(percentile(latencies, 0.5)),
    p95Ms: round(percentile(latencies, 0.95)),
    p99Ms: round(percentile(latencies, 0.99)),
    mostMs: round(Math.max(...latencies)),
  });
  const live = {
    readMs,
    eventsPerSecond: Math.round(options.history / (readMs / 1000)),
    during: figures(during),
    idle: figures(after),
  };
  say(
    `pushed meanwhile: p50 ${live.during.p50Ms} ms, p99 ${live.during.p99Ms} ms; idle: p50 ${live.idle.p50Ms} ms`,
  );
  return live;
}

const linkArgs = ["link", bigRoom, "--microdao", "microdao:bench", "--no-backfill", "--json"];

async function installOn(
  around: Surroundings,
  homeserverUrl: string,
): Promise<{ installation: Installation; databaseUrl: string }> {
  const databaseUrl = await around.cluster.createDatabase("backfill");
  const installation = await install(homeserverUrl, databaseUrl);
  await runCommand(installation, "migrate", "up");
  await insertMicrodao(databaseUrl);
  // The bridge makes its own agent when it first starts.
  await stopProcess((await serve(installation)).child);
  return { installation, databaseUrl };
}

/** Runs a Node program to its end; its highest resident memory is looked at often. */
async function run(args: string[], env: NodeJS.ProcessEnv): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  endWithUs(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const ended = once(child, "exit");
  let peakRssMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peakRssMiB = Math.max(peakRssMiB, await peakOf(child));
    await Promise.race([ended, sleep(sampleMs)]);
  }
  if (child.exitCode !== 0)
    throw readBadly({ what: `${args.join(" ")} ended with ${child.exitCode}`, log: errors });
  return { ms: Math.round(performance.now() - startedAt), peakRssMiB };
}

/** The kernel's own high-water mark, MiB; 0 when the process has just ended. */
async function peakOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function statusOf(databaseUrl: string): Promise<string | undefined> {
  const found = await execute(databaseUrl, "SELECT status FROM matrix.backfills WHERE room_id = $1", [
    bigRoom,
  ]);
  return (found.rows as { status: string }[])[0]?.status;
}

/** Every event of the history is one row, and everybody is a member. */
async function expectComplete(databaseUrl: string, { history, members }: Options): Promise<void> {
  const found = await execute(
    databaseUrl,
    `SELECT (SELECT count(*) FROM messages)::int + (SELECT count(*) FROM matrix.edits)::int
          + (SELECT count(*) FROM matrix.reactions)::int + (SELECT count(*) FROM matrix.redactions)::int
          + (SELECT count(*) FROM matrix.member_events WHERE event_id NOT LIKE '$state-%')::int AS events,
            (SELECT count(*) FROM channel_members)::int AS members`,
  );
  const [row] = found.rows as { events: number; members: number }[];
  if (row?.events === history && row.members >= members) return;
  throw readBadly({
    what: `of ${history} events and ${members} members these are rows`,
    log: JSON.stringify(row),
  });
}
