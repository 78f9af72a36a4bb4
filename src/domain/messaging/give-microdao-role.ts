import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import {
  changeMicrodaoRole,
  findMatrixIdOf,
  type MicrodaoRoleChange,
  requireMicrodao,
} from "../tenancy/index.ts";
import { levelDenial, powerOf, stateLevel } from "./power-rules.ts";
import { type RoomPower, selectRoomPowersOf } from "./room-power-store.ts";
import { wantPower } from "./wanted-powers.ts";

const levelOfMicrodaoRole = { owner: 100, admin: 50, member: 0, guest: 0 } as const;

/** What became of a change of role. */
export interface GivenRole {
  readonly before: MicrodaoRoleChange["role"];
  /** Rooms whose power levels are changed after the commit. */
  readonly rooms: number;
  /** Rooms of the person in which the bot may not change them. */
  readonly beyondBot: number;
  /** Whether power in the microDAO's space is to follow. What the bot lacks for it shows when it tries. */
  readonly space: boolean;
}

/**
 * Gives somebody a role in a microDAO, or none. The power levels follow after the commit, in its space and in the rooms of its
 * channels that the person is in, as far as the bot may: who leads the microDAO leads there. The other way round there is
 * nothing to follow: power in the space gives no role. Throws what `changeMicrodaoRole` throws.
 */
export async function giveMicrodaoRole(tx: Tx, change: MicrodaoRoleChange): Promise<GivenRole> {
  const before = await changeMicrodaoRole(tx, change);
  const target = await findMatrixIdOf(tx.db, change.userId);
  const level = change.role === null ? 0 : levelOfMicrodaoRole[change.role];
  const wasLevel = before === null ? 0 : levelOfMicrodaoRole[before];
  if (target === undefined || level === wasLevel) return { before, rooms: 0, beyondBot: 0, space: false };
  const powers = await selectRoomPowersOf(tx.db, change.microdaoId, change.userId);
  const different = powers.filter((power) => powerOf(power, target) !== level);
  const within = different.filter((power) => botMay(power, target, level));
  const { matrixSpaceId: spaceId } = await requireMicrodao(tx.db, change.microdaoId);
  const roomIds = [...within.map(({ roomId }) => roomId), ...(spaceId === null ? [] : [spaceId])];
  const wanted = await wantPower(tx, { userId: target, level, roomIds, regularly: change.byOperator });
  return {
    before,
    rooms: within.length,
    beyondBot: different.length - within.length,
    space: spaceId !== null && wanted.includes(spaceId),
  };
}

function botMay(power: RoomPower, target: string, level: number): boolean {
  const { botId } = power;
  if (botId === null) throw bug("the bridge's own agent has no Matrix user");
  if (powerOf(power, botId) < stateLevel(power.levels, "m.room.power_levels")) return false;
  return levelDenial(power, { actor: botId, target, level }) === undefined;
}
