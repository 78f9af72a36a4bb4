import type { Tx } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { jitter } from "../../kernel/random.ts";
import { endStreamsOfRuns } from "../messaging/index.ts";
import { cancelBell, runsBell } from "./bells.ts";
import { longestPauseMs } from "./judge-failure.ts";
import type { HeldRun, RunUsage } from "./run-types.ts";
import { type EndedRun, updateCompleted, updateEnded, updateFailed } from "./runs-store.ts";
import { touchSession } from "./sessions-store.ts";
import { sayFailure, tellRun } from "./tell-run.ts";

/** How often a run is begun at most. */
export const mostAttempts = 3;
/** Seconds before the second and third attempt, about. */
const pauses = [2, 8];

export interface Completion extends HeldRun {
  /** What came out, by ids; no words. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly usage: RunUsage;
  /** The message that answers; its uuid. */
  readonly answer?: { readonly messageId: string } | undefined;
}

/** Ends a run as completed, and a message that still grows for it; false when it is not held any more, and then nothing has changed. */
export async function completeRun(tx: Tx, done: Completion): Promise<boolean> {
  const { runId, leaseToken, output, usage, answer } = done;
  const { inputTokens, outputTokens, costUsd = null } = usage;
  const ended = await updateCompleted(tx, {
    runId,
    leaseToken,
    output,
    usage,
    inputTokens,
    outputTokens,
    costUsd,
    answerMessageId: answer?.messageId ?? null,
  });
  if (ended === undefined) return false;
  await endStreamsOfRuns(tx, [runId], { ending: "failed", whole: answer?.messageId });
  tellRun(tx, ended, "agent.run.completed", output);
  await letNext(tx, ended);
  return true;
}

export interface Failure extends HeldRun {
  readonly code: string;
  /** For people, as the room is told. */
  readonly sentence: string;
  /** Whether it is worth trying again. */
  readonly retry: boolean;
  /** Not sooner than after so many milliseconds; ten minutes at most. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * A run did not work: it is tried again after a pause, three times in all, or has failed; then a person who waits is told
 * so in the room, once. `lost`: it is not held any more, and nothing has changed.
 */
export async function failRun(tx: Tx, failure: Failure): Promise<"again" | "failed" | "lost"> {
  const { runId, leaseToken, code, sentence, retry, retryAfterMs = 0 } = failure;
  const asked = Math.min(retryAfterMs, longestPauseMs) / 1000;
  const ended = await updateFailed(tx, {
    runId,
    leaseToken,
    code,
    sentence,
    mostAttempts: retry ? mostAttempts : 0,
    pauses: pauses.map((seconds) => asked + jitter(seconds * 1000) / 1000),
  });
  if (ended === undefined) return "lost";
  if (ended.status === "queued") return "again";
  await sayFailed(tx, ended, code, sentence);
  await letNext(tx, ended);
  return "failed";
}

/** Stops a run, wherever it stands; false when it has ended already. */
export async function cancelRun(
  tx: Tx,
  { runId, by, reason }: { readonly runId: string; readonly by: Actor; readonly reason: string },
): Promise<boolean> {
  const ended = await endRuns(tx, {
    runIds: [runId],
    status: "cancelled",
    code: "cancelled",
    sentence: reason,
    by: by.id,
  });
  return ended.length > 0;
}

/** Ends runs that have not ended, whoever holds them, and gives them. */
export async function endRuns(
  tx: Tx,
  end: {
    readonly runIds: readonly string[];
    readonly status: "failed" | "cancelled";
    readonly code: string;
    readonly sentence: string | null;
    /** The id of whoever wants it so; null: the bridge. */
    readonly by: string | null;
  },
): Promise<EndedRun[]> {
  const ended = await updateEnded(tx, end);
  const begun = ended.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  if (begun.length > 0 && end.status === "cancelled")
    await endStreamsOfRuns(tx, begun, { ending: "cancelled" });
  for (const run of ended) {
    if (end.status === "failed") await sayFailed(tx, run, end.code, end.sentence);
    else tellRun(tx, run, "agent.run.cancelled", { reason: end.code, cancelled_by: end.by });
  }
  if (ended.length > 0) {
    tx.wake(runsBell);
    tx.wake(cancelBell);
  }
  return ended;
}

async function sayFailed(tx: Tx, run: EndedRun, code: string, sentence: string | null): Promise<void> {
  tellRun(tx, run, "agent.run.failed", { error: code });
  // Half an answer does not stay as if it were whole: it says where it broke off.
  await endStreamsOfRuns(tx, [run.id], { ending: "failed" });
  if (sentence !== null) await sayFailure(tx, run, sentence);
}

/** The session goes on, and the next run of the agent in the channel may begin. */
async function letNext(tx: Tx, run: EndedRun): Promise<void> {
  if (run.sessionId !== null) await touchSession(tx, run.sessionId);
  tx.wake(runsBell);
}
