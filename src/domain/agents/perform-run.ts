import { type Database, type Tx, transact } from "../../db/index.ts";
import type { Counters } from "../../kernel/counters.ts";
import { AppError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { completeRun, endRuns, failRun } from "./end-runs.ts";
import { judgeFailure } from "./judge-failure.ts";
import { parkRun } from "./park-run.ts";
import type { AgentRuntime, RunOutcome } from "./ports.ts";
import type { ClaimedRun } from "./run-types.ts";
import { lockHeldRun } from "./runs-store.ts";
import { agentActor } from "./tell-run.ts";

export interface PerformDeps {
  readonly database: Database;
  readonly runtime: AgentRuntime;
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
  readonly log: Log;
  readonly counters?: Counters | undefined;
}

/** What became of a run that was held: `lost` means that somebody else decides, or has decided. */
export type Performed = "completed" | "again" | "failed" | "withdrawn" | "lost" | "waiting";

/**
 * Does one claimed run and writes down what became of it. What it says and that it is done are one transaction, and only
 * if it is still held: so a run that was taken from it, or cancelled, says nothing more. Throws only when the database
 * cannot be reached; then the lease runs out.
 */
export async function performRun(
  deps: PerformDeps,
  run: ClaimedRun,
  signal: AbortSignal,
): Promise<Performed> {
  const outcome = await deps.runtime.run(run, signal).catch((error: unknown) => failureOf(error));
  if (signal.aborted) return "lost";
  const performed = await transact(deps.database, agentActor(run.agentId), (tx) =>
    end(tx, run, outcome),
  ).catch((error: unknown) => {
    // What it wanted to say cannot be said: the channel was closed meanwhile, or the text is too long.
    if (!(error instanceof AppError) || error.kind === "unavailable") throw error;
    return transact(deps.database, agentActor(run.agentId), (tx) => end(tx, run, failureOf(error)));
  });
  deps.wakeEgress();
  if (outcome.is === "failed") {
    deps.counters?.count("run_failures", 1, { code: outcome.code });
    deps.log.warn({ runId: run.runId, code: outcome.code, performed }, "an agent could not answer");
  }
  return performed;
}

async function end(tx: Tx, run: ClaimedRun, outcome: RunOutcome): Promise<Performed> {
  if (!(await lockHeldRun(tx, run.runId, run.leaseToken))) return "lost";
  if (outcome.is === "withdrawn") {
    const ending = { status: "cancelled", code: outcome.code, sentence: null, by: null } as const;
    await endRuns(tx, { runIds: [run.runId], ...ending });
    return "withdrawn";
  }
  if (outcome.is === "waiting") {
    await parkRun(tx, { ...run, until: outcome.until });
    return "waiting";
  }
  const said = await outcome.say?.(tx);
  if (outcome.is === "failed") return failRun(tx, { ...run, ...outcome });
  const { usage, output } = outcome;
  const answer = said && { message_id: encodeId("m", said.messageId) };
  await completeRun(tx, { ...run, usage, output: { ...output, ...answer }, answer: said });
  return "completed";
}

function failureOf(error: unknown): Extract<RunOutcome, { is: "failed" }> {
  return { is: "failed", ...judgeFailure(error) };
}
