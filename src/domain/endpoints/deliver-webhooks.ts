import { type Database, type Tx, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { jitter } from "../../kernel/random.ts";
import { cancelRun, renewLeases } from "../agents/index.ts";
import type { Sealer } from "../governance/index.ts";
import {
  type ClaimedDelivery,
  claimDeliveries,
  hasDueDeliveries,
  selectPlight,
  updateDelivery,
} from "./deliveries-store.ts";
import { type DeliveryStep, endpointDown, homeserverAway, planDelivery } from "./delivery-plan.ts";
import type { WebhookOutcome, WebhookSender } from "./ports.ts";
import { type QuestionSource, readAsked } from "./read-asked.ts";
import { settleDelivery } from "./settle-delivery.ts";
import { signWebhook } from "./sign-webhook.ts";
import { findNames, triggerOf } from "./trigger.ts";
import { openSecrets } from "./webhooks.ts";

export interface DeliverDeps extends QuestionSource {
  readonly database: Database;
  readonly sender: WebhookSender;
  readonly sealer: Sealer;
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
  readonly log: Log;
  /** The pause after a first try that did not work, in milliseconds. */
  readonly pauseMs?: number;
}

const defaultPauseMs = 5_000;
/** The run is held for longer than the endpoint is told, by what the way there and back takes. */
const marginMs = 5_000;

/** A delivery that this process holds, and until when its run is held. */
export interface HeldDelivery {
  readonly delivery: ClaimedDelivery;
  readonly leaseEndsAt: Date;
}

/** Claims what is due, at most so many; those whose run is not held any more end here. */
export async function claimDue(database: Database, limit: number): Promise<HeldDelivery[]> {
  if (!(await hasDueDeliveries(database.db, database.clock.now()))) return [];
  return transact(database, bridgeActor, async (tx) => {
    const claimed = await claimDeliveries(tx, limit);
    const held: HeldDelivery[] = [];
    for (const [leaseMs, group] of Map.groupBy(claimed, leaseMsOf)) {
      const runs = await renewLeases(
        tx,
        group.map(({ run }) => run),
        leaseMs + marginMs,
      );
      const leaseEndsAt = new Date(tx.now.getTime() + leaseMs);
      for (const delivery of group) {
        if (!runs.has(delivery.run.runId)) await drop(tx, delivery, "lease_lost");
        else if (delivery.silent) await withdraw(tx, delivery, "channel_silent");
        else held.push({ delivery, leaseEndsAt });
      }
    }
    return held;
  });
}

function leaseMsOf({ timeoutMs, answerMs }: ClaimedDelivery): number {
  return timeoutMs + answerMs;
}

/** One try of one delivery, and what follows from it. Never throws: what breaks off is taken up when its lease ends. */
export async function deliverOnce(deps: DeliverDeps, held: HeldDelivery, signal: AbortSignal): Promise<void> {
  const { id, webhookId, run } = held.delivery;
  try {
    const outcome = await ask(deps, held, signal);
    if (outcome === undefined) return;
    const step = await planFor(deps, held.delivery, outcome);
    const status = outcome.is === "answered" ? outcome.status : null;
    const result = await transact(deps.database, bridgeActor, (tx) =>
      settleDelivery(tx, { ...held, step, status }),
    );
    if (step.is === "delivered") deps.wakeEgress();
    const facts = { deliveryId: id, webhookId, runId: run.runId, status, result };
    if (step.is === "delivered") deps.log.debug(facts, "a webhook took a delivery");
    else if (step.is === "again" && held.delivery.skipped) deps.log.debug(facts, "a webhook is down");
    else deps.log.info({ ...facts, error: step.error }, "a webhook did not take a delivery");
  } catch (error) {
    deps.log.warn({ deliveryId: id, reason: messageOf(error) }, "a delivery to a webhook broke off");
  }
}

async function planFor(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  outcome: WebhookOutcome,
): Promise<DeliveryStep> {
  const { attempts, createdAt, giveUpAfterMs } = delivery;
  const now = deps.database.clock.now().getTime();
  const { waitedFor, failingSince } = await selectPlight(deps.database.db, delivery.id);
  return planDelivery(outcome, {
    attempts,
    age: now - createdAt.getTime(),
    giveUpAfterMs,
    waitedFor,
    failingMs: failingSince === null ? 0 : now - failingSince.getTime(),
    pauseMs: deps.pauseMs ?? defaultPauseMs,
    jitter,
  });
}

/** Undefined when nothing is asked any more, and that has been written down. */
async function ask(
  deps: DeliverDeps,
  held: HeldDelivery,
  signal: AbortSignal,
): Promise<WebhookOutcome | undefined> {
  const { delivery } = held;
  if (delivery.skipped) return { is: "failed", code: endpointDown, reason: "It was not tried." };
  const question = await readAsked(deps, { ...delivery.run, prompt: delivery.prompt });
  if (question.is === "away") return { is: "failed", code: homeserverAway, reason: question.reason };
  if (question.is === "withdrawn") {
    await transact(deps.database, bridgeActor, (tx) => withdraw(tx, delivery, "question_withdrawn"));
    return undefined;
  }
  const { run, timeoutMs, url } = delivery;
  const { asker } = run.trigger;
  const names = await findNames(deps.database.db, asker === null ? [] : [asker]);
  const now = deps.database.clock.now();
  const data = triggerOf({
    run,
    question: question.text,
    askerName: (asker !== null && names.get(asker)) || null,
    leaseEndsAt: held.leaseEndsAt,
  });
  const body = JSON.stringify({ type: "agent.triggered", timestamp: now.toISOString(), data });
  const secrets = openSecrets(deps.sealer, { ...delivery, id: delivery.webhookId }, now);
  const signatures = signWebhook(secrets, { id: delivery.id, at: now, body });
  const headers = {
    "content-type": "application/json",
    "user-agent": "microdao-bridge",
    accept: "application/json",
    ...signatures,
  };
  return deps.sender.send({ url, headers, body, timeoutMs, signal });
}

async function withdraw(tx: Tx, delivery: ClaimedDelivery, reason: string): Promise<void> {
  await cancelRun(tx, { runId: delivery.run.runId, by: bridgeActor, reason });
  await drop(tx, delivery, reason);
}

async function drop(tx: Tx, delivery: ClaimedDelivery, error: string): Promise<void> {
  await updateDelivery(tx, delivery, { state: "dropped", status: null, error, uncounted: true });
}
