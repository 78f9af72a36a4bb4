import type { DbClient, Tx } from "../../db/index.ts";

/** What a quota counts: `tokens` of language models, `money` in US dollars. */
export type QuotaWhat = "messages" | "runs" | "tokens" | "money";
export type QuotaPeriod = "minute" | "hour" | "day";

/** A key by its id (`ak_…`), an agent by its uuid. */
export interface QuotaSubject {
  readonly kind: "key" | "agent";
  readonly id: string;
}

export interface SpendRow {
  readonly subject: QuotaSubject;
  readonly what: QuotaWhat;
  /** Not negative. */
  readonly amount: number;
}

/** What was used of one thing in the periods that hold a moment, and how much may be. Null is without limit. */
export interface UsageRow {
  readonly kind: QuotaSubject["kind"];
  readonly id: string;
  readonly what: QuotaWhat;
  readonly used: Readonly<Record<QuotaPeriod, number>>;
  readonly limits: Readonly<Record<QuotaPeriod, number | null>>;
}

/** The name under which what holds for all is kept. */
const everybody = "*";

/** `asked` (kind, id, what, amount) with the limits that hold: the subject's own row, else that of all. */
const asked = `asked AS MATERIALIZED (
    SELECT a.*, l.minute, l.hour, l.day
      FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[]) AS a (kind, id, what, amount)
      LEFT JOIN LATERAL (
        SELECT max(q.amount) FILTER (WHERE q.period = 'minute') AS minute,
               max(q.amount) FILTER (WHERE q.period = 'hour') AS hour,
               max(q.amount) FILTER (WHERE q.period = 'day') AS day
          FROM (SELECT DISTINCT ON (period) period, quotas.amount FROM quotas
                 WHERE subject_kind = a.kind AND subject_id = ANY(ARRAY[a.id, '${everybody}']) AND quotas.what = a.what
                 ORDER BY period, subject_id = '${everybody}') q) l ON true)`;

const startOf = (period: QuotaPeriod) => `date_trunc('${period}', $5::timestamptz, 'UTC')`;

/** What the row has used in the period of the new one. A clock that is behind counts in the period that is there. */
const usedIn = (period: QuotaPeriod) =>
  `CASE WHEN u.${period}_start >= excluded.${period}_start THEN u.${period}_used ELSE 0 END`;

const fits = (used: string, amount: string, limit: string) =>
  `(${limit} IS NULL OR ${used} + ${amount} <= ${limit})`;

const periods = ["minute", "hour", "day"] as const;
const insert = (into: string) => `
  INSERT INTO quota_usage AS u (subject_kind, subject_id, what, ${periods.map((p) => `${p}_start, ${p}_used`).join(", ")})
  SELECT kind, id, what, ${periods.map((p) => `${startOf(p)}, amount`).join(", ")} FROM asked ${into}
   ORDER BY kind, id, what
  ON CONFLICT (subject_kind, subject_id, what) DO UPDATE
     SET ${periods
       .map(
         (p) => `${p}_start = greatest(u.${p}_start, excluded.${p}_start),
         ${p}_used = ${usedIn(p)} + excluded.${p}_used`,
       )
       .join(", ")}`;

const own = `a.kind = excluded.subject_kind AND a.id = excluded.subject_id AND a.what = excluded.what`;
const spend = `WITH ${asked}
  ${insert(`WHERE ${periods.map((p) => fits("0", "amount", p)).join(" AND ")}`)}
   WHERE EXISTS (SELECT FROM asked a WHERE ${own}
                    AND ${periods.map((p) => fits(usedIn(p), `excluded.${p}_used`, `a.${p}`)).join(" AND ")})
  RETURNING u.subject_id AS id`;

/**
 * Counts each of these if it fits into every period, in one statement: whoever comes second waits for the row of whoever
 * came first and sees what is left. Gives how many fitted.
 */
