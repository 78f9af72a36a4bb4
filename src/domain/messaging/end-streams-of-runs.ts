import type { Tx } from "../../db/index.ts";
import { finishStream } from "./finish-stream.ts";
import { selectOpenOfRuns } from "./streams-store.ts";

/**
 * Runs have ended, and what was still being said for them ends with them: nobody is left who would go on with it. `whole` is
 * the uuid of the message that answers: what has come of that is all of it. Half of another one does not stay as if it were
 * whole. Safe to repeat.
 */
export async function endStreamsOfRuns(
  tx: Tx,
  runIds: readonly string[],
  { ending, whole }: { readonly ending: "failed" | "cancelled"; readonly whole?: string | undefined },
): Promise<void> {
  for (const sendId of await selectOpenOfRuns(tx.db, runIds)) {
    await finishStream(tx, { sendId, ending: sendId === whole ? "complete" : ending });
  }
}
