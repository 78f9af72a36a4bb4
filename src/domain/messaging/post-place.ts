import type { DbClient } from "../../db/index.ts";
import { silenced } from "../governance/index.ts";
import { selectPostPlace } from "./post-context-store.ts";
import { agentNotReady, channelEncrypted, channelNotLinked, postChannelMissing } from "./post-errors.ts";

/** Where an agent speaks, and as whom. */
export interface ReadyPlace {
  readonly roomId: string;
  /** The agent's Matrix id. */
  readonly sender: string;
}

/**
 * Throws `channel_not_found`, `agent_not_ready`, `channel_frozen`, `microdao_frozen`, `channel_not_linked`,
 * `channel_encrypted`. Ids are uuids.
 */
export async function requirePostPlace(
  db: DbClient,
  channelId: string,
  agentId: string,
): Promise<ReadyPlace> {
  const place = await selectPostPlace(db, channelId, agentId);
  if (place === undefined) throw postChannelMissing({});
  if (place.agentStatus !== "active" || place.agentMatrixId === null) throw agentNotReady({});
  if (place.frozen !== null) throw silenced(place.frozen);
  if (place.channelStatus !== "active" || place.roomStatus !== "joined") throw channelNotLinked({});
  if (place.encrypted) throw channelEncrypted({});
  return { roomId: place.roomId, sender: place.agentMatrixId };
}
