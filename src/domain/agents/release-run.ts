import type { Tx } from "../../db/index.ts";
import { runsBell } from "./bells.ts";
import { updateReleased } from "./held-runs-store.ts";
import type { HeldRun } from "./run-types.ts";

/** Gives a run back that was not begun after all: somebody else may take it at once. False when it is not held. */
export async function releaseRun(tx: Tx, held: HeldRun): Promise<boolean> {
  if (!(await updateReleased(tx, held))) return false;
  tx.wake(runsBell);
  return true;
}
