import { type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { asObject, objectsOf, path, requireText } from "./answer.ts";
import type { SendRequest } from "./request.ts";

export interface InRoom {
  readonly roomId: string;
  /** The user who acts; the application service's own user when left out. */
  readonly asUser?: string;
}

/** Rooms: who is in them and what state they have. Nothing here joins, invites or retries behind the caller's back. */
export interface RoomVerbs {
  createRoom(options: JsonObject, asUser?: string): Promise<string>;
  /**
   * Joins and gives the room's id. `via` names servers that are in the room; it is needed for rooms of other servers
   * (`server_name` was removed in v1.14).
   */
  joinRoom(join: { roomIdOrAlias: string; via?: readonly string[]; asUser?: string }): Promise<string>;
  leaveRoom(leave: InRoom & { reason?: string }): Promise<void>;
  invite(invite: InRoom & { userId: string; reason?: string }): Promise<void>;
  /** Removes somebody from the room, or denies a knock or an invitation. */
  kick(kick: InRoom & { userId: string; reason?: string }): Promise<void>;
  /** Has the homeserver forget the room for the user, who has to have left it. */
  forgetRoom(room: InRoom): Promise<void>;
  /** The whole current state, as events. */
  roomState(room: InRoom): Promise<readonly JsonObject[]>;
  /** One state event with its sender and time, or undefined when the room has none of that type and key. */
  stateEvent(state: InRoom & { type: string; stateKey: string }): Promise<JsonObject | undefined>;
  /** Sets state and gives the event id. Not idempotent by itself: the same content twice makes one event on Synapse only. */
  sendState(state: InRoom & { type: string; stateKey: string; content: JsonObject }): Promise<string>;
  /** All `m.room.member` events of the room, whatever the membership. */
  members(room: InRoom): Promise<readonly JsonObject[]>;
  /**
   * How `asUser` stands to a room, also one that it is only invited to: `invite`, `join`, `leave`, `ban`, `knock`. Undefined
   * when the homeserver does not say. `via` names servers that are in the room, should ours not be.
   * https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias
   */
  ownMembership(room: {
    roomId: string;
    asUser: string;
    via?: readonly string[];
  }): Promise<string | undefined>;
  joinedRooms(asUser?: string): Promise<readonly string[]>;
  /** The room an alias points to, with servers to join it by; undefined when nobody has it. */
  resolveAlias(alias: string): Promise<{ roomId: string; servers: readonly string[] } | undefined>;
  createAlias(alias: string, roomId: string, asUser?: string): Promise<void>;
  /** Takes an alias away. That there is none is as good. */
  removeAlias(alias: string, asUser?: string): Promise<void>;
  /** The version of rooms that are made without saying which. */
  defaultRoomVersion(): Promise<string>;
}

export function roomVerbs(send: SendRequest, orMissing: OrMissing): RoomVerbs {
  return {
    async createRoom(options, asUser) {
      const reply = await send({
        method: "POST",
        path: "/_matrix/client/v3/createRoom",
        asUser,
        body: options,
        timeoutMs: slowTimeoutMs,
      });
      return requireText(asObject(reply), "room_id");
    },
    async joinRoom({ roomIdOrAlias, via, asUser }) {
      const reply = await send({
        method: "POST",
        path: path`/_matrix/client/v3/join/${roomIdOrAlias}`,
        asUser,
        query: { via: via ?? [] },
        body: {},
        timeoutMs: slowTimeoutMs,
      });
      return requireText(asObject(reply), "room_id");
    },
    async leaveRoom({ roomId, asUser, reason }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/leave`;
      await send({ method: "POST", path: at, asUser, body: reason === undefined ? {} : { reason } });
    },
    async invite({ roomId, asUser, userId, reason }) {
      const body = { user_id: userId, ...(reason !== undefined && { reason }) };
      await send({ method: "POST", path: path`/_matrix/client/v3/rooms/${roomId}/invite`, asUser, body });
    },
    async kick({ roomId, asUser, userId, reason }) {
      const body = { user_id: userId, ...(reason !== undefined && { reason }) };
      await send({ method: "POST", path: path`/_matrix/client/v3/rooms/${roomId}/kick`, asUser, body });
    },
    async forgetRoom({ roomId, asUser }) {
      await send({ method: "POST", path: path`/_matrix/client/v3/rooms/${roomId}/forget`, asUser, body: {} });
    },
    ...stateVerbs(send, orMissing),
    ...directoryVerbs(send, orMissing),
  };
}

/** A join of a room on another server may take that long before the homeserver gives up, a new room on a busy one nearly. */
const slowTimeoutMs = 60_000;

/** The answer, or undefined when the homeserver says that there is no such thing. */
export type OrMissing = (reply: Promise<unknown>) => Promise<unknown>;

function stateVerbs(
  send: SendRequest,
  orMissing: OrMissing,
): Pick<RoomVerbs, "roomState" | "stateEvent" | "sendState" | "members" | "ownMembership"> {
  return {
    async roomState({ roomId, asUser }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/state`;
      return objectsOf(await send({ method: "GET", path: at, asUser }));
    },
    async stateEvent({ roomId, asUser, type, stateKey }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/state/${type}/${stateKey}`;
      const reply = await orMissing(send({ method: "GET", path: at, asUser, query: { format: "event" } }));
      return reply === undefined ? undefined : asObject(reply);
    },
    async sendState({ roomId, asUser, type, stateKey, content }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/state/${type}/${stateKey}`;
      return requireText(
        asObject(await send({ method: "PUT", path: at, asUser, body: content })),
        "event_id",
      );
    },
    async members({ roomId, asUser }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/members`;
      return objectsOf(asObject(await send({ method: "GET", path: at, asUser }))["chunk"]);
    },
    async ownMembership({ roomId, asUser, via = [] }) {
      const at = path`/_matrix/client/v1/room_summary/${roomId}`;
      return stringAt(
        await orMissing(send({ method: "GET", path: at, asUser, query: { via } })),
        "membership",
      );
    },
  };
}

function directoryVerbs(
  send: SendRequest,
  orMissing: OrMissing,
): Pick<RoomVerbs, "joinedRooms" | "resolveAlias" | "createAlias" | "removeAlias" | "defaultRoomVersion"> {
  const directory = (alias: string) => path`/_matrix/client/v3/directory/room/${alias}`;
  return {
    async joinedRooms(asUser) {
      const reply = asObject(await send({ method: "GET", path: "/_matrix/client/v3/joined_rooms", asUser }));
      return textsOf(reply["joined_rooms"]);
    },
    async resolveAlias(alias) {
      const reply = await orMissing(send({ method: "GET", path: directory(alias) }));
      if (reply === undefined) return undefined;
      const found = asObject(reply);
      return { roomId: requireText(found, "room_id"), servers: textsOf(found["servers"]) };
    },
    async createAlias(alias, roomId, asUser) {
      await send({ method: "PUT", path: directory(alias), asUser, body: { room_id: roomId } });
    },
    async removeAlias(alias, asUser) {
      await orMissing(send({ method: "DELETE", path: directory(alias), asUser }));
    },
    async defaultRoomVersion() {
      const reply = await send({ method: "GET", path: "/_matrix/client/v3/capabilities" });
      return stringAt(objectAt(objectAt(reply, "capabilities"), "m.room_versions"), "default") ?? "1";
    },
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
