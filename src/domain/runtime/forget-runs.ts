import { type Tx, transact } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { clearPromptsOf, deleteSchedulesBy, endRuns } from "../agents/index.ts";
import { forgetRemembered } from "../memory/index.ts";
import type { AgentTraces } from "../messaging/index.ts";
import { forgetCalls } from "./tool-calls-store.ts";
import { countTraces, selectRunsAbout, selectTalkingRuns } from "./traces-store.ts";

/** Runs of a transaction, and of a search for what is left, which looks at all that the person ever asked. */
const pieceSize = 500;
const foundAtOnce = 20_000;

/**
 * Messages (Matrix event ids) that agents had been asked by were deleted just now: what was asked by them is not answered any more, and what agents
 * remember and noted because of them goes, also where one agent asked another.
 */
export async function forgetWithdrawn(tx: Tx, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await forgetRuns(tx, await selectRunsAbout(tx, eventIds));
}

/** What runs and schedules hold of a person. */
export const agentTraces: AgentTraces = {
  count: countTraces,
  async erase(database, actor, person) {
    // First: one that is just firing has made its run by then.
    await transact(database, actor, (tx) =>
      deleteSchedulesBy(tx, encodeId("u", person.userId), person.until),
    );
    for (;;) {
      const runIds = await selectTalkingRuns(database.db, person, foundAtOnce);
      if (runIds.length === 0) return;
      for (let start = 0; start < runIds.length; start += pieceSize) {
        const piece = runIds.slice(start, start + pieceSize);
        await transact(database, actor, (tx) => forgetRuns(tx, piece));
      }
    }
  },
};

/** The end of the run comes first: what is still at work on it waits for that, and then keeps nothing. */
async function forgetRuns(tx: Tx, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return;
  await endRuns(tx, { runIds, status: "cancelled", code: "question_withdrawn", sentence: null, by: null });
  await clearPromptsOf(tx, runIds);
  await forgetCalls(tx, runIds);
  await forgetRemembered(tx, runIds);
}
