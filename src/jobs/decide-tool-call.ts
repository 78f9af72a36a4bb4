import { transact } from "../db/index.ts";
import { decideCall } from "../domain/runtime/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import type { ReactionHandler } from "./reaction-handler.ts";

/** ✅ and ❌ on a message that asks whether a tool may be used. */
export const decideToolCall: ReactionHandler = ({ database }, { targetEventId, key, sender }) =>
  transact(database, bridgeActor, (tx) =>
    decideCall(tx, { eventId: targetEventId, approved: key === "✅", by: sender }),
  );
