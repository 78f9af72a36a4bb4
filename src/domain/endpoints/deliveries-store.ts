import type { DbClient, Tx } from "../../db/index.ts";
import type { ClaimedRun } from "../agents/index.ts";
import { downMs, homeserverAway, waitedForMs } from "./delivery-plan.ts";
import type { SealedSecrets } from "./webhooks-store.ts";

export type DeliveryState = "queued" | "sending" | "delivered" | "dead" | "retried" | "dropped";

/** A run as it was claimed, without words: what is asked is read anew for each try. */
export type KeptRun = Omit<ClaimedRun, "prompt">;

export interface DeliveryRow {
  /** `dlv_…` */
  readonly id: string;
  readonly runId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const columns = `d.id, d.run_id AS "runId", d.state, d.attempts, d.next_attempt_at AS "nextAttemptAt",
  d.last_status AS "lastStatus", d.last_error AS "lastError", d.created_at AS "createdAt", d.finished_at AS "finishedAt"`;

/** A webhook whose agent has runs waiting, and how many deliveries it has open. */
export interface WaitingWebhook {
  readonly id: string;
  /** uuid */
  readonly agentId: string;
  readonly open: number;
}

/** Active webhooks of active agents that something may have to be delivered to. */
export function selectWaitingWebhooks(db: DbClient, now: Date): Promise<WaitingWebhook[]> {
  return db.$queryRawUnsafe<WaitingWebhook[]>(
    `SELECT w.id, w.agent_id::text AS "agentId",
            (SELECT count(*)::int FROM agent_webhook_deliveries d
              WHERE d.webhook_id = w.id AND d.state IN ('queued', 'sending')) AS open
       FROM agent_webhooks w
       JOIN agents a ON a.id = w.agent_id AND a.status = 'active'
      WHERE w.status = 'active'
        AND EXISTS (SELECT FROM agent_runs r
                     WHERE r.agent_id = w.agent_id AND r.status IN ('queued', 'started')
                       AND CASE r.status WHEN 'queued' THEN COALESCE(r.next_attempt_at <= $1::timestamptz, true)
                                         ELSE COALESCE(r.leased_until <= $1::timestamptz, true) END)`,
    now,
  );
}

export async function insertDeliveries(
  tx: Tx,
  rows: readonly { id: string; webhookId: string; run: KeptRun }[],
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_webhook_deliveries (id, webhook_id, run_id, run, next_attempt_at, created_at)
     SELECT n.id, n.webhook_id, n.run ->> 'runId', n.run, $4, $4
       FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS n(id, webhook_id, run)`,
    rows.map(({ id }) => id),
    rows.map(({ webhookId }) => webhookId),
    rows.map(({ run }) => JSON.stringify(run)),
    tx.now,
  );
}

/** Somebody else has taken the run up since: what was on its way with the old lease is of no use. */
export async function dropDeliveriesOf(tx: Tx, runIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhook_deliveries SET state = 'dropped', finished_at = $2
      WHERE run_id = ANY($1::text[]) AND state = 'queued'`,
    runIds,
    tx.now,
  );
}

export interface ClaimedDelivery extends SealedSecrets {
  readonly id: string;
  readonly leaseToken: string;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly run: KeptRun;
  readonly prompt: string | null;
  /** Whether the channel has become one in which agents hear nothing: encrypted, or of a confidential team. */
  readonly silent: boolean;
  /** Whether its endpoint is down and was tried a moment ago: then it is not tried with this one. */
  readonly skipped: boolean;
  readonly webhookId: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly answerMs: number;
  readonly giveUpAfterMs: number;
}

/** What decides on another try. */
export interface DeliveryPlight {
  /** Whether the agent was asked something in the same channel that waits for the end of the run. */
  readonly waitedFor: boolean;
  /** Since when the endpoint takes nothing; null: it does. */
  readonly failingSince: Date | null;
}

export async function selectPlight(db: DbClient, deliveryId: string): Promise<DeliveryPlight> {
  const rows = await db.$queryRawUnsafe<DeliveryPlight[]>(
    `SELECT ${behind("r")} AS "waitedFor", w.failing_since AS "failingSince"
       FROM agent_webhook_deliveries d
       JOIN agent_runs r ON r.id = d.run_id
       JOIN agent_webhooks w ON w.id = d.webhook_id
      WHERE d.id = $1`,
    deliveryId,
  );
  return rows[0] ?? { waitedFor: false, failingSince: null };
}

