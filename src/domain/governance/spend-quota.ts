import type { DbClient, Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { quotaExceeded } from "./errors.ts";
import {
  addUsage,
  type QuotaPeriod,
  type SpendRow,
  selectUsage,
  spendUsage,
  type UsageRow,
} from "./quotas-store.ts";

const periodMs: Record<QuotaPeriod, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Uses some of what a key or an agent may use. However many do so at once, in however many processes, no more than the
 * quota passes; what was spent is given back when the transaction does not commit. Throws `quota_exceeded` with the seconds after which it is worth trying again.
 */
export function spendQuota(tx: Tx, spend: SpendRow): Promise<void> {
  return spendQuotas(tx, [spend]);
}

/**
 * The same for several at once, in one statement. When one of them is refused the others may have been counted: let the
 * transaction end.
 */
export async function spendQuotas(tx: Tx, spends: readonly SpendRow[]): Promise<void> {
  requireAmounts(spends);
  if ((await spendUsage(tx, spends)) === spends.length) return;
  throw quotaExceeded(refusalOf(await selectUsage(tx.db, spends, tx.now), spends, tx.now));
}

/**
 * Asks whether anything is left of these, and writes nothing: for what is charged afterwards. Throws `quota_exceeded` as
 * `spendQuota` does.
 */
export async function requireQuotaLeft(
  db: DbClient,
  asked: readonly Pick<SpendRow, "subject" | "what">[],
  now: Date,
): Promise<void> {
  const rows = await selectUsage(db, asked, now);
  if (rows.every((row) => periodsInTheWay(row, 0).length === 0)) return;
  const spends = asked.map((one) => ({ ...one, amount: 0 }));
  throw quotaExceeded(refusalOf(rows, spends, now));
}

/** Counts what was used already and could not be known before, such as the tokens of an answer. Never refuses. */
export async function chargeQuota(tx: Tx, spend: SpendRow): Promise<void> {
  requireAmounts([spend]);
  if (spend.amount > 0) await addUsage(tx, [spend]);
}

function requireAmounts(spends: readonly SpendRow[]): void {
  for (const { amount } of spends) {
    if (!(amount >= 0 && amount < 1e12)) throw bug(`a quota cannot be charged with ${amount}`);
  }
}

/** The quota that is in the way for longest. */
function refusalOf(rows: readonly UsageRow[], spends: readonly SpendRow[], now: Date) {
  const full = rows.flatMap((row) => {
    const amount =
      spends.find(({ subject, what }) => subject.id === row.id && what === row.what)?.amount ?? 0;
    return periodsInTheWay(row, amount).map((period) => ({
      subject: row.kind,
      what: row.what,
      period,
      limit: row.limits[period] ?? 0,
      retryAfterSeconds: secondsToEnd(period, now),
    }));
  });
  const [longest] = full.toSorted((a, b) => b.retryAfterSeconds - a.retryAfterSeconds);
  // The period that was full has ended since: the next try will do.
  return (
    longest ?? {
      ...nothingLeft,
      subject: spends[0]?.subject.kind ?? "key",
      what: spends[0]?.what ?? "messages",
    }
  );
}

const nothingLeft = { period: "minute", limit: 0, retryAfterSeconds: 1 } as const;

function periodsInTheWay({ used, limits }: UsageRow, amount: number): QuotaPeriod[] {
  return (["minute", "hour", "day"] as const).filter((period) => {
    const limit = limits[period];
    return limit !== null && (used[period] + amount > limit || (amount === 0 && used[period] >= limit));
  });
}

/** Periods begin when the clock does, in UTC, whose days all have as many seconds. */
function secondsToEnd(period: QuotaPeriod, now: Date): number {
  const length = periodMs[period];
  return Math.max(1, Math.ceil((length - (now.getTime() % length)) / 1000));
}
