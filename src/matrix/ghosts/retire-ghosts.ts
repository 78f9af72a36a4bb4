import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { type Homeserver, homeserverAway, homeserverRefused, isRefusal } from "../homeserver/index.ts";
import { selectUnretiredGhosts, type UnretiredGhost, updateGhostRetired } from "./ghosts-store.ts";

export interface RetireDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "joinedRooms" | "leaveRoom">;
  readonly log: Log;
}

const batch = 20;
const reason = "This agent has been revoked.";

/**
 * The users of revoked agents leave every room that the homeserver knows them in, and decline their invitations. What was
 * left when the homeserver went away, or the process died, is left in the next round; a user that is seen in a room again
 * leaves again. True when it should be tried again later.
 */
export async function retireGhosts(deps: RetireDeps, hopeless: Set<string>): Promise<boolean> {
  const { db } = deps.database;
  for (const ghost of await selectUnretiredGhosts(db, { except: [...hopeless], limit: batch })) {
    try {
      await leaveAll(deps, ghost);
    } catch (error) {
      if (homeserverAway.is(error) || isRefusal(error, "M_LIMIT_EXCEEDED")) return true;
      hopeless.add(ghost.agentId);
      deps.log.error(
        { agentId: ghost.agentId, reason: messageOf(error) },
        "a revoked agent is still in rooms",
      );
    }
  }
  return false;
}

async function leaveAll({ database, homeserver }: RetireDeps, ghost: UnretiredGhost): Promise<void> {
  const { agentId, matrixId, invitedTo } = ghost;
  const began = database.clock.now();
  const joined = await homeserver.joinedRooms(matrixId);
  for (const roomId of new Set([...joined, ...invitedTo])) {
    try {
      await homeserver.leaveRoom({ roomId, asUser: matrixId, reason });
    } catch (error) {
      // Kicked, banned, or the room is gone: it is not in it.
      const isOut = homeserverRefused.is(error) && [403, 404].includes(error.details.status);
      if (!isOut) throw error;
    }
  }
  // Whatever it was let into meanwhile came later than this.
  await transact(database, bridgeActor, (tx) => updateGhostRetired(tx, agentId, began));
}
