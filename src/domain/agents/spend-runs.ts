import type { Tx } from "../../db/index.ts";
import type { AppError } from "../../kernel/errors.ts";
import { quotaExceeded, spendQuota } from "../governance/index.ts";
import type { InsertedRun } from "./runs-store.ts";

/** A run for which nothing was left. */
export interface RefusedRun {
  readonly run: InsertedRun;
  readonly refusal: AppError;
  /** The quota that is in the way for longest, and for how many seconds it is. */
  readonly limit: number;
  readonly period: string;
  readonly seconds: number;
}

/**
 * Spends the quota of runs of the agents that are asked, whoever answers for them, in the order of asking; gives the runs
 * for which nothing was left.
 */
export async function spendRuns(tx: Tx, runs: readonly InsertedRun[]): Promise<RefusedRun[]> {
  const byAgent = Map.groupBy(runs, ({ agentId }) => agentId);
  const refused: RefusedRun[] = [];
  // In one order, so that no two transactions wait for each other.
  for (const agentId of [...byAgent.keys()].toSorted()) {
    const own = byAgent.get(agentId) ?? [];
    if ((await refusalOf(tx, agentId, own.length)) === undefined) continue;
    for (const run of own) {
      const refusal = await refusalOf(tx, agentId, 1);
      if (refusal === undefined) continue;
      const { limit, period, retryAfterSeconds: seconds } = refusal.details;
      refused.push({ run, refusal, limit, period, seconds });
    }
  }
  return refused;
}

async function refusalOf(tx: Tx, id: string, amount: number) {
  try {
    await spendQuota(tx, { subject: { kind: "agent", id }, what: "runs", amount });
    return undefined;
  } catch (error) {
    // Nothing failed in the database: the transaction goes on.
    if (quotaExceeded.is(error)) return error;
    throw error;
  }
}
