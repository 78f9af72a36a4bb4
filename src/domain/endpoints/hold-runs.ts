import type { Tx } from "../../db/index.ts";
import {
  completeRun,
  failRun,
  type HeldRun,
  lockRunOf,
  type RunUsage,
  releaseRun,
  renewLease,
} from "../agents/index.ts";
import { type Cause, findUtterance } from "../messaging/index.ts";
import { answerNotOfRun, leaseLost, runMissing } from "./errors.ts";

/** What a program names: a run of its agent, by the lease that it was told with. */
export interface OwnRun extends HeldRun {
  /** uuid */
  readonly agentId: string;
}

/**
 * Locks a run that an agent holds, and says what is caused by it. Throws `run_not_found` when the agent has no such run,
 * `lease_lost` when it is not held with this token: nothing may be said or done for it any more.
 */
export async function requireHeldRun(tx: Tx, own: OwnRun): Promise<Cause> {
  const { causationId, hop } = await lockHeld(tx, own);
  return { runId: own.runId, causationId, hop };
}

async function lockHeld(tx: Tx, own: OwnRun) {
  const run = await lockRunOf(tx, own.agentId, own);
  if (run === undefined) throw runMissing({});
  if (!run.held) throw leaseLost({});
  return run;
}

/** Goes on holding it; gives until when. Throws as `requireHeldRun`. */
export async function prolongRun(tx: Tx, own: OwnRun, leaseMs: number): Promise<Date> {
  await requireHeldRun(tx, own);
  await renewLease(tx, { ...own, leaseMs });
  return new Date(tx.now.getTime() + leaseMs);
}

/**
 * The run is done. `answer` is the message that answers. Throws as `requireHeldRun`, and `answer_not_of_run` when the agent
 * has said no such message in the run's channel, or said it for another run.
 */
export async function finishRun(
  tx: Tx,
  done: OwnRun & {
    readonly usage: RunUsage;
    /** Its uuid, and the same as `m_…`. */
    readonly answer?: { readonly uuid: string; readonly id: string } | undefined;
  },
): Promise<void> {
  const { channelId } = await lockHeld(tx, done);
  const { runId, leaseToken, usage, answer } = done;
  if (answer !== undefined) await requireAnswer(tx, { ...done, channelId, messageId: answer.uuid });
  await completeRun(tx, {
    runId,
    leaseToken,
    usage,
    output: answer === undefined ? {} : { message_id: answer.id },
    answer: answer && { messageId: answer.uuid },
  });
}

async function requireAnswer(
  tx: Tx,
  {
    agentId,
    runId,
    channelId,
    messageId,
  }: OwnRun & { readonly channelId: string; readonly messageId: string },
): Promise<void> {
  const said = await findUtterance(tx.db, messageId);
  const isOurs = said?.agentId === agentId && said.channelId === channelId;
  if (!isOurs || (said.runId ?? runId) !== runId) throw answerNotOfRun({ field: "messageId" });
}

/** It did not work; what becomes of it now. Throws as `requireHeldRun`. */
export async function reportFailure(
  tx: Tx,
  failure: OwnRun & { readonly code: string; readonly sentence: string; readonly retry: boolean },
): Promise<"queued" | "failed"> {
  await requireHeldRun(tx, failure);
  return (await failRun(tx, failure)) === "again" ? "queued" : "failed";
}

/** Gives it back as if it had not been begun. Throws as `requireHeldRun`. */
export async function letGoOf(tx: Tx, own: OwnRun): Promise<void> {
  await requireHeldRun(tx, own);
  await releaseRun(tx, own);
}
