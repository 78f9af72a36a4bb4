import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { changeMicrodaoRole, findMatrixIdOf, type MicrodaoRoleChange } from "../tenancy/index.ts";
import { changeRoomJob } from "./jobs.ts";
import { levelDenial, powerOf, stateLevel } from "./power-rules.ts";
import { type RoomPower, selectRoomPowersOf } from "./room-power-store.ts";

const levelOfMicrodaoRole = { owner: 100, admin: 50, member: 0, guest: 0 } as const;

/** What became of a change of role. */
export interface GivenRole {
  readonly before: MicrodaoRoleChange["role"];
  /** Rooms whose power levels are changed after the commit. */
  readonly rooms: number;
  /** Rooms of the person in which the bot may not change them. */
  readonly beyondBot: number;
}

/**
 * Gives somebody a role in a microDAO, or none. The power levels follow after the commit, in the rooms of its channels that
 * the person is in and as far as the bot may: who leads the microDAO leads there. Its space is Matrix's own affair.
 * Throws what `changeMicrodaoRole` throws.
 */
export async function giveMicrodaoRole(tx: Tx, change: MicrodaoRoleChange): Promise<GivenRole> {
  const before = await changeMicrodaoRole(tx, change);
  const target = await findMatrixIdOf(tx.db, change.userId);
  const level = change.role === null ? 0 : levelOfMicrodaoRole[change.role];
  const wasLevel = before === null ? 0 : levelOfMicrodaoRole[before];
  if (target === undefined || level === wasLevel) return { before, rooms: 0, beyondBot: 0 };
  const powers = await selectRoomPowersOf(tx.db, change.microdaoId, change.userId);
  const different = powers.filter((power) => powerOf(power, target) !== level);
  const within = different.filter((power) => botMay(power, target, level));
  for (const { roomId, spaceId } of within)
    tx.enqueue(changeRoomJob, { roomId, spaceId, power: { userId: target, level } });
  return { before, rooms: within.length, beyondBot: different.length - within.length };
}

function botMay(power: RoomPower, target: string, level: number): boolean {
  const { botId } = power;
  if (botId === null) throw bug("the bridge's own agent has no Matrix user");
  if (powerOf(power, botId) < stateLevel(power.levels, "m.room.power_levels")) return false;
  return levelDenial(power, { actor: botId, target, level }) === undefined;
}
