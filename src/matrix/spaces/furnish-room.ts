import { at, type JsonObject } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import type { SpacesDeps } from "./deps.ts";
import { type NewRoom, stateOf, type WantedState } from "./room-content.ts";

export interface Furnishing {
  readonly room: NewRoom;
  readonly roomId: string;
  /** Matrix ids. */
  readonly invite: readonly string[];
}

/**
 * What a new room needs once it is there: whatever a homeserver that died in the middle of making it has left out, its place
 * in the microDAO's space, and the invitations. It looks first and acts on what is missing, so it is safe to repeat. Gives,
 * in words for people, what the bot may not do.
 */
export async function furnishRoom(
  deps: SpacesDeps,
  { room, roomId, invite }: Furnishing,
): Promise<string | undefined> {
  const { homeserver, botUserId } = deps;
  const state = await homeserver.roomState({ roomId, asUser: botUserId });
  for (const wanted of [...stateOf(room, deps), ...describing(room)]) {
    if (!has(state, wanted)) await homeserver.sendState({ roomId, asUser: botUserId, ...wanted });
  }
  const lacking =
    room.isSpace || room.spaceId === null ? undefined : await putIntoSpace(deps, room.spaceId, roomId);
  for (const userId of invite) if (!isAsked(state, userId)) await inviteQuietly(deps, roomId, userId);
  return lacking;
}

function describing({ name, topic }: NewRoom): WantedState[] {
  return [
    { type: "m.room.name", stateKey: "", content: { name } },
    ...(topic === null ? [] : [{ type: "m.room.topic", stateKey: "", content: { topic } }]),
  ];
}

function has(state: readonly JsonObject[], { type, stateKey }: WantedState): boolean {
  return state.some((event) => event["type"] === type && event["state_key"] === stateKey);
}

/** Whoever was invited once is not invited again: they may have said no. */
function isAsked(state: readonly JsonObject[], userId: string): boolean {
  return has(state, { type: "m.room.member", stateKey: userId, content: {} });
}

/** The space may be somebody else's, in which the bot has no power: the room is there all the same. */
async function putIntoSpace(deps: SpacesDeps, spaceId: string, roomId: string): Promise<string | undefined> {
  const { homeserver, botUserId, serverName } = deps;
  const place = { roomId: spaceId, asUser: botUserId, type: "m.space.child", stateKey: roomId };
  try {
    const known = await homeserver.stateEvent(place);
    if (Array.isArray(at(known?.["content"], "via"))) return undefined;
    await homeserver.sendState({ ...place, content: { via: [serverName] } });
    return undefined;
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    deps.log.warn({ spaceId, roomId, errcode: refusal.errcode }, "the bot may not add a room to the space");
    return `The room is not in the space ${spaceId}: ${botUserId} may not add rooms there. Give it the power level for m.space.child.`;
  }
}

/** People who cannot be invited are no reason to keep the others waiting. */
async function inviteQuietly(
  { homeserver, botUserId, log }: SpacesDeps,
  roomId: string,
  userId: string,
): Promise<void> {
  try {
    await homeserver.invite({ roomId, asUser: botUserId, userId });
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    log.warn({ roomId, userId, errcode: refusal.errcode }, "somebody could not be invited to a new room");
  }
}
