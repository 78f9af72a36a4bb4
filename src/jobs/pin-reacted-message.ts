import { type Database, transact } from "../db/index.ts";
import { memberPower, pinMessage, type ReactionPayload } from "../domain/messaging/index.ts";
import { findUserByMatrixId } from "../domain/tenancy/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { encodeId } from "../kernel/ids.ts";

/** A person who is in the room marked a message with 📌: it becomes a follow-up, theirs. */
export async function pinReactedMessage(
  { database }: { readonly database: Database },
  { roomId, reactionEventId, sender }: ReactionPayload,
): Promise<boolean> {
  const followup = await transact(database, bridgeActor, async (tx) => {
    const user = await findUserByMatrixId(tx.db, sender);
    if (user === undefined || !(await memberPower(tx.db, roomId, sender)).joined) return undefined;
    const reactor = { id: encodeId("u", user.id), kind: "user" as const };
    return pinMessage(tx, { roomId, reactionEventId, reactor });
  });
  return followup !== undefined;
}
