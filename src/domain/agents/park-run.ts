import type { Tx } from "../../db/index.ts";
import { runsBell } from "./bells.ts";
import type { HeldRun } from "./run-types.ts";
import { updateDue, updateParked } from "./runs-store.ts";

/** Lets go of a run that waits for a person. It is due again when somebody says so (`resumeRun`), or at this moment. */
export async function parkRun(tx: Tx, run: HeldRun & { readonly until: Date }): Promise<void> {
  await updateParked(tx, run);
  // Others of the agent may begin.
  tx.wake(runsBell);
}

/** What a run waited for has come. Safe to repeat. */
export async function resumeRun(tx: Tx, runId: string): Promise<void> {
  await updateDue(tx, runId);
  tx.wake(runsBell);
}
