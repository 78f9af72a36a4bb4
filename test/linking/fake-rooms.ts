import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RoomEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly type: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  readonly state_key?: string;
  readonly content: Record<string, unknown>;
}

export interface NewRoom {
  readonly roomId: string;
  readonly creator: string;
  readonly name?: string;
  readonly alias?: string;
  readonly type?: string;
  readonly encrypted?: boolean;
  readonly version?: string;
  /** The room that it says it replaces. */
  readonly predecessor?: string;
  readonly public?: boolean;
  readonly powers?: Record<string, number>;
}

/** What the next matching requests meet, instead of an answer. */
export interface Trouble {
  readonly path: RegExp;
  readonly status: number;
  readonly body?: Record<string, unknown>;
}

interface Room {
  readonly state: Map<string, RoomEvent>;
  readonly timeline: RoomEvent[];
}

type Answer = { status: number; body: unknown };

const firstTs = Date.UTC(2026, 0, 1);

/**
 * The part of a homeserver that linking and backfill need: rooms with a history, memberships with their rules, state,
 * and pages of messages whose tokens stay good. An event is pushed to whoever listens when one of our users is in the
 * room, or it is about one, as Synapse does for an application service.
 */
export class FakeRooms {
  readonly asked: string[] = [];
  readonly troubles: Trouble[] = [];
  /** Files, as they came. */
  readonly uploaded: Buffer[] = [];
  /** Puts an empty page before every page with events, as Synapse does when everything in between is hidden. */
  emptyPages = false;
  /** The page with the room's first event names a next one, which is empty. */
  emptyEnd = false;
  /** Most events that a page of relations has, whatever is asked for. */
  relationsLimit = 100;
  /** Users of ours that the homeserver does not know; whoever acts as one of them is refused. */
  readonly unregistered = new Set<string>();
  readonly #rooms = new Map<string, Room>();
  readonly #listeners: ((event: RoomEvent) => void)[] = [];
  readonly #ours: RegExp;
  #counter = 0;
  #server = createServer((request, response) => void this.#serve(request, response));

  constructor(ours: RegExp) {
    this.#ours = ours;
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  onPush(listener: (event: RoomEvent) => void): void {
    this.#listeners.push(listener);
  }

  create(room: NewRoom): void {
    const { roomId, creator } = room;
    this.#rooms.set(roomId, { state: new Map(), timeline: [] });
    const set = (type: string, content: Record<string, unknown>) =>
      this.setState(roomId, creator, type, content);
    set("m.room.create", {
      room_version: room.version ?? "11",
      ...(room.type !== undefined && { type: room.type }),
      ...(room.predecessor !== undefined && { predecessor: { room_id: room.predecessor } }),
    });
    this.setMember(roomId, creator, "join");
    set("m.room.power_levels", { users: room.powers ?? { [creator]: 100 } });
    set("m.room.join_rules", { join_rule: room.public === true ? "public" : "invite" });
    if (room.name !== undefined) set("m.room.name", { name: room.name });
    if (room.alias !== undefined) set("m.room.canonical_alias", { alias: room.alias });
    if (room.encrypted === true) set("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
  }

  say(roomId: string, sender: string, body: string): RoomEvent {
    return this.#add({
      room_id: roomId,
      type: "m.room.message",
      sender,
      content: { msgtype: "m.text", body },
    });
  }

  /** Any other event. */
  send(event: Pick<RoomEvent, "room_id" | "type" | "state_key" | "sender" | "content">): RoomEvent {
    return this.#add(event);
  }

  setState(roomId: string, sender: string, type: string, content: Record<string, unknown>): RoomEvent {
    return this.#add({ room_id: roomId, type, sender, state_key: "", content });
  }

  /** State resolution comes to another end: this older event is the current one, or, without its id, none is. */
  resolveTo(
    roomId: string,
    { type, stateKey = "" }: { type: string; stateKey?: string },
    eventId?: string,
  ): void {
    const room = this.#rooms.get(roomId);
    const event = room?.timeline.find(({ event_id }) => event_id === eventId);
    if (event === undefined) room?.state.delete(`${type}\n${stateKey}`);
    else room?.state.set(`${type}\n${stateKey}`, event);
  }

  setMember(roomId: string, userId: string, membership: string, sender = userId): RoomEvent {
    return this.#addMember(roomId, userId, sender, { membership });
  }

