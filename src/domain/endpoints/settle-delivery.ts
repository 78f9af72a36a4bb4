import { attempt, type Tx } from "../../db/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { completeRun, failRun, lockHeldRun, renewLease, runsBell } from "../agents/index.ts";
import { audit } from "../governance/index.ts";
import { type MessageBody, postMessage } from "../messaging/index.ts";
import { type ClaimedDelivery, updateAllDue, updateDelivery } from "./deliveries-store.ts";
import { type DeliveryStep, endpointDown, homeserverAway } from "./delivery-plan.ts";
import { disableWebhookRow, noteRefused, noteTaken } from "./webhooks-store.ts";

export interface Settlement {
  readonly delivery: ClaimedDelivery;
  readonly step: DeliveryStep;
  readonly status: number | null;
}

/** What became of the delivery: `lost` means that somebody else has it, or its run. */
export type Settled = "delivered" | "answered" | "again" | "dead" | "lost";

/** How much longer than until the next try a run is held. */
const marginMs = 60_000;

/** Says nothing about the endpoint. */
const untried: ReadonlySet<string> = new Set([endpointDown, homeserverAway, "stopped"]);

const sentence = "The program that answers for me cannot be reached, so I could not answer this.";

/** Writes down what a try came to, for the delivery, its run and its webhook at once. */
export async function settleDelivery(tx: Tx, { delivery, step, status }: Settlement): Promise<Settled> {
  if (step.is === "delivered") return delivered(tx, delivery, { status, answer: step.answer });
  if (!untried.has(step.error)) await noteRefused(tx, delivery.webhookId, delivery.id);
  if (step.is === "again") return again(tx, delivery, { status, step });
  const state = "dead";
  if (!(await updateDelivery(tx, delivery, { state, status, error: step.error }))) return "lost";
  if (step.gone) await disable(tx, delivery);
  await failRun(tx, { ...delivery.run, code: "webhook_failed", sentence, retry: false });
  return "dead";
}

async function delivered(
  tx: Tx,
  delivery: ClaimedDelivery,
  { status, answer }: { status: number | null; answer: MessageBody | undefined },
): Promise<Settled> {
  if (!(await updateDelivery(tx, delivery, { state: "delivered", status, error: null }))) return "lost";
  // What waits is tried at once, all of it: the pauses were for an endpoint that was not there.
  if (await noteTaken(tx, delivery.webhookId)) {
    await updateAllDue(tx, delivery.webhookId);
    tx.wake(runsBell);
  }
  if (answer === undefined) return "delivered";
  if (!(await lockHeldRun(tx, delivery.run.runId, delivery.run.leaseToken))) return "lost";
  await sayAnswer(tx, delivery, answer);
  return "answered";
}

/** What the endpoint answered at once. What cannot be posted makes the run fail, with the reason. */
async function sayAnswer(tx: Tx, { run }: ClaimedDelivery, body: MessageBody): Promise<void> {
  const { runId, causationId, hop, threadRoot } = run;
  const { eventId } = run.trigger;
  const said = await attempt(tx, (inner) =>
    postMessage(inner, {
      channelId: run.channelId,
      agentId: run.agentId,
      body,
      ...(eventId !== null && { replyTo: { eventId } }),
      ...(threadRoot !== null && { threadRoot: { eventId: threadRoot } }),
      idempotency: { scope: `agent:${run.agentId}`, key: `answer:${runId}` },
      cause: { runId, causationId, hop },
    }),
  );
  if ("error" in said) {
    if (!(said.error instanceof AppError)) throw said.error;
    const { code, message } = said.error;
    await failRun(tx, { ...run, code, sentence: `I could not answer this: ${message}`, retry: false });
    return;
  }
  const { sendId, messageId } = said.value;
  await completeRun(tx, {
    ...run,
    output: { message_id: messageId },
    usage: { inputTokens: 0, outputTokens: 0 },
    answer: { messageId: sendId },
  });
}

async function again(
  tx: Tx,
  delivery: ClaimedDelivery,
  { status, step }: { status: number | null; step: Extract<DeliveryStep, { is: "again" }> },
): Promise<Settled> {
  const { delayMs, error, uncounted = false } = step;
  const leaseMs = delayMs + delivery.timeoutMs + marginMs;
  const isHeld = await renewLease(tx, { ...delivery.run, leaseMs });
  const nextAttemptAt = new Date(tx.now.getTime() + delayMs);
  const state = isHeld ? "queued" : "dropped";
  const isOurs = await updateDelivery(tx, delivery, { state, status, error, nextAttemptAt, uncounted });
  return isOurs && isHeld ? "again" : "lost";
}

async function disable(tx: Tx, { webhookId, run }: ClaimedDelivery): Promise<void> {
  if (!(await disableWebhookRow(tx, webhookId, "gone"))) return;
  await audit(tx, {
    action: "agent_webhook.disabled",
    resourceKind: "agent",
    resourceId: encodeId("ag", run.agentId),
    microdaoId: run.microdaoId,
    teamId: run.teamId,
    data: { webhook_id: webhookId, reason: "gone" },
  });
}
