import type { ReactionPayload } from "../domain/messaging/index.ts";
import { decideAgentRequest } from "./decide-agent-request.ts";
import { decideToolCall } from "./decide-tool-call.ts";
import { pinReactedMessage } from "./pin-reacted-message.ts";
import { askReactedAgents, cancelReactedRun } from "./react-to-runs.ts";
import type { ReactionDeps, ReactionHandler } from "./reaction-handler.ts";

/** Who is asked about which key, in this order. */
const handlers: ReadonlyMap<string, readonly ReactionHandler[]> = new Map([
  ["📌", [pinReactedMessage]],
  ["✅", [decideAgentRequest, decideToolCall]],
  ["❌", [decideAgentRequest, decideToolCall, cancelReactedRun]],
]);

/** Who is asked about every key, after those. */
const others: readonly ReactionHandler[] = [askReactedAgents];

/** Asks those who care for a reaction's key, until one of them is concerned. */
export async function handleReaction(deps: ReactionDeps, reaction: ReactionPayload): Promise<void> {
  for (const handle of [...(handlers.get(reaction.key) ?? []), ...others]) {
    if (await handle(deps, reaction)) return;
  }
}
