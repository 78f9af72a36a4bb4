import type { Tx } from "../../db/index.ts";
import { chooseSlug, insertChannel, insertRoom, lockLinkedRoom } from "./rooms-store.ts";

export interface NewChannel {
  /** A room that the bridge has made for it. */
  readonly roomId: string;
  /** uuid */
  readonly microdaoId: string;
  readonly slug: string;
}

const noChannel = "00000000-0000-0000-0000-000000000000";

/**
 * A channel for a room that the bridge has made itself; the room is `joining`, so link it then. Safe to repeat and to run
 * twice at once. Should the slug be taken meanwhile it gets a number. False when the room has a channel already.
 */
export async function foundChannel(tx: Tx, channel: NewChannel): Promise<boolean> {
  const { roomId, microdaoId, slug } = channel;
  if ((await lockLinkedRoom(tx, roomId)) !== undefined) return false;
  const free = await chooseSlug(tx, { microdaoId, wanted: slug, channelId: noChannel });
  const channelId = await insertChannel(tx, { roomId, microdaoId, slug: free, creatorId: null });
  if (channelId === undefined) return false;
  await insertRoom(tx, { roomId, channelId, invitedBy: null });
  return true;
}