const claimLock = 7_243_026;
/** Longer than a request may take, by what is done before and after it. */
const marginSeconds = 15;

/** SQL: whether the agent was asked in the same channel after this run (`agent_runs`), which has to end first. */
function behind(run: string): string {
  return `EXISTS (SELECT FROM agent_runs later
            WHERE later.agent_id = ${run}.agent_id AND later.channel_id = ${run}.channel_id AND later.status = 'queued'
              AND later.seq > ${run}.seq)`;
}

/**
 * SQL: whether a delivery is to be tried at $1. When somebody waits for it, it is, as soon as it was tried for long enough, or
 * its endpoint has taken nothing for as long: that try decides.
 */
const isDue = `CASE d.state
    WHEN 'queued' THEN d.next_attempt_at <= $1::timestamptz
      OR (LEAST(d.created_at, w.failing_since) <= $1::timestamptz - make_interval(secs => ${waitedForMs / 1000})
          AND d.last_error IS DISTINCT FROM '${homeserverAway}'
          AND EXISTS (SELECT FROM agent_runs r WHERE r.id = d.run_id AND ${behind("r")}))
    ELSE d.leased_until <= $1::timestamptz END`;

/** SQL: whether an endpoint is down and was tried so lately that it need not be tried again at $1. */
const isSkipped = `(w.down AND w.last_failed_at > $1::timestamptz - make_interval(secs => ${downMs / 1000}))`;

/** Whether any delivery is due: most bridges have none, and are spared the lock. */
export async function hasDueDeliveries(db: DbClient, now: Date): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<object[]>(
    `SELECT 1 AS one FROM agent_webhook_deliveries d JOIN agent_webhooks w ON w.id = d.webhook_id
      WHERE d.state IN ('queued', 'sending')
        AND ${isDue}
      LIMIT 1`,
    now,
  );
  return rows.length > 0;
}

/**
 * Deliveries that are due, each endpoint's oldest first and no more at a time than it takes: one, when it is down, to see
 * whether it is there again. Those that are skipped need no turn. One transaction claims at a
 * time, so that the counts are true; the lock comes in a statement of its own, or the counts would be older than it.
 */
