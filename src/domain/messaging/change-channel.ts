import type { DbClient, Tx } from "../../db/index.ts";
import { bug, declareError } from "../../kernel/errors.ts";
import { botLacksPower } from "./answer-knock.ts";
import { changeRoomJob, type RoomChange } from "./jobs.ts";
import type { Visibility } from "./new-rooms-store.ts";
import { channelNotLinked } from "./post-errors.ts";
import { type LevelChange, type LevelDenial, levelDenial, powerOf, stateLevel } from "./power-rules.ts";
import { type RoomPower, selectPersonInChannel, selectRoomPower } from "./room-power-store.ts";
import { wantPower } from "./wanted-powers.ts";

export const spaceMissing = declareError<{ field: "visibility" }>(
  "microdao_has_no_space",
  "conflict",
  () => "The microDAO has no space, so there is nobody whom this visibility would let in.",
);
export const channelConfidential = declareError<Record<string, never>>(
  "channel_confidential",
  "conflict",
  () =>
    "A confidential team's channel gets its name and topic in a Matrix client: the bridge stores neither.",
);
export const memberMissing = declareError<Record<string, never>>(
  "member_not_found",
  "missing",
  () => "Nobody with this id is a member of the channel.",
);
export const creatorPowerFixed = declareError<Record<string, never>>(
  "creator_power_fixed",
  "conflict",
  () => "Creators of a room of version 12 have their power for ever.",
);
export const roleTooHigh = declareError<{ reason: string }>(
  "role_too_high",
  "forbidden",
  ({ reason }) => reason,
);

export interface ChannelChange {
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

const typeOf = { name: "m.room.name", topic: "m.room.topic", visibility: "m.room.join_rules" } as const;

/**
 * Asks for a channel's room to be called otherwise, or opened or closed. It is done after the commit, and the channel's
 * columns change when the room tells of it. Throws `channel_not_linked`, `bot_lacks_power`, `microdao_has_no_space`,
 * `channel_confidential`.
 */
export async function changeChannel(tx: Tx, channelId: string, change: ChannelChange): Promise<void> {
  const power = await requireRoom(tx.db, channelId);
  const { name, topic, visibility } = change;
  if (power.confidential && (name ?? topic) !== undefined) throw channelConfidential({});
  if (visibility === "microdao" && power.spaceId === null) throw spaceMissing({ field: "visibility" });
  const wanted = {
    ...(name !== undefined && { name: name.trim() }),
    ...(topic !== undefined && { topic }),
    ...(visibility !== undefined && { visibility }),
  };
  for (const key of Object.keys(wanted) as (keyof typeof typeOf)[]) {
    requireBotPower(power, typeOf[key], `change the ${key}`);
  }
  ask(tx, { roomId: power.roomId, spaceId: power.spaceId, ...wanted });
}

/** Roles that power levels give, and the levels that give them. Clients call them admin, moderator and default. */
export const levelOfRole = { owner: 100, admin: 50, member: 0 } as const;

export type ChannelRole = keyof typeof levelOfRole;

export interface RoleChange {
  /** uuid */
  readonly channelId: string;
  /** uuid of whose role it is. */
  readonly userId: string;
  readonly role: ChannelRole;
  /** The Matrix id of the person or agent who wants it; null for a program, which stands outside of the room. */
  readonly asker: string | null;
}

/**
 * Asks for somebody to get another role in a channel: a power level of its room. It is done after the commit, and the
 * member's row changes when the room tells of it. Neither the bot nor the asker gives what they do not have. Gives the
 * member's Matrix id. Throws `member_not_found`, `channel_not_linked`, `creator_power_fixed`, `role_too_high`,
 * `bot_lacks_power`.
 */
export async function changeRole(tx: Tx, { channelId, userId, role, asker }: RoleChange): Promise<string> {
  const power = await requireRoom(tx.db, channelId);
  const person = await selectPersonInChannel(tx.db, channelId, userId);
  if (person === undefined || person.membership === "ban") throw memberMissing({});
  const target = person.matrixId;
  const level = levelOfRole[role];
  if (asker !== null) {
    const denial = levelDenial(power, { actor: asker, target, level });
    if (denial !== undefined) throw refusalOf(denial);
    requirePower(power, asker);
  }
  requireBotPower(power, "m.room.power_levels", "change power levels");
  requireBotMay(power, { actor: botOf(power), target, level });
  await wantPower(tx, { userId: target, level, roomIds: [power.roomId] });
  return target;
}

function ask(tx: Tx, change: RoomChange): void {
  tx.enqueue(changeRoomJob, change);
}

async function requireRoom(db: DbClient, channelId: string): Promise<RoomPower> {
  const power = await selectRoomPower(db, channelId);
  if (power?.roomStatus !== "joined" || power.channelStatus !== "active") throw channelNotLinked({});
  return power;
}

function requireBotPower(power: RoomPower, type: string, what: string): void {
  const needed = stateLevel(power.levels, type);
  const has = powerOf(power, botOf(power));
  if (has < needed) throw botLacksPower({ what, needed, has });
}

function requireBotMay(power: RoomPower, change: LevelChange): void {
  const denial = levelDenial(power, change);
  if (denial === undefined) return;
  if (denial === "creator_power_fixed") throw creatorPowerFixed({});
  const has = powerOf(power, change.actor);
  if (denial === "above_own") throw botLacksPower({ what: "give this role", needed: change.level, has });
  throw botLacksPower({
    what: "change the role of somebody with as much power as itself",
    needed: powerOf(power, change.target) + 1,
    has,
  });
}

function requirePower(power: RoomPower, asker: string): void {
  if (powerOf(power, asker) < stateLevel(power.levels, "m.room.power_levels")) {
    throw roleTooHigh({ reason: "Your power in this room is not enough to change power levels." });
  }
}

function refusalOf(denial: LevelDenial): Error {
  if (denial === "creator_power_fixed") return creatorPowerFixed({});
  const reason =
    denial === "above_own"
      ? "Nobody gives a role above their own."
      : "Nobody changes the role of somebody who has as much power as they.";
  return roleTooHigh({ reason });
}

function botOf({ botId }: RoomPower): string {
  if (botId === null) throw bug("the bridge's own agent has no Matrix user");
  return botId;
}
