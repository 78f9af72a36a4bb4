import type { RoomShown } from "../../domain/messaging/index.ts";
import { at, isObject, objectAt, stringAt } from "../../kernel/json.ts";
import { isIdentifier, type RawEvent } from "./event-shape.ts";

const longestType = 255;

/**
 * What an invitation shows of the room: its create event is in `unsigned.invite_room_state` since v1.16. The inviter's
 * server wrote it, so it may say anything; it only ever makes us decline, or look more closely.
 */
export function roomShownBy({ unsigned }: RawEvent): RoomShown | undefined {
  const state = at(unsigned, "invite_room_state");
  const events = Array.isArray(state) ? state.filter(isObject) : [];
  const create = events.find((event) => event["type"] === "m.room.create" && event["state_key"] === "");
  const content = objectAt(create, "content");
  if (content === undefined) return undefined;
  const type = stringAt(content, "type");
  const predecessor = stringAt(objectAt(content, "predecessor"), "room_id");
  return {
    type: type === undefined || type === "" ? null : type.slice(0, longestType).toWellFormed(),
    predecessor: isIdentifier(predecessor) ? predecessor : null,
  };
}
