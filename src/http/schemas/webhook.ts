import { z } from "zod";
import { type DeliveryRow, defaultWebhookLimits, type WebhookRow } from "../../domain/endpoints/index.ts";
import { idOf, moment, pageOf } from "./values.ts";

const between = (least: number, most: number) =>
  z.int().min(least, `At least ${least}.`).max(most, `At most ${most}.`);

export const newWebhookSchema = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .meta({ description: "Where to send to.", examples: ["https://agents.example.org/hooks/sofia"] }),
    concurrency: between(1, 50)
      .default(defaultWebhookLimits.concurrency)
      .meta({ description: "Requests under way at once." }),
    timeoutMs: between(500, 30_000)
      .default(defaultWebhookLimits.timeoutMs)
      .meta({ description: "How long one request may take." }),
    answerMs: between(1_000, 3_600_000)
      .default(defaultWebhookLimits.answerMs)
      .meta({ description: "How long it has for the answer after it took a delivery; renew for more." }),
    giveUpAfterMs: between(1_000, 86_400_000)
      .default(defaultWebhookLimits.giveUpAfterMs)
      .meta({ description: "For how long a delivery is tried." }),
  })
  .meta({ id: "NewAgentWebhook" });

export const webhookSchema = z
  .object({
    id: idOf("hook", "The webhook."),
    url: z.string(),
    status: z.enum(["active", "disabled"]),
    disabledReason: z.string().nullable().meta({ description: "`gone`: it answered 410." }),
    concurrency: z.int(),
    timeoutMs: z.int(),
    answerMs: z.int(),
    giveUpAfterMs: z.int(),
    oldSecretUntil: moment
      .nullable()
      .meta({ description: "Until when deliveries are signed with the secret before this one, too." }),
    lastDeliveredAt: moment.nullable(),
    lastFailedAt: moment.nullable(),
    failingSince: moment
      .nullable()
      .meta({ description: "When it stopped taking anything; null: it took the last one." }),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: "AgentWebhook" });

export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({ description: "`whsec_…`, of a new webhook or a new secret. Shown this once." }),
  })
  .meta({ id: "AgentWebhookWithSecret" });

export const deliverySchema = z
  .object({
    id: idOf("dlv", "The delivery: `webhook-id` in every try."),
    runId: idOf("run", "The run."),
    state: z.enum(["queued", "sending", "delivered", "dead", "retried", "dropped"]).meta({
      description:
        "`dead`: given up. `retried`: given up, and asked again. `dropped`: the run was cancelled, withdrawn, or taken up by somebody else.",
    }),
    attempts: z.int(),
    nextAttemptAt: moment.nullable(),
    lastStatus: z.int().nullable().meta({ description: "The status of the last answer." }),
    lastError: z.string().nullable().meta({ description: "Why the last try did not work." }),
    createdAt: moment,
    finishedAt: moment.nullable(),
  })
  .meta({ id: "WebhookDelivery" });

export const deliveryPageSchema = pageOf(deliverySchema, "WebhookDeliveryPage");

export function presentWebhook(webhook: WebhookRow): z.infer<typeof webhookSchema> {
  const { id, url, status, disabledReason, concurrency, timeoutMs, answerMs, giveUpAfterMs } = webhook;
  return {
    ...{ id, url, status, disabledReason, concurrency, timeoutMs, answerMs, giveUpAfterMs },
    oldSecretUntil: isoOf(webhook.oldSecretUntil),
    lastDeliveredAt: isoOf(webhook.lastDeliveredAt),
    lastFailedAt: isoOf(webhook.lastFailedAt),
    failingSince: isoOf(webhook.failingSince),
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

export function presentDelivery(row: DeliveryRow): z.infer<typeof deliverySchema> {
  const { id, runId, state, attempts, lastStatus, lastError } = row;
  return {
    ...{ id, runId, state, attempts, lastStatus, lastError },
    nextAttemptAt: state === "queued" ? row.nextAttemptAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: isoOf(row.finishedAt),
  };
}

function isoOf(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
