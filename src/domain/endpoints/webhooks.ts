import type { DbClient, Tx } from "../../db/index.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import { type Agent, audit, type Sealer } from "../governance/index.ts";
import { updateAllDue } from "./deliveries-store.ts";
import { webhookMissing, webhookRefused } from "./errors.ts";
import { mintWebhookSecret } from "./sign-webhook.ts";
import {
  deleteWebhookRow,
  type SealedSecrets,
  selectWebhook,
  updateWebhookSecret,
  upsertWebhook,
  type WebhookLimits,
  type WebhookRow,
} from "./webhooks-store.ts";

/** What a webhook gets unless somebody says otherwise. Milliseconds. */
export const defaultWebhookLimits: WebhookLimits = {
  concurrency: 4,
  timeoutMs: 10_000,
  answerMs: 300_000,
  giveUpAfterMs: 86_400_000,
};

export interface WebhookWish extends Partial<WebhookLimits> {
  readonly url: string;
  /** Whether addresses of private networks are called, and plain http with them. */
  readonly allowPrivate: boolean;
}

export interface KeptWebhook {
  readonly webhook: WebhookRow;
  /** Of a new one; shown this once. */
  readonly secret: string | null;
}

const oldSecretMs = 86_400_000;
const longestUrl = 2_000;

/**
 * Gives an agent a webhook, or changes the one it has and makes it active again. What it answers does not matter here:
 * the address is looked at when it is called. Throws `webhook_url_refused`.
 */
export async function putWebhook(
  tx: Tx,
  sealer: Sealer,
  agent: Agent,
  wish: WebhookWish,
): Promise<KeptWebhook> {
  const { url, allowPrivate, ...limits } = wish;
  requireCallable(url, allowPrivate);
  const id = newId("hook", tx.now);
  const secret = mintWebhookSecret();
  const { isNew, ...webhook } = await upsertWebhook(tx, {
    ...defaultWebhookLimits,
    ...withoutUndefined(limits),
    id,
    agentId: agent.id,
    url,
    secret: sealer.seal(placeOf(id), secret),
  });
  if (!isNew) await updateAllDue(tx, webhook.id);
  await note(tx, agent, isNew ? "agent_webhook.created" : "agent_webhook.changed", webhook);
  return { webhook, secret: isNew ? secret : null };
}

/**
 * A new secret, shown this once. Deliveries are signed with the old one as well for a day, so that the endpoint can change
 * over without losing any. Throws `webhook_not_found`.
 */
export async function rotateWebhookSecret(
  tx: Tx,
  sealer: Sealer,
  agent: Agent,
): Promise<{ webhook: WebhookRow; secret: string }> {
  const known = await requireWebhook(tx.db, agent.id);
  const secret = mintWebhookSecret();
  const webhook = await updateWebhookSecret(tx, {
    agentId: agent.id,
    secret: sealer.seal(placeOf(known.id), secret),
    oldUntil: new Date(tx.now.getTime() + oldSecretMs),
  });
  if (webhook === undefined) throw webhookMissing({});
  await note(tx, agent, "agent_webhook.secret_rotated", webhook);
  return { webhook, secret };
}

/** Takes an agent's webhook away, with what has not been delivered yet. Throws `webhook_not_found`. */
export async function deleteWebhook(tx: Tx, agent: Agent): Promise<void> {
  const webhook = await requireWebhook(tx.db, agent.id);
  await deleteWebhookRow(tx, agent.id);
  await note(tx, agent, "agent_webhook.deleted", webhook);
}

/** Throws `webhook_not_found`. */
export async function requireWebhook(db: DbClient, agentId: string): Promise<WebhookRow> {
  const webhook = await selectWebhook(db, agentId);
  if (webhook === undefined) throw webhookMissing({});
  return webhook;
}

/** The secrets that sign now, the newest first. */
export function openSecrets(sealer: Sealer, hook: { id: string } & SealedSecrets, now: Date): string[] {
  const { secret, oldSecret, oldSecretUntil } = hook;
  const old = oldSecret !== null && oldSecretUntil !== null && oldSecretUntil > now ? [oldSecret] : [];
  return [secret, ...old].map((sealed) => sealer.open(placeOf(hook.id), sealed));
}

function placeOf(id: string): string {
  return `agent_webhooks.secret:${id}`;
}

/** Whether the address itself is a public one is seen when it is connected to, each time anew. */
function requireCallable(text: string, allowPrivate: boolean): void {
  const url = URL.parse(text);
  const wanted = allowPrivate ? ["https:", "http:"] : ["https:"];
  if (text.length > longestUrl || url === null || !wanted.includes(url.protocol)) {
    const what = `A webhook is an ${allowPrivate ? "http or https" : "https"} URL of at most ${longestUrl} characters.`;
    throw webhookRefused({ what, field: "url" });
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw webhookRefused({ what: "A webhook's URL has no credentials and no fragment.", field: "url" });
  }
}

function note(tx: Tx, agent: Agent, action: string, webhook: WebhookRow): Promise<void> {
  return audit(tx, {
    action,
    resourceKind: "agent",
    resourceId: encodeId("ag", agent.id),
    microdaoId: agent.microdaoId,
    teamId: agent.teamId,
    // The path and the query may be as good as a password.
    data: { webhook_id: webhook.id, host: URL.parse(webhook.url)?.host ?? null },
  });
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