export async function spendUsage(tx: Tx, rows: readonly SpendRow[]): Promise<number> {
  const spent = await tx.db.$queryRawUnsafe<object[]>(spend, ...columnsOf(rows), tx.now);
  return spent.length;
}

/** Counts what was used already, whether it fits or not. */
export async function addUsage(tx: Tx, rows: readonly SpendRow[]): Promise<void> {
  await tx.db.$executeRawUnsafe(`WITH ${asked} ${insert("WHERE true")}`, ...columnsOf(rows), tx.now);
}

/** What was used of these, and the limits. Those that were never used are there, with zeros. */
export async function selectUsage(
  db: DbClient,
  rows: readonly Pick<SpendRow, "subject" | "what">[],
  now: Date,
): Promise<UsageRow[]> {
  return db.$queryRawUnsafe<UsageRow[]>(
    `WITH ${asked}
     SELECT a.kind, a.id, a.what,
            json_build_object(${periods.map((p) => `'${p}', a.${p}`).join(", ")}) AS limits,
            json_build_object(${periods
              .map((p) => `'${p}', CASE WHEN u.${p}_start >= ${startOf(p)} THEN u.${p}_used ELSE 0 END`)
              .join(", ")}) AS used
       FROM asked a
       LEFT JOIN quota_usage u ON u.subject_kind = a.kind AND u.subject_id = a.id AND u.what = a.what
      ORDER BY a.kind, a.id, a.what`,
    ...columnsOf(rows.map((row) => ({ ...row, amount: 0 }))),
    now,
  );
}

function columnsOf(rows: readonly SpendRow[]): [string[], string[], string[], string[]] {
  return [
    rows.map(({ subject }) => subject.kind),
    rows.map(({ subject }) => subject.id),
    rows.map(({ what }) => what),
    rows.map(({ amount }) => amount.toFixed(9)),
  ];
}

export interface QuotaRow {
  readonly what: QuotaWhat;
  readonly period: QuotaPeriod;
  /** Null is without limit. */
  readonly amount: number | null;
}

/** Makes `rows` all the quotas that a subject has of its own; those of everybody without one. */
export async function replaceQuotas(
  tx: Tx,
  { kind, id }: { readonly kind: QuotaSubject["kind"]; readonly id: string | null },
  rows: readonly QuotaRow[],
): Promise<void> {
  const what = rows.map((row) => row.what);
  const period = rows.map((row) => row.period);
  await tx.db.$executeRawUnsafe(
    `DELETE FROM quotas
      WHERE subject_kind = $1 AND subject_id = $2
        AND (what, period) NOT IN (SELECT * FROM unnest($3::text[], $4::text[]))`,
    kind,
    id ?? everybody,
    what,
    period,
  );
  await tx.db.$executeRawUnsafe(
    `INSERT INTO quotas (subject_kind, subject_id, what, period, amount, set_by, set_at)
     SELECT $1, $2, what, period, amount, $6, $7 FROM unnest($3::text[], $4::text[], $5::numeric[]) AS q (what, period, amount)
     ON CONFLICT (subject_kind, subject_id, what, period) DO UPDATE
        SET amount = excluded.amount, set_by = excluded.set_by, set_at = excluded.set_at
      WHERE quotas.amount IS DISTINCT FROM excluded.amount`,
    kind,
    id ?? everybody,
    what,
    period,
    rows.map(({ amount }) => amount?.toFixed(9) ?? null),
    tx.actor.id,
    tx.now,
  );
}

/** The quotas that a subject has of its own; those of everybody without one. */
export async function selectQuotas(
  db: DbClient,
  { kind, id }: { readonly kind: QuotaSubject["kind"]; readonly id: string | null },
): Promise<QuotaRow[]> {
  return db.$queryRawUnsafe<QuotaRow[]>(
    `SELECT what, period, amount::float8 AS amount FROM quotas WHERE subject_kind = $1 AND subject_id = $2
      ORDER BY what, period`,
    kind,
    id ?? everybody,
  );
}
