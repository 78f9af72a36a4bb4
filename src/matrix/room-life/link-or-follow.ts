import { findOpenUpgradeTo } from "../../domain/messaging/index.ts";
import type { LinkingDeps } from "../linking/deps.ts";
import { handleLinkRoom, type LinkOutcome, type RoomToLink } from "../linking/link-room.ts";
import { handleFollowUpgrade } from "./follow-upgrade.ts";

/**
 * The bot was invited, or an operator links a room: a room that replaces a mirrored one goes on with its channel, any
 * other is linked. Clients invite everybody to the new room of an upgrade, the bot too, so this is the ordinary way.
 */
export async function handleInvitation(deps: LinkingDeps, room: RoomToLink): Promise<LinkOutcome> {
  const upgrade = await findOpenUpgradeTo(deps.database.db, room.roomId);
  if (upgrade !== undefined) {
    const followed = await handleFollowUpgrade(deps, upgrade);
    if (followed.is === "followed") return { is: "already-linked", channelId: followed.channelId };
    if (followed.is === "waiting") return { is: "not-joined", reason: followed.reason };
  }
  return handleLinkRoom(deps, room);
}
