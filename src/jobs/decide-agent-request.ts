import type { ReactionPayload } from "../domain/messaging/index.ts";
import { decideByReaction } from "../domain/registry/index.ts";
import type { ReactionDeps } from "./reaction-handler.ts";

/** A person marked a request for an agent with ✅ or ❌; the room sees what came of it. */
export async function decideAgentRequest(
  { database, wakeEgress }: Pick<ReactionDeps, "database" | "wakeEgress">,
  reaction: ReactionPayload,
): Promise<boolean> {
  const concerned = await decideByReaction(database, reaction);
  if (concerned) wakeEgress();
  return concerned;
}
