import { isObject, type JsonObject } from "../../kernel/json.ts";

/** What the bridge needs to know about a room before it decides what to do with it. */
export interface RoomGlimpse {
  /** `m.space` and the like; null for an ordinary chat room. */
  readonly type: string | null;
  readonly alias: string | null;
  readonly name: string | null;
  readonly encrypted: boolean;
}

/** Reads a room's current state, which anybody with power in it has written: wrong types count as absent. */
export function readRoom(state: readonly JsonObject[]): RoomGlimpse {
  return {
    type: textAt(state, "m.room.create", "type"),
    alias: textAt(state, "m.room.canonical_alias", "alias"),
    name: textAt(state, "m.room.name", "name"),
    encrypted: contentOf(state, "m.room.encryption") !== undefined,
  };
}

function contentOf(state: readonly JsonObject[], type: string): JsonObject | undefined {
  const content = state.find((event) => event["type"] === type && event["state_key"] === "")?.["content"];
  return isObject(content) ? content : undefined;
}

function textAt(state: readonly JsonObject[], type: string, key: string): string | null {
  const value = contentOf(state, type)?.[key];
  return typeof value === "string" && value !== "" ? value : null;
}
