import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../../db/index.ts";
import {
  type ChannelMoved,
  findLinkedRoom,
  moveToSuccessor,
  openUpgrade,
  settleUpgrade,
  type Upgrade,
} from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { homeserverRefused, type Refusal } from "../homeserver/index.ts";
import type { LinkingDeps } from "../linking/deps.ts";
import { leaveQuietly } from "../linking/leave-room.ts";
import { handleLinkRoom } from "../linking/link-room.ts";
import { readRoom } from "../linking/read-room.ts";
import { upgradeNotReady } from "./errors.ts";
import type { FollowUpgradePayload } from "./jobs.ts";

const linkingMs = 5_000;
const lookMs = 100;

/** What became of it. */
export type FollowOutcome =
  | { readonly is: "followed"; readonly channelId: string }
  | { readonly is: "settled" }
  | { readonly is: "waiting"; readonly refusal: Refusal }
  | { readonly is: "ignored"; readonly reason: string };

/**
 * Follows a tombstone: joins the room that it points to by way of its sender's server (ids of rooms of version 12 name
 * none), looks whether that room points back, moves the channel there, and then links the room as any other. The homeserver
 * pushes nothing of a room before somebody of ours is in it, so the join comes first; what happens between the join and the
 * move is read as history. Safe to run twice, at the same time too, and to be killed at any line.
 * https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
 * Throws `upgrade_not_ready`, `homeserver_away`, or a refusal that asks to wait, when it should be tried again.
 */
export async function handleFollowUpgrade(
  deps: LinkingDeps,
  { roomId, successorRoomId }: FollowUpgradePayload,
): Promise<FollowOutcome> {
  const upgrade = await findUpgradeToFollow(deps.database, roomId, successorRoomId);
  if (upgrade === undefined) return { is: "settled" };
  if ((await findLinkedRoom(deps.database.db, successorRoomId)) !== undefined) return move(deps, upgrade, []);
  const via = [upgrade.sender.slice(upgrade.sender.indexOf(":") + 1)];
  const refusal = await join(deps, successorRoomId, via);
  if (refusal !== undefined) return wait(deps, upgrade, refusal);
  const state = await deps.homeserver.roomState({ roomId: successorRoomId, asUser: deps.botUserId });
  const fault = faultOf(state, roomId);
  if (fault !== undefined) return ignore(deps, upgrade, fault);
  const moved = await move(deps, upgrade, state);
  if (moved.is !== "followed") return moved;
  deps.wakeEgress();
  await handleLinkRoom(deps, { roomId: successorRoomId, inviter: null, via });
  return moved;
}

/** In a chain of upgrades the tombstone of each room is found while that room is being linked. */
async function findUpgradeToFollow(
  database: Database,
  roomId: string,
  successorRoomId: string,
): Promise<Upgrade | undefined> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const upgrade = await transact(database, bridgeActor, (tx) => openUpgrade(tx, roomId, successorRoomId));
    const room = await findLinkedRoom(database.db, roomId);
    if (upgrade === undefined || room?.status !== "joining") return upgrade;
    if (waitedMs >= linkingMs) throw upgradeNotReady({ roomId });
    await sleep(lookMs);
  }
}

async function join(
  { homeserver, botUserId }: LinkingDeps,
  roomId: string,
  via: readonly string[],
): Promise<Refusal | undefined> {
  try {
    await homeserver.joinRoom({ roomIdOrAlias: roomId, via, asUser: botUserId });
    return undefined;
  } catch (error) {
    if (homeserverRefused.is(error) && [400, 403, 404].includes(error.details.status)) return error.details;
    throw error;
  }
}

/**
 * Why the room is no successor. Anybody with power in the old room can point anywhere; only the creator of the new one
 * can have it point back, and only both together are an upgrade.
 */
function faultOf(state: readonly JsonObject[], roomId: string): string | undefined {
  const create = state.find((event) => event["type"] === "m.room.create" && event["state_key"] === "");
  const content = isObject(create?.["content"]) ? create["content"] : {};
  const predecessor = isObject(content["predecessor"]) ? content["predecessor"] : {};
  if (predecessor["room_id"] !== roomId) return "the new room does not say that it replaces this one";
  const { type } = readRoom(state);
  return type === null ? undefined : "the new room is no chat room";
}

async function move(
  deps: LinkingDeps,
  upgrade: Upgrade,
  state: readonly JsonObject[],
): Promise<FollowOutcome> {
  const { roomId, successorRoomId } = upgrade;
  const present = state.flatMap((event) =>
    event["type"] === "m.room.member" && typeof event["state_key"] === "string" ? [event["state_key"]] : [],
  );
  const { encrypted } = readRoom(state);
  const moved: ChannelMoved = await transact(deps.database, bridgeActor, (tx) =>
    moveToSuccessor(tx, { upgrade, encrypted, present }),
  );
  if (moved.is === "ignored") warnIgnored(deps, upgrade, moved.reason);
  if (moved.is !== "moved") return moved;
  deps.log.info({ roomId, successorRoomId, channelId: moved.channelId }, "the channel moved to the new room");
  return { is: "followed", channelId: moved.channelId };
}

/** The bot may not join yet. The invitation that lets it in is answered by following the tombstone. */
async function wait(deps: LinkingDeps, upgrade: Upgrade, refusal: Refusal): Promise<FollowOutcome> {
  const { roomId, successorRoomId } = upgrade;
  const reason = `${refusal.errcode}: ${refusal.reason}`;
  const isNews = await transact(deps.database, bridgeActor, (tx) =>
    settleUpgrade(tx, upgrade, { status: "waiting", reason }),
  );
  if (isNews) {
    const { errcode } = refusal;
    deps.log.warn(
      { roomId, successorRoomId, errcode },
      "the room was replaced by one that the bot may not join; invite it there",
    );
  }
  return { is: "waiting", refusal };
}

async function ignore(deps: LinkingDeps, upgrade: Upgrade, reason: string): Promise<FollowOutcome> {
  const isNews = await transact(deps.database, bridgeActor, (tx) =>
    settleUpgrade(tx, upgrade, { status: "ignored", reason }),
  );
  if (isNews) warnIgnored(deps, upgrade, reason);
  await leaveQuietly(deps, {
    roomId: upgrade.successorRoomId,
    reason: "This room replaces none that is mirrored.",
  });
  return { is: "ignored", reason };
}

function warnIgnored({ log }: LinkingDeps, { roomId, successorRoomId }: Upgrade, reason: string): void {
  log.warn({ roomId, successorRoomId, reason }, "a tombstone is ignored");
}
