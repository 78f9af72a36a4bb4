import { isDeepStrictEqual } from "node:util";
import { transact } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import type { RoomChange } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import type { SpacesDeps } from "./deps.ts";
import { joinRulesOf } from "./room-content.ts";

type ChangeDeps = Pick<SpacesDeps, "database" | "homeserver" | "botUserId" | "log">;

/**
 * Brings a room's state to what was asked for. It looks first and sends nothing that is so already, so it is safe to repeat
 * and answers no echo of its own. What the homeserver refuses is in the audit log. Throws `homeserver_away`.
 */
export async function handleChangeRoom(deps: ChangeDeps, change: RoomChange): Promise<void> {
  const { roomId, spaceId, name, topic, visibility } = change;
  try {
    if (name !== undefined) await ensureState(deps, roomId, "m.room.name", () => ({ name }));
    if (topic !== undefined) await ensureState(deps, roomId, "m.room.topic", () => ({ topic }));
    if (visibility !== undefined) {
      await ensureState(deps, roomId, "m.room.join_rules", () => joinRulesOf({ visibility, spaceId }));
    }
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
        data: { errcode, reason, visibility },
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
