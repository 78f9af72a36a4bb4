import type { DbClient, Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "./audit.ts";
import {
  type QuotaPeriod,
  type QuotaRow,
  type QuotaSubject,
  type QuotaWhat,
  replaceQuotas,
  selectQuotas,
  selectUsage,
} from "./quotas-store.ts";

export const quotaWhats = ["messages", "runs", "tokens", "money"] as const satisfies readonly QuotaWhat[];
export const quotaPeriods = ["minute", "hour", "day"] as const satisfies readonly QuotaPeriod[];

/** How much of one thing may be used in a period; null is without limit, whatever holds for all. */
export type QuotaLimit = QuotaRow;

/** What was used of one thing in the minute, hour and day of now, and how much may be. */
export interface Usage {
  readonly what: QuotaWhat;
  readonly used: Readonly<Record<QuotaPeriod, number>>;
  readonly limits: Readonly<Record<QuotaPeriod, number | null>>;
}

/** Whose quotas: of a key (`ak_…`), of an agent (uuid), or of all keys or agents that have none of their own (null). */
export interface QuotaHolder {
  readonly kind: QuotaSubject["kind"];
  readonly id: string | null;
  /** uuid of the microDAO that it concerns, for the audit log. */
  readonly microdaoId?: string | null;
  readonly requestId?: string | null;
}

/**
 * Makes `limits` all the quotas that somebody has; what is not named is as it is for all. They count from the next use
 * on, and what was used already counts. Safe to repeat.
 */
export async function setQuotas(tx: Tx, holder: QuotaHolder, limits: readonly QuotaLimit[]): Promise<void> {
  const { kind, id } = holder;
  const before = await selectQuotas(tx.db, holder);
  if (keyOf(before) === keyOf(limits)) return;
  await replaceQuotas(tx, holder, limits);
  const shownId = id === null || kind === "key" ? id : encodeId("ag", id);
  await audit(tx, {
    action: "quota.set",
    resourceKind: kind === "key" ? "access_key" : "agent",
    resourceId: shownId ?? "*",
    microdaoId: holder.microdaoId ?? null,
    requestId: holder.requestId ?? null,
    data: { subject_id: id, quotas: limits },
  });
}

/** The quotas that somebody has of its own. */
export function readQuotas(db: DbClient, holder: QuotaHolder): Promise<QuotaLimit[]> {
  return selectQuotas(db, holder);
}

/** What somebody has used, thing by thing, and the limits that hold: its own, else those of all. */
export async function readUsage(db: DbClient, subject: QuotaSubject, now: Date): Promise<Usage[]> {
  const rows = await selectUsage(
    db,
    quotaWhats.map((what) => ({ subject, what })),
    now,
  );
  const byWhat = new Map(rows.map((row) => [row.what, row]));
  return quotaWhats.flatMap((what) => {
    const row = byWhat.get(what);
    return row === undefined ? [] : [{ what, used: row.used, limits: row.limits }];
  });
}

function keyOf(limits: readonly QuotaLimit[]): string {
  return limits
    .map(({ what, period, amount }) => `${what} ${period} ${amount ?? "free"}`)
    .toSorted()
    .join("\n");
}
