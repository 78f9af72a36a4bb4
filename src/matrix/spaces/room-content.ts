import type { JsonObject } from "../../kernel/json.ts";

/** Who may do what in a room that the bridge makes: Matrix id to power level, the bot left out. */
export type RoomPowers = Readonly<Record<string, number>>;

/** A room that the bridge makes: for a channel, or the space of a microDAO. */
export interface NewRoom {
  /** What the room is made for, `c_…` or `md_…`. It stands in the room's create event, where nobody can change it. */
  readonly madeFor: string;
  /** The part of the alias between `#` and `:`, in our namespace. It makes the room once. */
  readonly aliasLocalpart: string;
  readonly name: string;
  readonly topic: string | null;
  readonly isSpace: boolean;
  readonly visibility: "public" | "private" | "microdao";
  /** The microDAO's space, when there is one. */
  readonly spaceId: string | null;
  readonly roomVersion: string;
  readonly powers: RoomPowers;
}

export interface RoomMaker {
  readonly botUserId: string;
  readonly serverName: string;
}

/** In a create event: what of ours the room was made for. */
export const madeForKey = "org.microdao.made_for";

/** A state event that a room of ours should have. */
export interface WantedState {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

/** The body of `POST /createRoom`. Invitations are not in it: whoever is invited finds a room that is mirrored. */
export function roomContent(room: NewRoom, maker: RoomMaker): JsonObject {
  return {
    room_version: room.roomVersion,
    room_alias_name: room.aliasLocalpart,
    name: room.name,
    ...(room.topic !== null && { topic: room.topic }),
    // Not in the server's public list: being joinable is what was asked for, being advertised is not.
    visibility: "private",
    preset: "private_chat",
    creation_content: { [madeForKey]: room.madeFor, ...(room.isSpace && { type: "m.space" }) },
    initial_state: stateOf(room, maker).map(({ type, stateKey, content }) => ({
      type,
      state_key: stateKey,
      content,
    })),
    power_level_content_override: {
      users: usersOf(room, maker),
      // In a space nobody talks.
      ...(room.isSpace && { events_default: 100 }),
    },
  };
}

/** The state beyond what the homeserver makes by itself. */
export function stateOf(room: NewRoom, { serverName }: RoomMaker): WantedState[] {
  const { spaceId } = room;
  const parent = { via: [serverName], canonical: true };
  return [
    { type: "m.room.join_rules", stateKey: "", content: joinRulesOf(room) },
    { type: "m.room.history_visibility", stateKey: "", content: { history_visibility: "shared" } },
    { type: "m.room.guest_access", stateKey: "", content: { guest_access: "forbidden" } },
    ...(spaceId === null || room.isSpace
      ? []
      : [{ type: "m.space.parent", stateKey: spaceId, content: parent }]),
  ];
}

/** Whoever is in the space may join a `microdao` room; without a space there is nobody to let in, so it is by invitation. */
export function joinRulesOf({ visibility, spaceId }: Pick<NewRoom, "visibility" | "spaceId">): JsonObject {
  if (visibility === "public") return { join_rule: "public" };
  if (visibility === "private" || spaceId === null) return { join_rule: "invite" };
  return { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: spaceId }] };
}

/**
 * The bot made the room: before version 12 it needs a level of its own, from then on a creator stands above all levels and
 * must not be listed (the homeserver refuses it).
 */
function usersOf({ roomVersion, powers }: NewRoom, { botUserId }: RoomMaker): RoomPowers {
  const others = Object.fromEntries(Object.entries(powers).filter(([userId]) => userId !== botUserId));
  return creatorsStandAbove(roomVersion) ? others : { [botUserId]: 100, ...others };
}

/** Room version 12 and later (MSC4289). */
export function creatorsStandAbove(roomVersion: string): boolean {
  return /^\d+$/.test(roomVersion) && Number(roomVersion) >= 12;
}
