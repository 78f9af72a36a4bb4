import type { DbClient, Tx } from "../../db/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { queueRuns } from "../agents/index.ts";
import { type Agent, audit } from "../governance/index.ts";
import {
  type DeliveryRow,
  type DeliveryState,
  markRetried,
  selectDeliveries,
  selectDelivery,
} from "./deliveries-store.ts";
import { deliveryMissing, deliveryNotDead } from "./errors.ts";

const states: readonly DeliveryState[] = ["queued", "sending", "delivered", "dead", "retried", "dropped"];

/** Deliveries to an agent's webhook, newest first; `before` is the id of the last one of the page before. */
export function listDeliveries(
  db: DbClient,
  range: {
    readonly agentId: string;
    readonly state?: DeliveryState | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  },
): Promise<DeliveryRow[]> {
  const { agentId, state, before = null, limit } = range;
  return selectDeliveries(db, { agentId, states: state === undefined ? states : [state], before, limit });
}

/**
 * Asks once more what a dead delivery asked, as a run of its own: the run it belonged to has failed, and the room knows.
 * Throws `delivery_not_found`, `delivery_not_dead`.
 */
export async function retryDelivery(tx: Tx, agent: Agent, id: string): Promise<{ runId: string }> {
  const found = decodeId("dlv", id) === undefined ? undefined : await selectDelivery(tx.db, agent.id, id);
  if (found === undefined) throw deliveryMissing({});
  if (found.state !== "dead") throw deliveryNotDead({ state: found.state });
  const { run, prompt } = found;
  const [queued] = await queueRuns(tx, [
    {
      agentId: agent.id,
      channelId: run.channelId,
      trigger: { ...run.trigger, key: `api:${id}` },
      threadRoot: run.threadRoot,
      ...(prompt !== null && { prompt }),
      // It stands where the run stood that it is asked again for.
      ...(run.hop > 0 && {
        cause: { runId: run.runId, causationId: run.causationId, hop: run.hop - 1 },
      }),
    },
  ]);
  if (queued === undefined) throw deliveryNotDead({ state: "retried" });
  await markRetried(tx, id);
  await audit(tx, {
    action: "agent_webhook.delivery_retried",
    resourceKind: "agent",
    resourceId: encodeId("ag", agent.id),
    microdaoId: agent.microdaoId,
    teamId: agent.teamId,
    data: { delivery_id: id, run_id: queued.runId },
  });
  return { runId: queued.runId };
}
