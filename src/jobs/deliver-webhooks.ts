import { onWake } from "../db/index.ts";
import { runsBell } from "../domain/agents/index.ts";
import { claimDue, type DeliverDeps, deliverOnce, takeUpRuns } from "../domain/endpoints/index.ts";
import { messageOf } from "../kernel/errors.ts";

const pollMs = 1_000;
/** Requests of this process under way at once, to all endpoints. */
const mostParallel = 32;

/**
 * Delivers runs to webhooks: when runs are queued, and every second for retries, for leases that ran out and for what other
 * processes queued. What is under way when the process stops is broken off and sent again.
 */
export function deliverWebhooksRegularly(deps: DeliverDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  const look = async () => {
    // What is on its way goes on before its runs count as lost: the process may have been down for a while.
    await sendDue();
    if ((await takeUpRuns(deps.database)) > 0) await sendDue();
  };
  const sendDue = async () => {
    const limit = mostParallel - underWay.size;
    if (limit <= 0 || stopping.signal.aborted) return;
    for (const held of await claimDue(deps.database, limit)) {
      const delivery = deliverOnce(deps, held, stopping.signal).finally(() => {
        underWay.delete(delivery);
        pump();
      });
      underWay.add(delivery);
    }
  };
  const pump = () => {
    lookAgain = looking !== undefined;
    if (stopping.signal.aborted || looking !== undefined) return;
    looking = look()
      .catch((error: unknown) => {
        deps.log.debug({ reason: messageOf(error) }, "deliveries to webhooks cannot be claimed");
      })
      .finally(() => {
        looking = undefined;
        if (lookAgain) pump();
      });
  };
  const timer = setInterval(pump, pollMs);
  const endListening = onWake(deps.database, runsBell, pump);
  pump();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      endListening();
      await looking;
      await Promise.all(underWay);
      await deps.sender.close();
    },
  };
}
