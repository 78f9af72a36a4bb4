import { isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { type CurrentState, parseLevel, powersOf } from "./describe-room.ts";
import { levelDenial, powerOf, stateLevel } from "./power-rules.ts";
import type { LackingPower, WantedPower } from "./wanted-powers-store.ts";

/** A room as the homeserver shows it. */
export interface RoomToChange {
  /** The event `m.room.create`. */
  readonly create: JsonObject | undefined;
  /** The content of `m.room.power_levels`; null when the room has none. */
  readonly levels: JsonObject | null;
  readonly botId: string;
}

export interface PowerPlan {
  /** The content that the room is to get; null when there is nothing to send. */
  readonly content: JsonObject | null;
  /** What the room says already, or will with that. */
  readonly given: readonly WantedPower[];
  readonly lacking: readonly LackingPower[];
}

/**
 * What of the wanted levels the bot may give in a room, in one event, and what it lacks for the others. Pure. It gives no more
 * than it holds and changes nobody who has as much; creators of rooms of version 12 are never listed: they have all power, and
 * for ever. The homeserver has the last word.
 */
export function planPowers(room: RoomToChange, wanted: readonly WantedPower[]): PowerPlan {
  const powers = powersOf(stateOf(room));
  const takes = stateLevel(room.levels, "m.room.power_levels");
  const has = powerOf(powers, room.botId);
  const isSo = (wish: WantedPower) =>
    powers.creators.includes(wish.userId) ? wish.level >= 100 : powerOf(powers, wish.userId) === wish.level;
  const judge = (wish: WantedPower): string | undefined => {
    const change = { actor: room.botId, target: wish.userId, level: wish.level };
    const denial = levelDenial(powers, change);
    if (denial === "creator_power_fixed") return `${wish.userId} made the room, and keeps all power in it.`;
    if (has < takes) return `${room.botId} has power level ${has}; to change power levels it needs ${takes}.`;
    if (denial === "above_own") return `${room.botId} has power level ${has} and gives no ${wish.level}.`;
    if (denial === undefined) return undefined;
    const theirs = powerOf(powers, wish.userId);
    return `${room.botId} has power level ${has} and cannot change that of ${wish.userId}, which is ${theirs}.`;
  };
  const open = wanted.filter((wish) => !isSo(wish));
  const lacking = open.flatMap((wish) => {
    const reason = judge(wish);
    return reason === undefined ? [] : [{ ...wish, lacking: reason }];
  });
  const possible = open.filter((wish) => judge(wish) === undefined);
  return {
    content: possible.length === 0 ? null : withLevels(room, powers, possible),
    given: [...wanted.filter(isSo), ...possible],
    lacking,
  };
}

function stateOf({ create, levels }: RoomToChange): CurrentState[] {
  const event = (type: string, sender: string, content: JsonObject): CurrentState => {
    return { type, stateKey: "", sender, content, redacted: false };
  };
  return [
    event("m.room.create", stringAt(create, "sender") ?? "", objectAt(create, "content") ?? {}),
    ...(levels === null ? [] : [event("m.room.power_levels", "", levels)]),
  ];
}

/** Whoever has the level of everybody is not listed. Where there were no levels, the implied ones are written out. */
function withLevels(
  { levels }: RoomToChange,
  powers: ReturnType<typeof powersOf>,
  wanted: readonly WantedPower[],
): JsonObject {
  const listed = levels === null ? powers.users : levels["users"];
  const changed = new Map(wanted.map(({ userId, level }) => [userId, level]));
  const others = Object.entries(isObject(listed) ? listed : {}).filter(([userId]) => !changed.has(userId));
  const otherwise = parseLevel(levels?.["users_default"]) ?? 0;
  const own = [...changed].filter(([, level]) => level !== otherwise);
  return { ...levels, users: Object.fromEntries([...others, ...own]) };
}
