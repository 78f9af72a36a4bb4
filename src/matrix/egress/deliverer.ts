import { type ClaimedSend, claimSends } from "../../domain/messaging/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { defaultLeaseMs, defaultParallel, type EgressDeps } from "./deps.ts";
import { runLane } from "./run-lane.ts";

export interface Deliverer {
  /** Starts on whatever is due. Returns at once; calls that come while it looks are one. */
  pump(): void;
  /** Settles when nothing that is due is left, or the database cannot be asked. */
  idle(): Promise<void>;
  /** Claims nothing more; settles when what was begun has ended. */
  stop(): Promise<void>;
}

/**
 * Delivers `matrix.sends`. A lane is one sender in one room: its messages go one after the other, the lanes side by side.
 * Whatever is claimed and not ended when the process dies is claimed again when somebody has noticed, or its lease has run out.
 */
export function openDeliverer(deps: EgressDeps): Deliverer {
  const { parallel = defaultParallel, leaseMs = defaultLeaseMs, holder, database } = deps;
  const lanes = new Set<Promise<void>>();
  const state = { lookAgain: false, moreWaits: false, stopped: false, away: false };
  let looking: Promise<void> | undefined;

  const look = async () => {
    const limit = parallel - lanes.size;
    if (limit <= 0) {
      state.moreWaits = true;
      return;
    }
    const claimed = await claimSends(database.db, { now: database.clock.now(), leaseMs, holder, limit });
    state.away = false;
    state.moreWaits = claimed.length === limit;
    for (const send of claimed) startLane(send);
  };
  const pump = () => {
    state.lookAgain = looking !== undefined;
    if (state.stopped || looking !== undefined) return;
    looking = look()
      .catch((error: unknown) => {
        if (!state.away)
          deps.log.warn({ reason: messageOf(error) }, "messages cannot be claimed for delivery");
        state.away = true;
      })
      .finally(() => {
        looking = undefined;
        // Somebody called while it was looking, and what they meant may have come too late for it.
        if (state.lookAgain) pump();
      });
  };
  const startLane = (first: ClaimedSend) => {
    const lane = runLane(deps, first, () => state.stopped)
      .catch((error: unknown) => {
        deps.log.error(
          { sendId: first.id, reason: messageOf(error) },
          "a delivery broke off; its lease will run out",
        );
      })
      .finally(() => {
        lanes.delete(lane);
        if (state.moreWaits) pump();
      });
    lanes.add(lane);
  };
  const idle = async () => {
    while (looking !== undefined || lanes.size > 0) await Promise.all([looking, ...lanes]);
  };
  return {
    pump,
    idle,
    async stop() {
      state.stopped = true;
      await idle();
    },
  };
}
