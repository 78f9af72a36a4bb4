import { setTimeout as sleep } from "node:timers/promises";
import { findLinkedRoom } from "../../domain/messaging/index.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import type { LinkingDeps } from "./deps.ts";
import type { LeaveRoomPayload } from "./jobs.ts";
import { isDelivered } from "./say-in-room.ts";

const deliveryMs = 20_000;
const lookMs = 200;

/** Leaves a room or declines its invitation. Not being in it is as good. */
export async function leaveQuietly(
  deps: Pick<LinkingDeps, "homeserver" | "botUserId">,
  leave: { roomId: string; reason: string; asUser?: string },
): Promise<void> {
  try {
    await deps.homeserver.leaveRoom({ asUser: deps.botUserId, ...leave });
  } catch (error) {
    if (homeserverRefused.is(error) && [403, 404].includes(error.details.status)) return;
    throw error;
  }
}

/**
 * Leaves a room that was unlinked, after what the bot had to say there was delivered. When that takes too long it leaves
 * all the same: a bot in a room that it does not mirror is a nuisance. A room that was linked again meanwhile is kept.
 */
export async function handleLeaveRoom(
  deps: Pick<LinkingDeps, "database" | "homeserver" | "botUserId">,
  { roomId, sendId }: LeaveRoomPayload,
): Promise<void> {
  const { db } = deps.database;
  for (let waitedMs = 0; sendId !== null && waitedMs < deliveryMs; waitedMs += lookMs) {
    if (await isDelivered(db, sendId)) break;
    await sleep(lookMs);
  }
  const room = await findLinkedRoom(db, roomId);
  if (room?.status !== "unlinked") return;
  await leaveQuietly(deps, { roomId, reason: "This room is no longer mirrored." });
}
