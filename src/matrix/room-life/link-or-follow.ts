import {
  findLinkedRoom,
  findOpenUpgradeTo,
  isReplaced,
  type LinkedRoom,
  type Upgrade,
} from "../../domain/messaging/index.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import type { LinkingDeps } from "../linking/deps.ts";
import { leaveQuietly } from "../linking/leave-room.ts";
import { handleLinkRoom, type LinkOutcome, type RoomToLink, refuseRoom } from "../linking/link-room.ts";
import { handleFollowUpgrade } from "./follow-upgrade.ts";

/**
 * The bot was invited, or an operator links a room: a room that replaces a mirrored one goes on with its channel, any
 * other is linked. Clients invite everybody to the new room of an upgrade, the bot too, so this is the ordinary way. An
 * invitation to what is neither chat nor space is declined without a look inside.
 */
export async function handleInvitation(deps: LinkingDeps, room: RoomToLink): Promise<LinkOutcome> {
  const { roomId, shown } = room;
  if (shown !== undefined && shown.type !== null && shown.type !== "m.space") return decline(deps, roomId);
  const upgrade =
    (await findOpenUpgradeTo(deps.database.db, roomId)) ?? (await findMissedUpgrade(deps, room));
  if (upgrade !== undefined) {
    const followed = await handleFollowUpgrade(deps, upgrade);
    if (followed.is === "followed") return { is: "already-linked", channelId: followed.channelId };
    if (followed.is === "waiting") return refuseRoom(deps, room, followed.refusal);
  }
  return handleLinkRoom(deps, room);
}

async function decline(deps: LinkingDeps, roomId: string): Promise<LinkOutcome> {
  const reason = "This is no chat room, so it is not mirrored.";
  await leaveQuietly(deps, { roomId, reason });
  deps.log.info({ roomId }, "an invitation to a room of another type was declined");
  return { is: "not-joined", reason };
}

/**
 * The room says that it replaces one of ours, and no tombstone of that has come: a homeserver that crashed may have lost
 * it. The old room itself is asked.
 */
async function findMissedUpgrade(deps: LinkingDeps, room: RoomToLink): Promise<Upgrade | undefined> {
  const { db } = deps.database;
  const old = await findLinkedRoom(db, room.shown?.predecessor ?? "");
  if (old === undefined || !isAtHome(old)) return undefined;
  if ((await findLinkedRoom(db, room.roomId)) !== undefined) return undefined;
  const tombstone = await readTombstone(deps, old.roomId);
  const content = tombstone?.["content"];
  if (!isObject(content) || content["replacement_room"] !== room.roomId) return undefined;
  await deps.ingest([tombstone], "snapshot");
  return findOpenUpgradeTo(db, room.roomId);
}

/** Whether this is where a channel lives now. */
function isAtHome(room: LinkedRoom): boolean {
  return room.status === "joined" && room.channelId !== null && !isReplaced(room);
}

async function readTombstone(
  { homeserver, botUserId: asUser }: LinkingDeps,
  roomId: string,
): Promise<JsonObject | undefined> {
  try {
    return await homeserver.stateEvent({ roomId, asUser, type: "m.room.tombstone", stateKey: "" });
  } catch (error) {
    if (finalRefusalOf(error) !== undefined) return undefined;
    throw error;
  }
}
