import type { DbClient, StatementPart } from "./tx.ts";

type Parts = Readonly<Record<string, StatementPart<unknown>>>;

/** What each part gives; a part that may be absent may give nothing. */
type Results<P extends Partial<Parts>> = {
  [K in keyof P]: NonNullable<P[K]> extends StatementPart<infer R> ? R : never;
};

/**
 * Sends several parts as one statement, one round trip. All parts see the tables as they were before it, none sees what
 * another writes: fit for what is independent, not for steps that follow from each other.
 */
export async function runParts<P extends Partial<Parts>>(db: DbClient, parts: P): Promise<Results<P>> {
  const params: unknown[] = [];
  const pieces = Object.entries(parts as Parts).map(([name, part]) => {
    const first = params.length + 1;
    params.push(...part.params);
    const $ = (index: number) => `$${first + index}`;
    return { ctes: part.ctes($), column: `(${part.result($)}) AS "${name}"` };
  });
  if (pieces.length === 0) return {} as Results<P>;
  const sql = `WITH ${pieces.map(({ ctes }) => ctes).join(", ")}
    SELECT ${pieces.map(({ column }) => column).join(", ")}`;
  const rows = await db.$queryRawUnsafe<Results<P>[]>(sql, ...params);
  return rows[0] as Results<P>;
}
