import { transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { ReconcileDeps } from "./deps.ts";
import { type Claim, renewClaim } from "./ledger-store.ts";

/** A third of the lease. */
const renewMs = 20_000;

/**
 * Does something long while the claim of a room is renewed every now and then. A claim that was lost all the same is not
 * taken back: whoever has it now does the same work, and doing it twice changes nothing.
 */
export async function whileHeld<T>(
  deps: ReconcileDeps,
  claim: Claim,
  work: () => Promise<T>,
  everyMs: number = renewMs,
): Promise<T> {
  const renew = () =>
    transact(deps.database, bridgeActor, (tx) => renewClaim(tx, claim)).catch((error: unknown) => {
      deps.log.warn(
        { roomId: claim.roomId, reason: messageOf(error) },
        "a room's lease could not be renewed",
      );
    });
  const timer = setInterval(() => void renew(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
