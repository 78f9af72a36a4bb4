import type { Tx } from "../../db/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { resumeRun } from "../agents/index.ts";
import { authorize } from "../governance/index.ts";
import { auditCall } from "./call-tools.ts";
import { personPrincipal } from "./rights.ts";
import { type AskedCall, lockAskedCall, updateDecided } from "./tool-calls-store.ts";

export interface Verdict {
  /** The message that asks. */
  readonly eventId: string;
  readonly approved: boolean;
  /** The Matrix id of whoever reacted. */
  readonly by: string;
}

const managing = "agent.manage";

/**
 * Somebody reacted to a message: if it asks whether a tool may be used, and they may say so (they had asked the agent, or
 * look after agents), that is decided and the run goes on. False when it asks no such thing, or no more.
 */
export async function decideCall(tx: Tx, { eventId, approved, by }: Verdict): Promise<boolean> {
  const call = await lockAskedCall(tx, eventId);
  if (call === undefined) return false;
  const run = { ...call, trigger: { kind: "mention" as const, eventId: null, asker: call.asker } };
  if (by !== call.asker && !(await mayManage(tx, call, by))) {
    await auditCall(tx, run, "tool_call.verdict_ignored", { ...call, reason: by });
    return true;
  }
  await updateDecided(tx, { id: call.id, approved, by, result: `Refused by ${by}.` });
  await auditCall(tx, run, approved ? "tool_call.approved" : "tool_call.refused", { ...call, reason: by });
  await resumeRun(tx, call.runId);
  return true;
}

async function mayManage(tx: Tx, { channelId }: AskedCall, matrixId: string): Promise<boolean> {
  const person = await personPrincipal(tx.db, matrixId, [managing]);
  if (person === undefined) return false;
  try {
    await authorize(tx.db, person, managing, channelId);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.kind === "forbidden" || error.kind === "missing")) return false;
    throw error;
  }
}
