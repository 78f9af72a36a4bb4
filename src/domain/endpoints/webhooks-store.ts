import type { DbClient, Tx } from "../../db/index.ts";

export interface WebhookRow {
  /** `hook_…` */
  readonly id: string;
  /** uuid */
  readonly agentId: string;
  readonly url: string;
  readonly status: "active" | "disabled";
  /** A code; null while it is active. */
  readonly disabledReason: string | null;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly answerMs: number;
  readonly giveUpAfterMs: number;
  readonly oldSecretUntil: Date | null;
  readonly lastDeliveredAt: Date | null;
  readonly lastFailedAt: Date | null;
  /** When the first try failed since it last took one. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Sealed. */
export interface SealedSecrets {
  readonly secret: string;
  readonly oldSecret: string | null;
  readonly oldSecretUntil: Date | null;
}

export type WebhookLimits = Pick<WebhookRow, "concurrency" | "timeoutMs" | "answerMs" | "giveUpAfterMs">;

const columns = `w.id, w.agent_id::text AS "agentId", w.url, w.status, w.disabled_reason AS "disabledReason",
  w.concurrency, w.timeout_ms AS "timeoutMs", w.answer_ms AS "answerMs", w.give_up_after_ms AS "giveUpAfterMs",
  w.old_secret_until AS "oldSecretUntil", w.last_delivered_at AS "lastDeliveredAt",
  w.last_failed_at AS "lastFailedAt", w.failing_since AS "failingSince", w.created_at AS "createdAt", w.updated_at AS "updatedAt"`;

export async function selectWebhook(db: DbClient, agentId: string): Promise<WebhookRow | undefined> {
  const rows = await db.$queryRawUnsafe<WebhookRow[]>(
    `SELECT ${columns} FROM agent_webhooks w WHERE w.agent_id = $1::uuid`,
    agentId,
  );
  return rows[0];
}

/** Inserts it, or changes the one that is there and makes it active again; the secret of that one stays. */
export async function upsertWebhook(
  tx: Tx,
  hook: { id: string; agentId: string; url: string; secret: string } & WebhookLimits,
): Promise<WebhookRow & { readonly isNew: boolean }> {
  const [row] = await tx.db.$queryRawUnsafe<(WebhookRow & { isNew: boolean })[]>(
    `INSERT INTO agent_webhooks AS w (id, agent_id, url, secret, concurrency, timeout_ms, answer_ms, give_up_after_ms,
                                      created_at, updated_at)
     VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $9)
     ON CONFLICT (agent_id) DO UPDATE
       SET url = excluded.url, status = 'active', disabled_reason = NULL, concurrency = excluded.concurrency,
           timeout_ms = excluded.timeout_ms, answer_ms = excluded.answer_ms,
           give_up_after_ms = excluded.give_up_after_ms, updated_at = excluded.updated_at,
           failing_since = NULL, failing_delivery = NULL, down = false
     RETURNING ${columns}, w.id = $1 AS "isNew"`,
    hook.id,
    hook.agentId,
    hook.url,
    hook.secret,
    hook.concurrency,
    hook.timeoutMs,
    hook.answerMs,
    hook.giveUpAfterMs,
    tx.now,
  );
  return row as WebhookRow & { isNew: boolean };
}

/** A new secret; the one before it signs as well until `oldUntil`. */
export async function updateWebhookSecret(
  tx: Tx,
  change: { readonly agentId: string; readonly secret: string; readonly oldUntil: Date },
): Promise<WebhookRow | undefined> {
  const rows = await tx.db.$queryRawUnsafe<WebhookRow[]>(
    `UPDATE agent_webhooks w
        SET old_secret = w.secret, old_secret_until = $3, secret = $2, updated_at = $4
      WHERE w.agent_id = $1::uuid
      RETURNING ${columns}`,
    change.agentId,
    change.secret,
    change.oldUntil,
    tx.now,
  );
  return rows[0];
}

export async function deleteWebhookRow(tx: Tx, agentId: string): Promise<boolean> {
  return (await tx.db.$executeRawUnsafe(`DELETE FROM agent_webhooks WHERE agent_id = $1::uuid`, agentId)) > 0;
}

/** Agents whose endpoint said that it is gone get nothing more by it. */
export async function disableWebhookRow(tx: Tx, id: string, reason: string): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhooks SET status = 'disabled', disabled_reason = $2, updated_at = $3
      WHERE id = $1 AND status = 'active'`,
    id,
    reason,
    tx.now,
  );
  return changed > 0;
}

/** It took a delivery. Gives whether it had been down until then. */
export async function noteTaken(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.db.$queryRawUnsafe<{ wasDown: boolean }[]>(
    `WITH before AS MATERIALIZED (SELECT w.id, w.down FROM agent_webhooks w WHERE w.id = $1 FOR NO KEY UPDATE)
     UPDATE agent_webhooks w
        SET last_delivered_at = $2, failing_since = NULL, failing_delivery = NULL, down = false
       FROM before b WHERE w.id = b.id
     RETURNING b.down AS "wasDown"`,
    id,
    tx.now,
  );
  return rows[0]?.wasDown === true;
}

/** It did not take a delivery. When another one has failed since it last took any, it is down. */
export async function noteRefused(tx: Tx, id: string, deliveryId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_webhooks w
        SET last_failed_at = $2, failing_since = COALESCE(w.failing_since, $2),
            failing_delivery = COALESCE(w.failing_delivery, $3), down = w.down OR COALESCE(w.failing_delivery <> $3, false)
      WHERE w.id = $1`,
    id,
    tx.now,
    deliveryId,
  );
}
