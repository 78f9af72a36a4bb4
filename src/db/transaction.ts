import type { Pool, PoolClient, QueryConfig } from "pg";
import { bug } from "../kernel/errors.ts";
import type { NameStatement } from "./statement-name.ts";
import type { DbClient } from "./tx.ts";
import { parserOf, valueOf } from "./values.ts";

const answerMs = 3_000;

/** What a transaction gives, and its last statement, which is on its way. */
export interface Finished<T> {
  readonly value: T;
  readonly last: Promise<unknown>;
}

/** Two ways to send a statement of a transaction. */
export interface TransactionClient {
  readonly db: DbClient;
  /** Does not wait for the answer to BEGIN: only for statements that do no harm if there was no BEGIN. */
  readonly ahead: DbClient;
}

/**
 * Runs `work` between BEGIN and COMMIT on one connection of the pool. What it throws is thrown after the ROLLBACK; when
 * COMMIT itself fails, nobody knows whether it was done. COMMIT does not wait for the answer to the last statement: when
 * that fails, the server makes a ROLLBACK of it.
 */
export async function runTransaction<T>(
  pool: Pool,
  nameOf: NameStatement,
  work: (client: TransactionClient) => Promise<Finished<T>>,
): Promise<T> {
  const client = await pool.connect();
  // A connection that is lost while nobody waits for a statement; the next statement says so.
  const onLost = () => undefined;
  client.on("error", onLost);
  let usable = false;
  let open = true;
  try {
    let begun = false;
    const begin = client.query(atOnce("BEGIN")).then(() => void (begun = true));
    // Whoever needs it is told of its failure.
    begin.catch(() => undefined);
    const ahead = whileOpen(clientOf(client, nameOf), () => open);
    try {
      const { value, last } = await work({ ahead, db: after(() => (begun ? undefined : begin), ahead) });
      await begin;
      open = false;
      await inOrder(last, client.query("COMMIT"));
      usable = true;
      return value;
    } catch (error) {
      usable = await client.query(atOnce("ROLLBACK")).then(
        () => true,
        () => false,
      );
      throw error;
    }
  } finally {
    client.off("error", onLost);
    // Without its connection the server rolls back by itself.
    client.release(!usable);
  }
}

/** Waits for both; of two failures the first one says more. */
async function inOrder(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
}

/** Sends nothing before `first` has given a promise that resolved, or none. */
function after(first: () => Promise<void> | undefined, db: DbClient): DbClient {
  // A statement that need not wait is sent at once, so that what is said next is sent next.
  const then = <R>(send: () => Promise<R>) => first()?.then(send) ?? send();
  return {
    $queryRawUnsafe: (sql, ...params) => then(() => db.$queryRawUnsafe(sql, ...params)),
    $executeRawUnsafe: (sql, ...params) => then(() => db.$executeRawUnsafe(sql, ...params)),
  };
}

/** Refuses statements that would come after the COMMIT, on a connection that is somebody else's by then. */
function whileOpen(db: DbClient, isOpen: () => boolean): DbClient {
  const check = () => {
    if (!isOpen()) throw bug("a statement came after the end of its transaction");
  };
  return {
    $queryRawUnsafe: async (sql, ...params) => {
      check();
      return db.$queryRawUnsafe(sql, ...params);
    },
    $executeRawUnsafe: async (sql, ...params) => {
      check();
      return db.$executeRawUnsafe(sql, ...params);
    },
  };
}

/** A statement that only a server which is away takes long to answer. */
function atOnce(text: string): QueryConfig & { query_timeout: number } {
  return { text, query_timeout: answerMs };
}

const types: NonNullable<QueryConfig["types"]> = { getTypeParser: parserOf };

/**
 * Statements as Prisma's client takes them, values as it gives them, straight to the driver: on the hot path Prisma's client
 * costs as much as everything else that this process does.
 */
export function clientOf(client: Pool | PoolClient, nameOf: NameStatement): DbClient {
  const run = (sql: string, params: readonly unknown[]) =>
    client.query<object>({ name: nameOf(sql), text: sql, values: params.map(valueOf), types });
  return {
    $queryRawUnsafe: async <R>(sql: string, ...params: unknown[]) => (await run(sql, params)).rows as R,
    $executeRawUnsafe: async (sql, ...params) => (await run(sql, params)).rowCount ?? 0,
  };
}
