import { type Database, onWake } from "../../db/index.ts";
import { type ClaimableRun, findClaimable, runsBell } from "../../domain/agents/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";

/** What could be claimed, looked at once for all who wait for it in this process. */
export interface Claimable {
  /** Tells of an agent (uuid) what could be claimed: soon, and whenever it is looked at again. Gives what ends that. */
  follow(agentId: string, listener: (runs: readonly ClaimableRun[]) => void): () => void;
}

/** For retries, leases that run out, and what other processes queue. */
const pollMs = 1_000;
/** Runs come in bursts, and one look is enough for all of them. */
const soonMs = 5;

export function openClaimable({ database, log }: { database: Database; log: Log }): Claimable {
  const followers = new Map<string, Set<(runs: readonly ClaimableRun[]) => void>>();
  let timer: NodeJS.Timeout | undefined;
  let endListening: (() => void) | undefined;
  let isLooking = false;
  const woken = { again: false };
  const nextMs = () => (woken.again ? soonMs : pollMs);

  const lookIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ms).unref();
  };
  const wake = () => {
    if (isLooking) woken.again = true;
    else lookIn(soonMs);
  };
  const look = async () => {
    isLooking = true;
    woken.again = false;
    try {
      const agentIds = [...followers.keys()];
      const found = await findClaimable(database.db, agentIds, database.clock.now());
      const ofAgent = Map.groupBy(found, ({ agentId }) => agentId);
      for (const [agentId, listeners] of followers) {
        for (const listener of listeners) listener(ofAgent.get(agentId) ?? []);
      }
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "it could not be looked at which runs wait for programs");
    } finally {
      isLooking = false;
      if (followers.size > 0) lookIn(nextMs());
    }
  };

  return {
    follow(agentId, listener) {
      const listeners = followers.get(agentId) ?? new Set();
      followers.set(agentId, listeners.add(listener));
      endListening ??= onWake(database, runsBell, wake);
      wake();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) followers.delete(agentId);
        if (followers.size > 0) return;
        clearTimeout(timer);
        endListening?.();
        endListening = undefined;
      };
    },
  };
}
