import { fromPrisma, PgBoss } from "pg-boss";
import { uuidOfName } from "../kernel/ids.ts";
import type { JobSpec } from "../kernel/jobs.ts";
import type { Log } from "../kernel/log.ts";
import type { DbClient } from "./tx.ts";

/** A job to be written with the transaction that asks for it. */
export interface PendingJob {
  readonly name: string;
  readonly key: string | undefined;
  readonly payload: object;
  /** Absent: at once. */
  readonly startAfter?: Date;
}

/** A kind of job, whatever its payload. */
export type AnyJobSpec = Pick<JobSpec<never>, "name" | "retryLimit">;

export interface JobQueue {
  /** Writes jobs through an open transaction. A job with a key that was ever queued before is not queued again. */
  insert(db: DbClient, jobs: readonly PendingJob[]): Promise<void>;
  /** Tells this process's workers that jobs were committed, so that they need not wait for the next poll. */
  wake(names: Iterable<string>): void;
  /** Handles jobs of one kind until the queue is closed. `concurrency` handlers run at a time. */
  work<P extends object>(
    spec: JobSpec<P>,
    concurrency: number,
    handle: (payload: P) => Promise<void>,
  ): Promise<void>;
  close(): Promise<void>;
}

/** How often one look finds out which kinds of jobs are due, delayed ones and those of other processes included. */
const lookEveryMs = 2_000;
/** Each lane looks for itself as well, in case that look does not work. */
const pollingSeconds = 30;
/** A job whose process has not been heard of for this long is given to another; looked for as often. */
const lifelessSeconds = 20;
const queueOptions = {
  retryDelay: 1,
  retryBackoff: true,
  heartbeatSeconds: lifelessSeconds,
  // Longer than any handler works: one that runs out is given to somebody else while the first is still at it.
  expireInSeconds: 30 * 60,
};
const noJob = "00000000-0000-0000-0000-000000000000";
const dueKinds = `
  SELECT kind FROM unnest($1::text[]) AS kind
   WHERE EXISTS (SELECT FROM pgboss.job j
                  WHERE j.name = kind AND j.state < 'active' AND NOT j.blocked AND j.start_after <= pgboss.job_now())`;

/**
 * Background work on pg-boss. Its tables are in the schema `pgboss`, made and kept by itself.
 * `specs` is every kind of job there is: a queue must exist before a transaction may insert into it.
 */
export async function openJobQueue(url: string, specs: readonly AnyJobSpec[], log: Log): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: url,
    max: 3,
    schedule: false,
    superviseIntervalSeconds: lifelessSeconds,
    monitorIntervalSeconds: lifelessSeconds,
    application_name: "microdao-jobs",
  });
  boss.on("error", (error) => {
    log.warn({ err: error }, "the job queue met an error and goes on");
  });
  await boss.start();
  for (const spec of specs) {
    const options = { ...queueOptions, retryLimit: spec.retryLimit ?? 5 };
    await boss.createQueue(spec.name, options);
    // A queue that was there keeps what an older version had made of it.
    await boss.updateQueue(spec.name, options);
    // pg-boss looks a queue up on a connection of its own when it first inserts into it. Inside a transaction of ours that
    // never ends on the embedded database, whose one backend we hold: so it is looked up now.
    await boss.findJobs(spec.name, { id: noJob });
  }
  const workers = new Map<string, string[]>();
  const wake = (names: Iterable<string>) => {
    for (const name of names) for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
  };
  const looking = atIntervals(lookEveryMs, async () => {
    try {
      const { rows } = (await boss.getDb().executeSql(dueKinds, [[...workers.keys()]])) as DueKinds;
      wake(rows.map(({ kind }) => kind));
    } catch (error) {
      log.warn({ err: error }, "which jobs are due could not be looked up; it is tried again");
    }
  });
  return {
    async insert(db, jobs) {
      for (const [name, group] of Map.groupBy(jobs, (job) => job.name)) {
        const rows = group.map(({ key, payload, startAfter }) => ({
          data: payload,
          ...(key !== undefined && { id: uuidOfName(`${name}\n${key}`) }),
          ...(startAfter !== undefined && { startAfter }),
        }));
        // One statement cannot insert a row twice.
        const once = [...new Map(rows.map((row) => ["id" in row ? row.id : row, row])).values()];
        await boss.insert(name, once, { db: fromPrisma(db) });
      }
    },
    wake,
    async work<P extends object>(
      spec: JobSpec<P>,
      concurrency: number,
      handle: (payload: P) => Promise<void>,
    ) {
      for (let lane = 0; lane < concurrency; lane += 1) {
        const id = await boss.work<P>(
          spec.name,
          { batchSize: 1, pollingIntervalSeconds: pollingSeconds },
          async ([job]) => {
            if (job === undefined) return;
            await handle(job.data);
            // Where one job was there may be more; without this each lane takes one per poll.
            wake([spec.name]);
          },
        );
        workers.set(spec.name, [...(workers.get(spec.name) ?? []), id]);
      }
    },
    async close() {
      await looking.stop();
      await boss.stop({ graceful: true, timeout: 5000 });
    },
  };
}

interface DueKinds {
  readonly rows: readonly { readonly kind: string }[];
}

/** Does `work`, which does not fail, at every interval in which it is not at it already, until it is stopped. */
function atIntervals(ms: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let underway: Promise<void> | undefined;
  const timer = setInterval(() => {
    underway ??= work().finally(() => {
      underway = undefined;
    });
  }, ms);
  return {
    async stop() {
      clearInterval(timer);
      await underway;
    },
  };
}
