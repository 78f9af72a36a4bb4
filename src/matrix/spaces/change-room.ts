import { isDeepStrictEqual } from "node:util";
import { transact } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import type { RoomChange } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import type { SpacesDeps } from "./deps.ts";
import { creatorsStandAbove, joinRulesOf } from "./room-content.ts";

type ChangeDeps = Pick<SpacesDeps, "database" | "homeserver" | "botUserId" | "log">;

/**
 * Brings a room's state to what was asked for. It looks first and sends nothing that is so already, so it is safe to repeat
 * and answers no echo of its own. What the homeserver refuses is in the audit log. Throws `homeserver_away`.
 */
export async function handleChangeRoom(deps: ChangeDeps, change: RoomChange): Promise<void> {
  const { roomId, spaceId, name, topic, visibility, power } = change;
  try {
    if (name !== undefined) await ensureState(deps, roomId, "m.room.name", () => ({ name }));
    if (topic !== undefined) await ensureState(deps, roomId, "m.room.topic", () => ({ topic }));
    if (visibility !== undefined) {
      await ensureState(deps, roomId, "m.room.join_rules", () => joinRulesOf({ visibility, spaceId }));
    }
    if (power !== undefined) await ensurePower(deps, roomId, power);
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    const { errcode, reason } = refusal;
    deps.log.warn({ roomId, errcode }, "a room could not be changed as it was asked for");
    await transact(deps.database, bridgeActor, (tx) =>
      audit(tx, {
        action: "channel.change_failed",
        resourceKind: "room",
        resourceId: roomId,
        data: { errcode, reason, visibility, power },
      }),
    );
  }
}

/** Sends a state event unless the room has it. `next` makes its content from the present one. */
async function ensureState(
  { homeserver, botUserId }: ChangeDeps,
  roomId: string,
  type: string,
  next: (content: JsonObject) => JsonObject,
): Promise<void> {
  const at = { roomId, asUser: botUserId, type, stateKey: "" };
  const content = (await homeserver.stateEvent(at))?.["content"];
  const present = isObject(content) ? content : {};
  const wanted = next(present);
  if (!isDeepStrictEqual(present, wanted)) await homeserver.sendState({ ...at, content: wanted });
}

/** From version 12 on a power level of a creator is refused, whoever sends it. */
async function ensurePower(
  deps: ChangeDeps,
  roomId: string,
  { userId, level }: { userId: string; level: number },
): Promise<void> {
  const create = await deps.homeserver.stateEvent({
    roomId,
    asUser: deps.botUserId,
    type: "m.room.create",
    stateKey: "",
  });
  const content = objectAt(create, "content");
  const more = content?.["additional_creators"];
  const creators = [create?.["sender"], ...(Array.isArray(more) ? (more as unknown[]) : [])];
  const above = creatorsStandAbove(stringAt(content, "room_version") ?? "1");
  if (above && creators.includes(userId)) return;
  await ensureState(deps, roomId, "m.room.power_levels", (present) => ({
    ...present,
    users: withLevel(objectAt(present, "users") ?? {}, userId, {
      level,
      otherwise: present["users_default"] ?? 0,
    }),
  }));
}

/** Whoever has the level of everybody is not listed. */
function withLevel(
  users: JsonObject,
  userId: string,
  { level, otherwise }: { level: number; otherwise: unknown },
): JsonObject {
  const others = Object.fromEntries(Object.entries(users).filter(([listed]) => listed !== userId));
  return level === otherwise ? others : { ...others, [userId]: level };
}
