import { at } from "../../kernel/json.ts";
import { type Homeserver, homeserverRefused } from "../homeserver/index.ts";
import { madeForKey, type NewRoom, type RoomMaker } from "./room-content.ts";

export interface FindRoomDeps extends RoomMaker {
  readonly homeserver: Pick<Homeserver, "resolveAlias" | "stateEvent">;
}

/**
 * `made`: the room is there. `none`: there is none yet. `half-made`: the homeserver has made its alias and either is still
 * at the rest or has died before it. `taken`: the alias belongs to another room.
 */
export type FoundRoom =
  | { readonly is: "made" | "half-made" | "taken"; readonly roomId: string }
  | { readonly is: "none" };

export function aliasOf(
  { serverName }: RoomMaker,
  { aliasLocalpart }: Pick<NewRoom, "aliasLocalpart">,
): string {
  return `#${aliasLocalpart}:${serverName}`;
}

/**
 * Whether a room that was asked for is there. Its alias is in our namespace and belongs to one room, and the create event of
 * that room says what it was made for: so a room whose making got no answer is found. Throws `homeserver_away`, refusals.
 */
export async function findMadeRoom(
  deps: FindRoomDeps,
  room: Pick<NewRoom, "aliasLocalpart" | "madeFor">,
): Promise<FoundRoom> {
  const roomId = (await deps.homeserver.resolveAlias(aliasOf(deps, room)))?.roomId;
  if (roomId === undefined) return { is: "none" };
  try {
    const asked = { roomId, asUser: deps.botUserId, type: "m.room.create", stateKey: "" };
    const create = await deps.homeserver.stateEvent(asked);
    if (create === undefined) return { is: "half-made", roomId };
    return { is: at(create["content"], madeForKey) === room.madeFor ? "made" : "taken", roomId };
  } catch (error) {
    // The bot is not in it: nobody is, yet.
    if (homeserverRefused.is(error) && error.details.status === 403) return { is: "half-made", roomId };
    throw error;
  }
}
