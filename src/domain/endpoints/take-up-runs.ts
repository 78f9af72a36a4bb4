import { type Database, type Tx, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { newId } from "../../kernel/ids.ts";
import { type ClaimedRun, claimRuns } from "../agents/index.ts";
import {
  dropDeliveriesOf,
  insertDeliveries,
  type KeptRun,
  selectWaitingWebhooks,
  type WaitingWebhook,
} from "./deliveries-store.ts";

/** Deliveries that a webhook may have open: those that wait for another try count, too. */
const mostOpen = 50;
/** Until it is sent for the first time; then the lease is as long as the webhook has for its answer. */
const firstLeaseMs = 60_000;

/**
 * Claims runs for agents that have a webhook, and writes down that they are to be delivered: both in one transaction, so a
 * run that is held for a webhook has a delivery. Gives how many.
 */
export async function takeUpRuns(database: Database): Promise<number> {
  let taken = 0;
  for (const webhook of await selectWaitingWebhooks(database.db, database.clock.now())) {
    if (webhook.open < mostOpen) {
      taken += await transact(database, bridgeActor, (tx) => takeUp(tx, webhook));
    }
  }
  return taken;
}

async function takeUp(tx: Tx, { id: webhookId, agentId, open }: WaitingWebhook): Promise<number> {
  const runs = await claimRuns(tx, {
    runtime: "external",
    agentId,
    limit: mostOpen - open,
    leaseMs: firstLeaseMs,
    worker: webhookId,
  });
  if (runs.length === 0) return 0;
  await dropDeliveriesOf(
    tx,
    runs.map(({ runId }) => runId),
  );
  await insertDeliveries(
    tx,
    runs.map((run) => ({ id: newId("dlv", tx.now), webhookId, run: withoutWords(run) })),
  );
  return runs.length;
}

function withoutWords(run: ClaimedRun): KeptRun {
  return Object.fromEntries(Object.entries(run).filter(([name]) => name !== "prompt")) as unknown as KeptRun;
}
