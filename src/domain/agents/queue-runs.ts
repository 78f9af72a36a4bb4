import type { Tx } from "../../db/index.ts";
import type { AppError } from "../../kernel/errors.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import { runsBell } from "./bells.ts";
import { holdBack } from "./hold-back.ts";
import { defaultPolicy, type RunPolicy } from "./run-policy.ts";
import type { RunToQueue } from "./run-types.ts";
import { insertRuns, type NewRunRow } from "./runs-store.ts";

export interface QueuedRun {
  readonly runId: string;
  /** uuid */
  readonly agentId: string;
  readonly triggerKey: string;
  /** Whether it was ended at once, because there are too many. */
  readonly heldBack: boolean;
  /** Why, where the agent's quota of runs is used up. */
  readonly refusal?: AppError | undefined;
}

/**
 * Asks agents to do something, in the order given: one run for each agent and trigger key, however often that is told.
 * Gives those that are new. What would go on for ever is ended at once, as the policy says.
 */
export async function queueRuns(
  tx: Tx,
  runs: readonly RunToQueue[],
  policy: RunPolicy = defaultPolicy,
): Promise<QueuedRun[]> {
  if (runs.length === 0) return [];
  const inserted = await insertRuns(
    tx,
    runs.map((run) => rowOf(tx, run)),
  );
  if (inserted.length === 0) return [];
  const ended = await holdBack(tx, inserted, policy);
  tx.wake(runsBell);
  return inserted.map(({ id, agentId, triggerKey }) => {
    return { runId: id, agentId, triggerKey, heldBack: ended.has(id), refusal: ended.get(id) };
  });
}

function rowOf(tx: Tx, { agentId, channelId, trigger, threadRoot, cause, prompt }: RunToQueue): NewRunRow {
  const { kind, key, eventId, asker } = trigger;
  return {
    id: newId("run", tx.now),
    agentId,
    channelId,
    triggerKind: kind,
    triggerKey: key,
    triggerEventId: eventId,
    asker,
    threadRoot,
    hop: cause === undefined ? 0 : cause.hop + 1,
    causationId: cause?.causationId ?? key,
    input: {
      channel_id: encodeId("c", channelId),
      trigger_event_id: eventId,
      sender: asker,
      ...(prompt !== undefined && { prompt }),
    },
  };
}