  #addMember(roomId: string, userId: string, sender: string, content: Record<string, unknown>): RoomEvent {
    return this.#add({ room_id: roomId, type: "m.room.member", sender, state_key: userId, content });
  }

  membership(roomId: string, userId: string): string {
    const event = this.#rooms.get(roomId)?.state.get(`m.room.member\n${userId}`);
    return (event?.content["membership"] as string | undefined) ?? "none";
  }

  member(roomId: string, userId: string): RoomEvent | undefined {
    return this.#rooms.get(roomId)?.state.get(`m.room.member\n${userId}`);
  }

  #add(event: Omit<RoomEvent, "event_id" | "origin_server_ts">): RoomEvent {
    this.#counter += 1;
    const whole = {
      ...event,
      event_id: `$e${this.#counter}`,
      origin_server_ts: firstTs + this.#counter * 1000,
    };
    const room = this.#rooms.get(event.room_id);
    if (room === undefined) throw new Error(`no room ${event.room_id}`);
    room.timeline.push(whole);
    if (whole.state_key !== undefined) room.state.set(`${whole.type}\n${whole.state_key}`, whole);
    if (this.#isPushed(room, whole)) for (const listener of this.#listeners) listener(whole);
    return whole;
  }

  #isPushed(room: Room, event: RoomEvent): boolean {
    if (event.type === "m.room.member" && this.#ours.test(event.state_key ?? "")) return true;
    return [...room.state.values()].some(
      ({ type, state_key = "", content }) =>
        type === "m.room.member" && content["membership"] === "join" && this.#ours.test(state_key),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = `${request.method ?? ""} ${decodeURIComponent(url.pathname)}`;
    this.asked.push(`${path}${url.search}`);
    const index = this.troubles.findIndex((trouble) => trouble.path.test(path));
    const [trouble] = index === -1 ? [] : this.troubles.splice(index, 1);
    if (trouble?.status === 0) {
      response.destroy();
      return;
    }
    const answer = trouble ?? this.#answerTo(path, url.searchParams, Buffer.concat(chunks));
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body ?? { errcode: "M_UNKNOWN", error: "trouble" }));
  }

  #answerTo(path: string, query: URLSearchParams, bytes: Buffer): Answer {
    if (path !== "POST /_matrix/media/v3/upload")
      return this.#answer(path, query, JSON.parse(bytes.toString() || "{}") as Record<string, unknown>);
    this.uploaded.push(bytes);
    return { status: 200, body: { content_uri: `mxc://test/file${this.uploaded.length}` } };
  }

  #answer(path: string, query: URLSearchParams, body: Record<string, unknown>): Answer {
    if (path === "POST /_matrix/client/v3/register")
      return this.#register(`@${String(body["username"])}:test`);
    const user = query.get("user_id") ?? "";
    if (this.unregistered.has(user)) return refusal(403, "M_FORBIDDEN");
    return this.#door(path, user) ?? this.#inRoom(path, query, body);
  }

  /** What those may ask who are not in the room. */
  #door(path: string, user: string): Answer | undefined {
    const summary = /^GET \/_matrix\/client\/v1\/room_summary\/(.+)$/.exec(path)?.[1];
    if (summary !== undefined) return this.#summary(summary, user);
    const join = /^POST \/_matrix\/client\/v3\/join\/(.+)$/.exec(path)?.[1];
    return join === undefined ? undefined : this.#join(join, user);
  }

  #inRoom(path: string, query: URLSearchParams, body: Record<string, unknown>): Answer {
    const user = query.get("user_id") ?? "";
    const [, roomId = "", rest = ""] =
      /^\S+ \/_matrix\/client\/v[13]\/rooms\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const room = this.#rooms.get(roomId);
    if (room === undefined) return refusal(404, "M_NOT_FOUND");
    if (rest === "leave") return this.#leave(roomId, user, body["reason"] as string | undefined);
    const joined = this.membership(roomId, user) === "join";
    return joined ? this.#read(room, rest, query) : refusal(403, "M_FORBIDDEN");
  }

  #read(room: Room, rest: string, query: URLSearchParams): Answer {
    if (rest === "messages") return this.#page(room, query);
    if (rest === "state") return { status: 200, body: [...room.state.values()] };
    if (rest.startsWith("relations/")) return this.#relations(room, rest, query);
    if (/^(event|context)\//.test(rest)) return this.#around(room, rest);
    const [, type = "", key = ""] = /^state\/([^/]+)\/(.*)$/.exec(rest) ?? [];
    const event = room.state.get(`${type}\n${key}`);
    return event === undefined ? refusal(404, "M_NOT_FOUND") : { status: 200, body: event };
  }

  #around({ timeline }: Room, rest: string): Answer {
    const [how = "", id = ""] = rest.split("/");
    const index = timeline.findIndex(({ event_id }) => event_id === id);
    if (index === -1) return refusal(404, "M_NOT_FOUND");
    const event = timeline[index];
    if (how === "event") return { status: 200, body: event };
    const events_before = timeline.slice(Math.max(index - 5, 0), index).reverse();
    const events_after = timeline.slice(index + 1, index + 6);
    return { status: 200, body: { event, events_before, events_after, state: [] } };
  }

  /** A token counts the events that were given. */
  #relations({ timeline }: Room, rest: string, query: URLSearchParams): Answer {
    const ids = new Set([rest.slice("relations/".length)]);
    const related = timeline.filter(({ event_id, content }) => {
      const target = (content["m.relates_to"] as { event_id?: string } | undefined)?.event_id;
      const isRelated = target !== undefined && ids.has(target);
      if (isRelated && query.get("recurse") === "true") ids.add(event_id);
      return isRelated;
    });
    const from = Number(query.get("from") ?? 0);
    const end = from + Math.min(Number(query.get("limit") ?? 5), this.relationsLimit);
    const chunk = related.toReversed().slice(from, end);
    return { status: 200, body: { chunk, ...(end < related.length && { next_batch: String(end) }) } };
  }

  #register(userId: string): Answer {
    if (!this.unregistered.delete(userId)) return refusal(400, "M_USER_IN_USE");
    return { status: 200, body: { user_id: userId } };
  }

  /** As Synapse: a room is not there for those who may not see it, banned or not. */
  #summary(roomId: string, userId: string): Answer {
    const membership = this.membership(roomId, userId);
    const isOpen = this.#isPublic(roomId) || membership === "invite" || membership === "join";
    if (!isOpen) return refusal(404, "M_NOT_FOUND");
    const body = { room_id: roomId, membership: membership === "none" ? "leave" : membership };
    return { status: 200, body };
  }

  #isPublic(roomId: string): boolean {
    const rules = this.#rooms.get(roomId)?.state.get("m.room.join_rules\n");
    return rules?.content["join_rule"] === "public";
  }

  #join(roomId: string, userId: string): Answer {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return refusal(404, "M_NOT_FOUND");
    const membership = this.membership(roomId, userId);
    const isPublic = this.#isPublic(roomId);
    if (membership === "ban" || (membership !== "invite" && membership !== "join" && !isPublic)) {
      return refusal(403, "M_FORBIDDEN");
    }
    if (membership !== "join") this.setMember(roomId, userId, "join");
    return { status: 200, body: { room_id: roomId } };
  }

  #leave(roomId: string, userId: string, reason: string | undefined): Answer {
    if (!["invite", "join"].includes(this.membership(roomId, userId))) return refusal(403, "M_FORBIDDEN");
    this.#addMember(roomId, userId, userId, { membership: "leave", ...(reason !== undefined && { reason }) });
    return { status: 200, body: {} };
  }

  /** A token counts the events from the beginning; an `e` before it asks for the page after an empty one. */
  #page(room: Room, query: URLSearchParams): Answer {
    const from = query.get("from");
    if (from === "gone") return refusal(400, "M_INVALID_PARAM");
    const end = from === null ? room.timeline.length : Number(from.replace("e", ""));
    if (this.emptyPages && from?.startsWith("e") !== true) {
      return { status: 200, body: { chunk: [], start: from, end: `e${end}` } };
    }
    const begin = Math.max(end - Number(query.get("limit") ?? 10), 0);
    const chunk = room.timeline.slice(begin, end).reverse();
    const senders = new Set(chunk.map(({ sender }) => sender));
    const state = [...room.state.values()].filter(
      ({ type, state_key }) => type === "m.room.member" && senders.has(state_key ?? ""),
    );
    return {
      status: 200,
      body: {
        chunk,
        state,
        start: from,
        ...((begin > 0 || (this.emptyEnd && end > 0)) && { end: String(begin) }),
      },
    };
  }
}

function refusal(status: number, errcode: string): Answer {
  return { status, body: { errcode, error: "refused" } };
}
