import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { deleteOldBudgets } from "./budgets-store.ts";
import type { RunPolicy } from "./run-policy.ts";
import { fireSchedules } from "./schedules.ts";
import { updateQuietSessions } from "./sessions-store.ts";

/** A session is idle when nothing has happened in it for so long. */
const idleMs = 5 * 60_000;
const dayMs = 86_400_000;

/** What time brings: schedules fire, sessions become idle and closed, old budgets go. Safe in several processes at once. */
export async function tendAgents(database: Database, policy: RunPolicy): Promise<void> {
  let fired = 1;
  while (fired > 0) fired = await transact(database, bridgeActor, (tx) => fireSchedules(tx, policy));
  await transact(database, bridgeActor, async (tx) => {
    await updateQuietSessions(tx, idleMs);
    await deleteOldBudgets(tx, new Date(tx.now.getTime() - dayMs));
  });
}
