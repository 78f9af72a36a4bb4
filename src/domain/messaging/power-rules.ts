import { at, type JsonObject } from "../../kernel/json.ts";
import { parseLevel } from "./describe-room.ts";
import type { RoomPower } from "./room-power-store.ts";

/**
 * What power levels allow. Pure. Source: client-server API, `m.room.power_levels`, and the authorisation rules of room
 * versions 11 and 12. The homeserver has the last word.
 */

type Powers = Pick<RoomPower, "creators" | "users" | "usersDefault">;

/** The level of a user; creators of rooms of version 12 and later stand above all levels. */
export function powerOf({ creators, users, usersDefault }: Powers, userId: string): number {
  if (creators.includes(userId)) return Number.POSITIVE_INFINITY;
  return (Object.hasOwn(users, userId) ? users[userId] : undefined) ?? usersDefault;
}

/** The level that a state event of this type takes. A room without power levels lets everybody; one with them, 50. */
export function stateLevel(levels: JsonObject | null, type: string): number {
  if (levels === null) return 0;
  return parseLevel(at(levels["events"], type)) ?? parseLevel(levels["state_default"]) ?? 50;
}

export interface LevelChange {
  /** Who wants to change it. */
  readonly actor: string;
  readonly target: string;
  readonly level: number;
}

export type LevelDenial = "creator_power_fixed" | "above_own" | "not_below_own";

/**
 * Why somebody may not give somebody this level; undefined when they may. Nobody gives more than they have, and nobody
 * changes the level of others who have as much. A creator's power is for ever.
 */
export function levelDenial(power: Powers, { actor, target, level }: LevelChange): LevelDenial | undefined {
  if (power.creators.includes(target)) return "creator_power_fixed";
  const own = powerOf(power, actor);
  if (level > own) return "above_own";
  return target !== actor && powerOf(power, target) >= own ? "not_below_own" : undefined;
}
