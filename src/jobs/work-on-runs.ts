import { type Database, onWake, transact } from "../db/index.ts";
import {
  type AgentRuntime,
  type ClaimedRun,
  cancelBell,
  claimRuns,
  defaultLimits,
  type Performed,
  performRun,
  type RunLimits,
  releaseRun,
  renewLeases,
  runsBell,
  workerLeaseMs,
} from "../domain/agents/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import type { Counters } from "../kernel/counters.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

export interface RunWorkDeps {
  readonly database: Database;
  readonly runtime: AgentRuntime;
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
  readonly log: Log;
  readonly counters: Counters;
  /** Who this process is: `Presence.holder`. */
  readonly holder: string;
  readonly limits?: RunLimits;
  /** Runs at a time in this process. Default 64: they mostly wait for a model. */
  readonly parallel?: number;
  /** How long a run stays with a process that nothing is heard of. Default 20 s. */
  readonly leaseMs?: number;
}

export interface RunWork {
  /** Settles when nothing that is due is left. */
  idle(): Promise<void>;
  /** Claims nothing more and gives back what was begun: another process, or the next start, takes it up. */
  stop(): Promise<void>;
}

const pollMs = 1_000;

type Held = Map<string, { run: ClaimedRun; stop: AbortController; done: Promise<void> }>;

/**
 * Does the runs of agents that the bridge's own runtime answers for: when woken, and every second for retries, leases
 * that ran out and what other processes queued. Every second, too, it prolongs its leases and lets go of what was
 * cancelled. Safe to be killed at any line.
 */
export function workOnRuns(deps: RunWorkDeps): RunWork {
  const { database, log, holder: worker, parallel = 64, limits = defaultLimits } = deps;
  const { leaseMs = workerLeaseMs } = deps;
  const held: Held = new Map();
  const state = { stopped: false, again: false, full: false };
  let looking: Promise<void> | undefined;

  const look = async () => {
    const limit = Math.max(0, parallel - held.size);
    const claimed = await transact(database, bridgeActor, (tx) =>
      claimRuns(tx, { runtime: "builtin", limit, leaseMs, worker, limits }),
    );
    state.full = claimed.length === limit;
    for (const run of claimed) begin(run);
  };
  const begin = (run: ClaimedRun) => {
    const stop = new AbortController();
    const done = perform(deps, run, stop.signal).then((result) => {
      held.delete(run.runId);
      // The completion rang the bell already; then only what there was no room for is looked for.
      if (state.full || result !== "completed") pump();
    });
    held.set(run.runId, { run, stop, done });
  };
  const pump = () => {
    state.again = looking !== undefined;
    if (state.stopped || looking !== undefined) return;
    looking = look()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, "runs cannot be claimed"))
      .finally(() => {
        looking = undefined;
        if (state.again) pump();
      });
  };
  const keepHeld = () =>
    void prolong(database, held, leaseMs).catch((error: unknown) =>
      log.warn({ reason: messageOf(error) }, "runs cannot be prolonged"),
    );

  const ends = [onWake(database, runsBell, pump), onWake(database, cancelBell, keepHeld)];
  const timer = setInterval(() => {
    keepHeld();
    pump();
  }, pollMs);
  pump();
  const idle = async () => {
    while (looking !== undefined || held.size > 0)
      await Promise.all([looking, ...[...held.values()].map(({ done }) => done)]);
  };
  return {
    idle,
    async stop() {
      state.stopped = true;
      clearInterval(timer);
      for (const end of ends) end();
      await looking;
      const runs = [...held.values()].map(({ run }) => run);
      for (const { stop } of held.values()) stop.abort();
      await idle();
      await giveBack(deps, runs);
    },
  };
}

/** Never throws. Undefined: it broke off. */
async function perform(
  deps: RunWorkDeps,
  run: ClaimedRun,
  signal: AbortSignal,
): Promise<Performed | undefined> {
  try {
    deps.counters.observe("run_wait", run.waited ?? 0);
    const result = await performRun(deps, run, signal);
    deps.counters.count("runs", 1, { result });
    deps.log.info({ runId: run.runId, attempts: run.attempts, result }, "a run was worked on");
    return result;
  } catch (error) {
    deps.log.error({ runId: run.runId, reason: messageOf(error) }, "a run broke off; its lease will run out");
    return undefined;
  }
}

/** What has not ended is put back, for another process or the next start. */
async function giveBack({ database, log }: RunWorkDeps, runs: readonly ClaimedRun[]): Promise<void> {
  try {
    await transact(database, bridgeActor, async (tx) => {
      for (const run of runs) await releaseRun(tx, run);
    });
  } catch (error) {
    log.warn({ reason: messageOf(error) }, "runs could not be given back; their leases will run out");
  }
}

/** Prolongs the leases of what is held, and lets go of what is held no more. */
async function prolong(database: Database, held: Held, leaseMs: number): Promise<void> {
  if (held.size === 0) return;
  const runs = [...held.values()].map(({ run }) => run);
  const kept = await transact(database, bridgeActor, (tx) => renewLeases(tx, runs, leaseMs));
  for (const { runId } of runs) if (!kept.has(runId)) held.get(runId)?.stop.abort();
}
