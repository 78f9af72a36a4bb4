import {
  type ClaimedSend,
  claimSends,
  failSend,
  recordOutcome,
  type SendOutcome,
} from "../../domain/messaging/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { deliverSend } from "./deliver-send.ts";
import { defaultLeaseMs, defaultParallel, type EgressDeps } from "./deps.ts";

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
 * Whatever is claimed and not ended when the process dies is claimed again when its lease has run out.
 */
export function openDeliverer(deps: EgressDeps): Deliverer {
  const { parallel = defaultParallel, leaseMs = defaultLeaseMs, database } = deps;
  const lanes = new Set<Promise<void>>();
  const state = { lookAgain: false, moreWaits: false, stopped: false, away: false };
  let looking: Promise<void> | undefined;

  const look = async () => {
    const limit = parallel - lanes.size;
    if (limit <= 0) {
      state.moreWaits = true;
      return;
    }
    const claimed = await claimSends(database.db, { now: database.clock.now(), leaseMs, limit });
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

/** The messages of one lane, until one of them has to wait. */
async function runLane(deps: EgressDeps, first: ClaimedSend, isStopped: () => boolean): Promise<void> {
  const { database, leaseMs = defaultLeaseMs } = deps;
  let send: ClaimedSend | undefined = first;
  while (send !== undefined) {
    const outcome = await deliverSend(deps, send);
    if (outcome.is === "failed") await failSend(database, send, outcome, deps.botUserId);
    else await recordOutcome(database.db, send, database.clock.now(), outcome);
    tell(deps, send, outcome);
    if (outcome.is === "again" || isStopped()) return;
    const lane = { roomId: send.roomId, senderMatrixId: send.senderMatrixId };
    [send] = await claimSends(database.db, { now: database.clock.now(), leaseMs, limit: 1, lane });
  }
}

function tell({ counters, log, database }: EgressDeps, send: ClaimedSend, outcome: SendOutcome): void {
  const { id: sendId, roomId, attempts } = send;
  if (outcome.is === "again") {
    counters.count("send_retries");
    log.debug(
      { sendId, roomId, attempts, code: outcome.code, delayMs: outcome.delayMs },
      "a message is sent again later",
    );
    return;
  }
  if (outcome.is === "moved") return;
  counters.count("sends", 1, { result: outcome.is === "failed" ? "failed" : "sent" });
  if (outcome.is === "failed") {
    log.warn(
      { sendId, roomId, attempts, code: outcome.code, reason: outcome.reason },
      "a message was not delivered",
    );
    return;
  }
  counters.observe("send", (database.clock.now().getTime() - send.createdAt.getTime()) / 1000);
}
