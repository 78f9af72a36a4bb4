import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../db/index.ts";
import { findLinkedRoom, findSend, listRoomsOfChannel } from "../../domain/messaging/index.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import type { LinkingDeps } from "./deps.ts";
import { farewellPending } from "./errors.ts";
import type { LeaveRoomPayload } from "./jobs.ts";

const lookMs = 200;
const looks = 15;
/** Longer than a message waits that was in hand when the process died (its lease). */
const longestWaitMs = 3 * 60_000;

/**
 * Leaves a room or declines its invitation. Not being in it is as good. The homeserver forgets the room for the bot, so
 * that it can remove a room that everybody has left.
 */
export async function leaveQuietly(
  deps: Pick<LinkingDeps, "homeserver" | "botUserId">,
  leave: { roomId: string; reason: string; asUser?: string },
): Promise<void> {
  await unlessRefused(deps.homeserver.leaveRoom({ asUser: deps.botUserId, ...leave }), [403, 404]);
  const { roomId, asUser = deps.botUserId } = leave;
  await unlessRefused(deps.homeserver.forgetRoom({ roomId, asUser }), [400, 403, 404]);
}

async function unlessRefused(request: Promise<void>, statuses: readonly number[]): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!homeserverRefused.is(error) || !statuses.includes(error.details.status)) throw error;
  }
}

/**
 * Leaves a room that was unlinked, after what the bot had to say there was delivered. When that takes minutes it leaves
 * all the same: a bot in a room that it does not mirror is a nuisance. Rooms that were replaced are left with their successor. A room that was linked again meanwhile is kept.
 * Throws `farewell_pending` when it should be tried again.
 */
export async function handleLeaveRoom(
  deps: Pick<LinkingDeps, "database" | "homeserver" | "botUserId">,
  { roomId, sendId }: LeaveRoomPayload,
): Promise<void> {
  if (sendId !== null && !(await isSaidOrLate(deps.database, sendId))) throw farewellPending({ roomId });
  const room = await findLinkedRoom(deps.database.db, roomId);
  if (room?.status !== "unlinked") return;
  const rooms = room.channelId === null ? [room] : await listRoomsOfChannel(deps.database.db, room.channelId);
  for (const gone of rooms.filter(({ status }) => status === "unlinked")) {
    await leaveQuietly(deps, { roomId: gone.roomId, reason: "This room is no longer mirrored." });
  }
}

async function isSaidOrLate({ db, clock }: Database, sendId: string): Promise<boolean> {
  for (let look = 0; look < looks; look += 1) {
    const send = await findSend(db, sendId);
    if (send === undefined || (send.state !== "queued" && send.state !== "sending")) return true;
    if (clock.now().getTime() - send.createdAt.getTime() > longestWaitMs) return true;
    await sleep(lookMs);
  }
  return false;
}