export async function claimDeliveries(tx: Tx, limit: number): Promise<ClaimedDelivery[]> {
  await tx.db.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${claimLock})`);
  return tx.db.$queryRawUnsafe<ClaimedDelivery[]>(
    `WITH open AS MATERIALIZED (
       SELECT d.id, d.webhook_id, d.next_attempt_at, CASE WHEN w.down THEN 1 ELSE w.concurrency END AS concurrency,
              ${isDue} AS due, ${isSkipped} AS skipped,
              count(*) FILTER (WHERE d.state = 'sending' AND d.leased_until > $1::timestamptz)
                OVER (PARTITION BY d.webhook_id) AS sending
         FROM agent_webhooks w
         JOIN agents a ON a.id = w.agent_id AND a.status = 'active'
         JOIN agent_webhook_deliveries d ON d.webhook_id = w.id AND d.state IN ('queued', 'sending')
        WHERE w.status = 'active'
     ), chosen AS MATERIALIZED (
       SELECT o.id FROM (
         SELECT o.*, row_number() OVER (PARTITION BY o.webhook_id ORDER BY o.next_attempt_at, o.id) AS nth
           FROM open o WHERE o.due
       ) o WHERE o.skipped OR o.sending + o.nth <= o.concurrency
       ORDER BY o.next_attempt_at LIMIT $2
     ), claimed AS (
       UPDATE agent_webhook_deliveries d
          SET state = 'sending', attempts = d.attempts + 1, lease_token = gen_random_uuid(),
              leased_until = $1::timestamptz + make_interval(secs => w.timeout_ms::float8 / 1000 + ${marginSeconds})
         FROM chosen n, agent_webhooks w
        WHERE d.id = n.id AND w.id = d.webhook_id
        RETURNING d.*, w.url, w.secret, w.old_secret, w.old_secret_until, w.timeout_ms, w.answer_ms, w.give_up_after_ms,
                  ${isSkipped} AS skipped
     )
     SELECT d.id, d.lease_token::text AS "leaseToken", d.attempts, d.created_at AS "createdAt", d.run,
            r.input ->> 'prompt' AS prompt, c.encrypted OR COALESCE(t.mode = 'confidential', false) AS silent,
            d.skipped, d.webhook_id AS "webhookId", d.url, d.secret, d.old_secret AS "oldSecret",
            d.old_secret_until AS "oldSecretUntil", d.timeout_ms AS "timeoutMs", d.answer_ms AS "answerMs",
            d.give_up_after_ms AS "giveUpAfterMs"
       FROM claimed d
       JOIN agent_runs r ON r.id = d.run_id
       JOIN channels c ON c.id = r.channel_id
       LEFT JOIN teams t ON t.id = c.team_id
      ORDER BY d.id`,
    tx.now,
    limit,
  );
}

export interface DeliveryEnd {
  readonly state: Exclude<DeliveryState, "sending">;
  readonly status: number | null;
  readonly error: string | null;
  /** Of one that is queued again. */
  readonly nextAttemptAt?: Date;
  /** It was not sent: the try does not count. */
  readonly uncounted?: boolean;
}

/** What became of a try; false when another process has the delivery by now, and then nothing has changed. */
export async function updateDelivery(
  tx: Tx,
  delivery: Pick<ClaimedDelivery, "id" | "leaseToken">,
  end: DeliveryEnd,
): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhook_deliveries
        SET state = $3, last_status = $4, last_error = $5, next_attempt_at = COALESCE($6::timestamptz, next_attempt_at),
            attempts = attempts - CASE WHEN $7::boolean THEN 1 ELSE 0 END, lease_token = NULL, leased_until = NULL,
            finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE $8::timestamptz END
      WHERE id = $1 AND lease_token = $2::uuid AND state = 'sending'`,
    delivery.id,
    delivery.leaseToken,
    end.state,
    end.status,
    end.error,
    end.nextAttemptAt ?? null,
    end.uncounted === true,
    tx.now,
  );
  return changed > 0;
}

/** Deliveries to an agent's webhook, newest first, from behind `before` on. */
export function selectDeliveries(
  db: DbClient,
  range: {
    readonly agentId: string;
    readonly states: readonly DeliveryState[];
    readonly before: string | null;
    readonly limit: number;
  },
): Promise<DeliveryRow[]> {
  return db.$queryRawUnsafe<DeliveryRow[]>(
    `SELECT ${columns}
       FROM agent_webhooks w
       JOIN agent_webhook_deliveries d ON d.webhook_id = w.id
      WHERE w.agent_id = $1::uuid AND d.state = ANY($2::text[]) AND ($3::text IS NULL OR d.id < $3)
      ORDER BY d.id DESC LIMIT $4`,
    range.agentId,
    range.states,
    range.before,
    range.limit,
  );
}

/** One of them with its run. */
export async function selectDelivery(
  db: DbClient,
  agentId: string,
  id: string,
): Promise<(DeliveryRow & { readonly run: KeptRun; readonly prompt: string | null }) | undefined> {
  const rows = await db.$queryRawUnsafe<(DeliveryRow & { run: KeptRun; prompt: string | null })[]>(
    `SELECT ${columns}, d.run, r.input ->> 'prompt' AS prompt
       FROM agent_webhook_deliveries d
       JOIN agent_webhooks w ON w.id = d.webhook_id AND w.agent_id = $1::uuid
       JOIN agent_runs r ON r.id = d.run_id
      WHERE d.id = $2`,
    agentId,
    id,
  );
  return rows[0];
}

/** Whatever waits for another try of a webhook is to be tried now: its endpoint is there again, or is another one. */
export async function updateAllDue(tx: Tx, webhookId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhook_deliveries d SET next_attempt_at = $2
      WHERE d.webhook_id = $1 AND d.state = 'queued' AND d.next_attempt_at > $2
        AND d.last_error IS DISTINCT FROM '${homeserverAway}'`,
    webhookId,
    tx.now,
  );
}

export async function markRetried(tx: Tx, id: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhook_deliveries SET state = 'retried' WHERE id = $1 AND state = 'dead'`,
    id,
  );
}
