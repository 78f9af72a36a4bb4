import type { Tx } from "../../db/index.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import type { RunToQueue } from "./run-types.ts";
import { insertRuns, type NewRunRow } from "./runs-store.ts";

/** What `tx.wake` is given when runs were queued: whoever claims them need not wait to look. */
export const runsBell = "agents.runs";

export interface QueuedRun {
  readonly runId: string;
  /** uuid */
  readonly agentId: string;
  readonly triggerKey: string;
}

/**
 * Asks agents to do something, in the order given: one run for each agent and trigger key, however often that is told.
 * Gives those that are new.
 */
export async function queueRuns(tx: Tx, runs: readonly RunToQueue[]): Promise<QueuedRun[]> {
  if (runs.length === 0) return [];
  const rows = runs.map((run) => rowOf(tx, run));
  const inserted = await insertRuns(tx, rows);
  if (inserted.size > 0) tx.wake(runsBell);
  return rows
    .filter(({ id }) => inserted.has(id))
    .map(({ id, agentId, triggerKey }) => ({ runId: id, agentId, triggerKey }));
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
