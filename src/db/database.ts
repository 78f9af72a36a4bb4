import { Pool, type PoolConfig } from "pg";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { bug } from "../kernel/errors.ts";
import type { DomainEvent } from "../kernel/events.ts";
import type { Log } from "../kernel/log.ts";
import type { JobQueue, PendingJob } from "./job-queue.ts";
import { writeOutbox } from "./outbox.ts";
import { databaseAway, faultOf } from "./postgres-errors.ts";
import { nameStatements } from "./statement-name.ts";
import { clientOf, type Finished, runTransaction, type TransactionClient } from "./transaction.ts";
import type { DbClient, StatementPart, Tx } from "./tx.ts";
import { ring } from "./wake.ts";

export interface Database {
  /** For reads outside a transaction. Writes go through `transact`. */
  readonly db: DbClient;
  /** Runs statements as one transaction. For `transact`, which also tells, queues and tries again. */
  readonly transaction: <T>(work: (client: TransactionClient) => Promise<Finished<T>>) => Promise<T>;
  readonly clock: Clock;
  /** Absent in short-lived commands that only read; `tx.enqueue` is refused there. */
  readonly queue: JobQueue | undefined;
  /** Called after every commit of `transact` in this process, so that readers of the outbox need not wait to look. */
  readonly committed: Set<() => void>;
  /** Who is called after a commit that rang a bell: see `onWake`. */
  readonly bells: Map<string, Set<() => void>>;
  /** Connections, lanes included: open, idle, and callers that wait for one. */
  pool(): { total: number; idle: number; waiting: number };
  /**
   * The same database over `connections` of its own, which are kept: for what must not wait behind other work, and finds
   * its statements planned. Closed with the database.
   */
  lane(connections: number): Database;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue?: JobQueue;
}

const connectTimeoutMs = 3_000;
const transactionTimeoutMs = 55_000;
const attempts = 4;

/**
 * Opens the database. Statements are prepared once per connection and named by their text, which saves planning on the hot
 * path. A URL with `statement_cache_size=0` turns that off for servers that share one backend between connections (the
 * embedded database, some poolers).
 */
export function openDatabase({ url, poolSize, clock, log, queue }: DatabaseOptions): Database {
  const address = new URL(url);
  const named = address.searchParams.get("statement_cache_size") !== "0";
  address.searchParams.delete("statement_cache_size");
  const nameOf = named ? nameStatements() : () => undefined;
  const pools: Pool[] = [];
  const open = (config: PoolConfig) => {
    const pool = openPool(address.toString(), config, log);
    pools.push(pool);
    return pool;
  };
  const sum = (count: (pool: Pool) => number) => pools.reduce((total, pool) => total + count(pool), 0);
  const over = (pool: Pool): Database => ({
    ...shared,
    db: clientOf(pool, nameOf),
    transaction: (work) => runTransaction(pool, nameOf, work),
  });
  const shared: Omit<Database, "db" | "transaction"> = {
    clock,
    queue,
    committed: new Set(),
    bells: new Map(),
    pool: () => ({
      total: sum(({ totalCount }) => totalCount),
      idle: sum(({ idleCount }) => idleCount),
      waiting: sum(({ waitingCount }) => waitingCount),
    }),
    lane: (connections) => over(open({ max: connections, idleTimeoutMillis: 0 })),
    close: async () => {
      await Promise.all(pools.filter(({ ending }) => !ending).map((pool) => pool.end()));
    },
  };
  return over(open({ max: poolSize }));
}

function openPool(connectionString: string, config: PoolConfig, log: Log): Pool {
  const pool = new Pool({
    ...config,
    connectionString,
    // Sends a statement without waiting for the answer to the one before: for the end of a transaction.
    pipeline: true,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server ends a statement sooner; this is for a server that says nothing any more.
    query_timeout: transactionTimeoutMs + connectTimeoutMs,
    application_name: "microdao",
    keepAlive: true,
    // Every statement of the bridge finds its rows by key. A plan that scans a table can only be one that was made, and
    // kept, while the table was still small; the tables do not stay small. Planning anew for each call, or compiling a
    // plan, costs more than it saves.
    // A statement that waits for ever, for somebody's lock, would hold its connection for ever, and so would a transaction
    // in which nothing is said any more.
    // Times are read as if they had no offset: only right in UTC.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool waits for it, its types do not say so
    onConnect: (client) =>
      client.query(
        `SET TIME ZONE 'UTC'; SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan;
         SET statement_timeout = ${transactionTimeoutMs}; SET idle_in_transaction_session_timeout = ${transactionTimeoutMs}`,
      ),
  });
  pool.on("error", (error) => {
    log.warn({ err: error }, "an idle database connection was lost");
  });
  return pool;
}

/**
 * Runs `work` as one database transaction. Its rows, the events it emitted and the jobs it asked for commit together.
 * When another transaction was in the way (serialization, deadlock) the work is done again, so it must not act on the
 * outside. Throws `database_unavailable` when the server is away.
 */
export async function transact<T>(
  database: Database,
  actor: Actor,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(database, actor, work);
    } catch (error) {
      const fault = faultOf(error);
      if (fault === "conflict" && attempt < attempts) continue;
      if (fault === "away") throw databaseAway({}, { cause: error });
      throw error;
    }
  }
}

async function attemptOnce<T>(database: Database, actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T> {
  const events: DomainEvent[] = [];
  const blanks: string[] = [];
  const others: Record<string, StatementPart<unknown>> = {};
  const jobs: PendingJob[] = [];
  const bells = new Set<string>();
  const now = database.clock.now();
  const result = await database.transaction(async ({ db, ahead }) => {
    const tx: Tx = {
      db,
      ahead,
      actor,
      now,
      emit: (event) => void events.push(event),
      blank: (channelIds) => void blanks.push(...channelIds),
      finally: (name, part) => void (others[name] = part),
      wake: (bell) => void bells.add(bell),
      enqueue: (spec, payload, when) =>
        void jobs.push({ name: spec.name, key: spec.key?.(payload), payload, ...when }),
    };
    const value = await work(tx);
    const last = writeOutbox(db, { events, blanks, others }, now);
    if (jobs.length === 0) return { value, last };
    await last;
    await requireQueue(database).insert(db, jobs);
    return { value, last };
  });
  if (jobs.length > 0) requireQueue(database).wake(new Set(jobs.map(({ name }) => name)));
  for (const tell of database.committed) tell();
  ring(database, bells);
  return result;
}

function requireQueue(database: Database): JobQueue {
  if (database.queue === undefined) throw bug("this command opened the database without a job queue");
  return database.queue;
}
