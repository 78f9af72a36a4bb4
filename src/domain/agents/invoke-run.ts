import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { queueRuns } from "./queue-runs.ts";
import { agentNotInChannel, channelSilent } from "./run-errors.ts";
import { defaultPolicy, type RunPolicy } from "./run-policy.ts";
import { type RunView, selectRunByKey } from "./run-views-store.ts";
import { selectPresence } from "./settings-store.ts";

export interface RunToInvoke {
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  /** What it is asked. */
  readonly prompt: string;
  /** The same key is the same run for ever. */
  readonly key: string;
  /** The Matrix event of the thread to answer in. */
  readonly threadRoot?: string | undefined;
}

/**
 * Asks an agent something in a channel by the API. Throws `agent_not_in_channel`, `channel_encrypted`, and `quota_exceeded`
 * of the agent's runs; then nothing of the transaction may be kept. The same key gives the run that it gave before.
 */
export async function invokeRun(
  tx: Tx,
  { agentId, channelId, prompt, key, threadRoot }: RunToInvoke,
  policy: RunPolicy = defaultPolicy,
): Promise<{ readonly run: RunView; readonly repeated: boolean }> {
  const triggerKey = `api:${key}`;
  const earlier = await selectRunByKey(tx.db, agentId, triggerKey);
  if (earlier !== undefined) return { run: earlier, repeated: true };
  await requirePresence(tx, agentId, channelId);
  const trigger = { kind: "api", key: triggerKey, eventId: null, asker: null } as const;
  const queued = await queueRuns(
    tx,
    [{ agentId, channelId, trigger, threadRoot: threadRoot ?? null, prompt }],
    policy,
  );
  if (queued[0]?.refusal !== undefined) throw queued[0].refusal;
  const run = await selectRunByKey(tx.db, agentId, triggerKey);
  if (run === undefined) throw bug("a run that was just queued is not there");
  return { run, repeated: queued.length === 0 };
}

/** Throws `agent_not_in_channel`, `channel_encrypted`. */
export async function requirePresence(tx: Tx, agentId: string, channelId: string): Promise<void> {
  const presence = await selectPresence(tx.db, agentId, channelId);
  if (presence === undefined || !presence.active || !presence.joined) throw agentNotInChannel({});
  if (presence.silent) throw channelSilent({});
}
