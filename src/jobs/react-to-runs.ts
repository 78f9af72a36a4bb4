import { transact } from "../db/index.ts";
import { askByReaction, cancelByReaction } from "../domain/agents/index.ts";
import { findUserByMatrixId } from "../domain/tenancy/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { encodeId } from "../kernel/ids.ts";
import type { ReactionHandler } from "./reaction-handler.ts";

/** ❌ of whoever asked, on the question or the answer: the agent stops. */
export const cancelReactedRun: ReactionHandler = async ({ database }, reaction) => {
  const cancelled = await transact(database, bridgeActor, async (tx) => {
    const user = await findUserByMatrixId(tx.db, reaction.sender);
    if (user === undefined) return 0;
    return cancelByReaction({ ...tx, actor: { id: encodeId("u", user.id), kind: "user" } }, reaction);
  });
  return cancelled > 0;
};

/** A reaction that a channel's settings name asks agents about the message that it is on. */
export const askReactedAgents: ReactionHandler = ({ database, runPolicy }, reaction) =>
  transact(database, bridgeActor, (tx) => askByReaction(tx, reaction, runPolicy));
