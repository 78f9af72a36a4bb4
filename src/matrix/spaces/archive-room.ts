import {
  type ArchiveRoomPayload,
  findChannelLink,
  findLinkedRoom,
  listAgentsInChannel,
} from "../../domain/messaging/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { objectAt } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import { leaveQuietly } from "../linking/leave-room.ts";
import type { SpacesDeps } from "./deps.ts";

const reason = "This channel was archived. Inviting the bot opens it again.";
/** Members read on; moderators may still say something. */
const closedLevel = 50;

/**
 * Closes the room of a channel that was archived: read-only for members, out of the microDAO's space, without the bot and
 * the agents. Safe to repeat; a room that was opened again meanwhile is left alone. Throws `homeserver_away` and refusals
 * that ask to wait.
 */
export async function handleArchiveRoom(
  deps: SpacesDeps,
  { roomId, channelId }: ArchiveRoomPayload,
): Promise<void> {
  const { db } = deps.database;
  const [room, channel] = [await findLinkedRoom(db, roomId), await findChannelLink(db, channelId)];
  if (room?.status !== "unlinked" || channel?.status !== "archived") return;
  await asFarAsAllowed(deps, () => closeRoom(deps, roomId));
  const spaceId = (await findMicrodao(db, channel.microdaoId))?.matrixSpaceId;
  if (spaceId != null) await asFarAsAllowed(deps, () => takeOutOfSpace(deps, spaceId, roomId));
  for (const asUser of await listAgentsInChannel(db, channelId)) {
    if (asUser !== deps.botUserId) await leaveQuietly(deps, { roomId, asUser, reason });
  }
  await leaveQuietly(deps, { roomId, reason });
}

async function closeRoom({ homeserver, botUserId }: SpacesDeps, roomId: string): Promise<void> {
  const at = { roomId, asUser: botUserId, type: "m.room.power_levels", stateKey: "" };
  const levels = objectAt(await homeserver.stateEvent(at), "content");
  if (levels === undefined || Number(levels["events_default"] ?? 0) >= closedLevel) return;
  // Some kinds of messages may have a level of their own.
  const events = Object.entries(objectAt(levels, "events") ?? {}).filter(
    ([type]) => type !== "m.room.message",
  );
  const content = { ...levels, events: Object.fromEntries(events), events_default: closedLevel };
  await homeserver.sendState({ ...at, content });
}

async function takeOutOfSpace(
  { homeserver, botUserId }: SpacesDeps,
  spaceId: string,
  roomId: string,
): Promise<void> {
  const at = { roomId: spaceId, asUser: botUserId, type: "m.space.child", stateKey: roomId };
  if (objectAt(await homeserver.stateEvent(at), "content")?.["via"] === undefined) return;
  await homeserver.sendState({ ...at, content: {} });
}

/** What the bot may not do is left as it is; it leaves all the same. */
async function asFarAsAllowed({ log }: SpacesDeps, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    log.warn({ errcode: refusal.errcode }, "an archived room could not be closed in every way");
  }
}
