import type { DbClient } from "../../db/index.ts";
import { selectChannelRights } from "./channel-rights-store.ts";

/**
 * Whether a person's role in the microDAO of a channel, and the microDAO's plan, hold a capability: for those who ask in
 * a room, without a key. Ids are uuids.
 */
export async function roleHolds(
  db: DbClient,
  { userId, channelId, capability }: { userId: string; channelId: string; capability: string },
): Promise<boolean> {
  const row = await selectChannelRights(db, { capability, userId, agentId: null }, channelId);
  return row?.role != null && row.roleAllows && row.planAllows;
}
