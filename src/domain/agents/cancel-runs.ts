import type { Tx } from "../../db/index.ts";
import type { ReactionPayload } from "../messaging/index.ts";
import { endRuns } from "./end-runs.ts";
import { lockOpenRuns, lockRunsAbout } from "./run-views-store.ts";

/** Stops what somebody (a Matrix id) asked for in a channel, or everything there; gives how much that was. */
export async function cancelRunsIn(
  tx: Tx,
  where: { readonly channelId: string; readonly asker: string | null },
): Promise<number> {
  return end(tx, await lockOpenRuns(tx, where), "stopped in the room");
}

/** Whoever asked takes it back with a reaction on the question or on the answer; gives how much that was. */
export async function cancelByReaction(tx: Tx, reaction: ReactionPayload): Promise<number> {
  const { channelId, sender: asker, targetEventId: eventId } = reaction;
  return end(tx, await lockRunsAbout(tx, { channelId, asker, eventId }), "taken back with a reaction");
}

async function end(tx: Tx, runIds: readonly string[], sentence: string): Promise<number> {
  if (runIds.length === 0) return 0;
  const ended = await endRuns(tx, {
    runIds,
    status: "cancelled",
    code: "cancelled",
    sentence,
    by: tx.actor.id,
  });
  return ended.length;
}
