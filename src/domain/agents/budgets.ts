import type { BudgetKey, BudgetRow } from "./budgets-store.ts";
import type { RunPolicy } from "./run-policy.ts";

/** A run that wants to use budgets. */
export interface Use {
  readonly runId: string;
  readonly budgets: readonly BudgetKey[];
}

/** A run that is not answered, and the budget that was used up by it; null when that was used up before. */
export interface Refusal {
  readonly runId: string;
  readonly usedUp: BudgetKey | null;
}

export interface Spent {
  readonly rows: readonly BudgetRow[];
  readonly refusals: readonly Refusal[];
}

/**
 * Lets runs use their budgets, in their order. A budget allows `uses` within any `windowMs`; who would use it once more
 * begins its rest, in which nobody is answered; then it begins anew. What is refused by one budget uses none.
 */
export function spendBudgets(
  known: readonly BudgetRow[],
  uses: readonly Use[],
  now: Date,
  policy: RunPolicy,
): Spent {
  const rows = new Map(known.map((row) => [nameOf(row), recent(row, now, policy)]));
  const refusals: Refusal[] = [];
  for (const { runId, budgets } of uses) {
    const wanted = budgets.flatMap((key) => rows.get(nameOf(key)) ?? []);
    const full = wanted.find(({ usedAt }) => usedAt.length >= policy.uses);
    if (wanted.some(({ restingUntil }) => restingUntil !== null)) refusals.push({ runId, usedUp: null });
    else if (full === undefined) {
      for (const row of wanted) rows.set(nameOf(row), { ...row, usedAt: [...row.usedAt, now] });
    } else {
      refusals.push({ runId, usedUp: full });
      rows.set(nameOf(full), { ...full, usedAt: [], restingUntil: new Date(now.getTime() + policy.restMs) });
    }
  }
  return { rows: [...rows.values()], refusals };
}

/** A budget as it is now: what was long ago and a rest that is over do not count. */
function recent(row: BudgetRow, now: Date, { windowMs }: RunPolicy): BudgetRow {
  const oldest = now.getTime() - windowMs;
  const resting = row.restingUntil !== null && row.restingUntil > now;
  return {
    ...row,
    usedAt: row.usedAt.filter((at) => at.getTime() > oldest),
    restingUntil: resting ? row.restingUntil : null,
  };
}

export function nameOf({ scope, subject }: BudgetKey): string {
  return `${scope} ${subject}`;
}
