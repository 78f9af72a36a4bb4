/**
 * Agents whose programs run elsewhere: how those hear of runs, by a claim or by a webhook, and what they are told.
 * Always true: what is told of a run names the lease that it is held by; what people wrote is read from Matrix when it is
 * told, and kept nowhere; a webhook's secret is kept sealed.
 */
export { type ClaimDeps, claimTriggers, giveBack, type TriggerClaim } from "./claim-triggers.ts";
export { claimDue, type DeliverDeps, deliverOnce, type HeldDelivery } from "./deliver-webhooks.ts";
export type { DeliveryRow, DeliveryState } from "./deliveries-store.ts";
export {
  answerNotOfRun,
  deliveryMissing,
  deliveryNotDead,
  leaseLost,
  runMissing,
  webhookMissing,
  webhookRefused,
} from "./errors.ts";
export {
  finishRun,
  letGoOf,
  type OwnRun,
  prolongRun,
  reportFailure,
  requireHeldRun,
} from "./hold-runs.ts";
export type { WebhookFailure, WebhookOutcome, WebhookRequest, WebhookSender } from "./ports.ts";
export { listDeliveries, retryDelivery } from "./retry-delivery.ts";
export { takeUpRuns } from "./take-up-runs.ts";
export { findNames, type Trigger, triggerOf } from "./trigger.ts";
export {
  defaultWebhookLimits,
  deleteWebhook,
  type KeptWebhook,
  putWebhook,
  requireWebhook,
  rotateWebhookSecret,
  type WebhookWish,
} from "./webhooks.ts";
export type { WebhookRow } from "./webhooks-store.ts";
