import type { Tx } from "../../db/index.ts";

export interface BudgetKey {
  readonly scope: "pair" | "room" | "agent";
  /** The ids that the scope names. */
  readonly subject: string;
}

export interface BudgetRow extends BudgetKey {
  readonly usedAt: readonly Date[];
  readonly restingUntil: Date | null;
}

/**
 * Budgets as they are, made where they are not there, and locked until the transaction ends: whoever comes second decides
 * about what is left. In one order, so that nobody waits for each other.
 */
export async function lockBudgets(tx: Tx, keys: readonly BudgetKey[]): Promise<BudgetRow[]> {
  return tx.db.$queryRawUnsafe<BudgetRow[]>(
    `INSERT INTO agent_budgets AS b (scope, subject, touched_at)
     SELECT k.scope, k.subject, $3::timestamptz
       FROM (SELECT DISTINCT scope, subject FROM unnest($1::text[], $2::text[]) AS n(scope, subject)
              ORDER BY scope, subject) k
     ON CONFLICT (scope, subject) DO UPDATE SET touched_at = GREATEST(b.touched_at, excluded.touched_at)
     RETURNING b.scope, b.subject, b.used_at AS "usedAt", b.resting_until AS "restingUntil"`,
    keys.map(({ scope }) => scope),
    keys.map(({ subject }) => subject),
    tx.now,
  );
}

export async function updateBudgets(tx: Tx, rows: readonly BudgetRow[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_budgets b
        SET used_at = ARRAY(SELECT value::timestamptz FROM jsonb_array_elements_text(n.used)), resting_until = n.resting
       FROM jsonb_to_recordset($1::jsonb) AS n(scope text, subject text, used jsonb, resting timestamptz)
      WHERE b.scope = n.scope AND b.subject = n.subject`,
    JSON.stringify(
      rows.map(({ scope, subject, usedAt, restingUntil }) => ({
        scope,
        subject,
        used: usedAt,
        resting: restingUntil,
      })),
    ),
  );
}

/** Forgets budgets that nobody has used since. */
export async function deleteOldBudgets(tx: Tx, before: Date): Promise<number> {
  return tx.db.$executeRawUnsafe(`DELETE FROM agent_budgets WHERE touched_at < $1`, before);
}
