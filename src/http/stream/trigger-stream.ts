import type { ClaimableRun } from "../../domain/agents/index.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { Claimable } from "./claimable.ts";
import type { Ending, Outlet } from "./outlet.ts";
import type { Stream } from "./stream.ts";

export interface TriggerStreamParts {
  readonly claimable: Claimable;
  /** uuid */
  readonly agentId: string;
  readonly outlet: Outlet;
  /** Whether the reader was here before; it is told of all that waits in either case. */
  readonly resumed: boolean;
  readonly heartbeatMs: number;
  /** How long a reader may take no byte. */
  readonly slowMs: number;
}

const slowReader: Ending = {
  code: "slow_reader",
  detail: "You did not read for too long. Connect again: whatever waits then is told anew.",
};

/**
 * Tells a program which runs of its agent wait to be claimed: those that wait when it connects, then each as it becomes
 * claimable, again when it came back. Nothing is kept for readers that are away: what waits is in the database.
 */
export function runTriggerStream(parts: TriggerStreamParts): Stream {
  const { claimable, agentId, outlet, heartbeatMs, slowMs } = parts;
  /** What was told of, and has waited ever since. */
  let told = new Set<string>();
  let why = "reader_left";
  let fullSince: number | undefined;
  const finished = Promise.withResolvers<string>();

  const end = (ending: Ending) => {
    if (outlet.isClosed) return;
    why = ending.code;
    outlet.end(ending);
    stopIfClosed();
  };
  const tell = (runs: readonly ClaimableRun[]) => {
    const waiting = new Set<string>();
    for (const run of runs) {
      const name = `${run.id} ${run.attempts}`;
      if (!told.has(name)) {
        if (outlet.isFull || outlet.isClosed) continue;
        outlet.send({ type: "trigger", id: run.id, data: JSON.stringify(present(run)) });
      }
      waiting.add(name);
    }
    told = waiting;
    cutSlowReader();
  };
  const cutSlowReader = () => {
    fullSince = outlet.isFull ? (fullSince ?? monotonicMs()) : undefined;
    if (fullSince !== undefined && monotonicMs() - fullSince > slowMs) end(slowReader);
  };

  outlet.send({ type: "ready", data: JSON.stringify({ resumed: parts.resumed }) });
  const unfollow = claimable.follow(agentId, tell);
  const beat = setInterval(() => {
    if (!outlet.isFull) outlet.send({ type: "heartbeat", data: "{}" });
  }, heartbeatMs);
  const stopIfClosed = () => {
    if (!outlet.isClosed) return;
    clearInterval(beat);
    unfollow();
    finished.resolve(why);
  };
  outlet.onChange(stopIfClosed);
  stopIfClosed();
  return { done: finished.promise, end, wake: () => undefined, offer: () => undefined };
}

/** Enough to decide whether to claim; what was asked comes with the claim. */
function present(run: ClaimableRun) {
  return {
    runId: run.id,
    attempt: run.attempts + 1,
    kind: run.kind,
    eventId: run.eventId,
    threadRoot: run.threadRoot,
    channelId: encodeId("c", run.channelId),
    roomId: run.roomId,
    asker: run.asker,
  };
}
