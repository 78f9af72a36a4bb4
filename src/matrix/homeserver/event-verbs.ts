import { type JsonObject, stringAt } from "../../kernel/json.ts";
import { asObject, objectsOf, path, requireText } from "./answer.ts";
import type { SendRequest } from "./request.ts";
import type { InRoom, OrMissing } from "./room-verbs.ts";

export interface SendEvent extends InRoom {
  readonly type: string;
  /**
   * Ours, stored before the first try, the same on every retry. Synapse keeps one event per transaction id and path for
   * the whole application service, whoever the user is: two users must never share one.
   */
  readonly txnId: string;
  /** The device of `asUser` to send from, which makes the homeserver remember the transaction id over restarts. */
  readonly deviceId?: string | null;
  readonly content: JsonObject;
  readonly timeoutMs?: number;
}

export interface PageRequest extends InRoom {
  readonly deviceId?: string | null;
  readonly dir: "b" | "f";
  readonly from?: string | undefined;
  readonly limit: number;
  readonly filter?: JsonObject;
}

/** One page of a room's history. */
export interface MessagesPage {
  readonly chunk: readonly JsonObject[];
  /** State that is needed to understand the events; with lazy loading, their senders' memberships. */
  readonly state: readonly JsonObject[];
  /** Where the next page begins; absent at the end. An empty chunk is not the end. */
  readonly end: string | undefined;
}

/** Events that point at one, and where the next of them are; absent at the end. */
export interface RelatedPage {
  readonly chunk: readonly JsonObject[];
  readonly next: string | undefined;
}

/** Events of rooms: sending and reading back. */
export interface EventVerbs {
  /** Gives the event id. */
  sendEvent(event: SendEvent): Promise<string>;
  /** Gives the redaction's event id. `content` has the `reason`, if there is one. Redacting twice is harmless. */
  redact(redaction: Omit<SendEvent, "type"> & { readonly eventId: string }): Promise<string>;
  /**
   * `dir` "b" goes back in time from `from`, or from now. `limit` is at most what the homeserver allows (Synapse: 1000).
   * Only the device that sent an event is shown its transaction id.
   */
  messages(page: PageRequest): Promise<MessagesPage>;
  /** One event, or undefined when there is none that the user may see. */
  event(event: InRoom & { eventId: string }): Promise<JsonObject | undefined>;
  /** Events around one, itself and the memberships of their senders included; undefined when the user may not see it. */
  context(event: InRoom & { eventId: string; limit: number }): Promise<readonly JsonObject[] | undefined>;
  /**
   * Events that relate to one in this way, newest first, without the one itself; none when the user may not see it.
   * https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventidreltype
   */
  relations(
    related: InRoom & { eventId: string; relType: string; limit: number },
  ): Promise<readonly JsonObject[]>;
  /**
   * A page of the events that relate to one in any way, and of those that relate to these: edits, reactions, votes and the
   * thread, newest first. Replies are no such relations. None when the user may not see it.
   */
  allRelations(
    related: InRoom & { eventId: string; from: string | undefined; limit: number },
  ): Promise<RelatedPage>;
  /** Shows that `userId` writes, for at most `timeoutMs`; 0 stops it. */
  typing(typing: { roomId: string; userId: string; timeoutMs: number }): Promise<void>;
}

export function eventVerbs(send: SendRequest, orMissing: OrMissing): EventVerbs {
  return {
    async sendEvent({ roomId, asUser, deviceId, type, txnId, content, timeoutMs }) {
      const reply = await send({
        method: "PUT",
        path: path`/_matrix/client/v3/rooms/${roomId}/send/${type}/${txnId}`,
        asUser,
        deviceId,
        body: content,
        timeoutMs,
      });
      return requireText(asObject(reply), "event_id");
    },
    async redact({ roomId, asUser, deviceId, eventId, txnId, content, timeoutMs }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/redact/${eventId}/${txnId}`;
      const reply = await send({ method: "PUT", path: at, asUser, deviceId, body: content, timeoutMs });
      return requireText(asObject(reply), "event_id");
    },
    async messages({ roomId, asUser, deviceId, dir, from, limit, filter }) {
      const query = { dir, from, limit, filter: filter && JSON.stringify(filter) };
      const at = path`/_matrix/client/v3/rooms/${roomId}/messages`;
      const reply = asObject(await send({ method: "GET", path: at, asUser, deviceId, query }));
      return {
        chunk: objectsOf(reply["chunk"]),
        state: objectsOf(reply["state"]),
        end: stringAt(reply, "end"),
      };
    },
    async event({ roomId, asUser, eventId }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/event/${eventId}`;
      const reply = await orMissing(send({ method: "GET", path: at, asUser }));
      return reply === undefined ? undefined : asObject(reply);
    },
    async context({ roomId, asUser, eventId, limit }) {
      const at = path`/_matrix/client/v3/rooms/${roomId}/context/${eventId}`;
      const query = { limit, filter: JSON.stringify({ lazy_load_members: true }) };
      const reply = await orMissing(send({ method: "GET", path: at, asUser, query }));
      if (reply === undefined) return undefined;
      const around = asObject(reply);
      const lists = ["state", "events_before", "event", "events_after"].map((key) => around[key]);
      return lists.flatMap((list) => objectsOf(Array.isArray(list) ? list : [list]));
    },
    async relations({ roomId, asUser, eventId, relType, limit }) {
      const at = path`/_matrix/client/v1/rooms/${roomId}/relations/${eventId}/${relType}`;
      const reply = await orMissing(send({ method: "GET", path: at, asUser, query: { dir: "b", limit } }));
      return reply === undefined ? [] : objectsOf(asObject(reply)["chunk"]);
    },
    async allRelations({ roomId, asUser, eventId, from, limit }) {
      const at = path`/_matrix/client/v1/rooms/${roomId}/relations/${eventId}`;
      const query = { dir: "b", recurse: true, from, limit };
      const reply = asObject((await orMissing(send({ method: "GET", path: at, asUser, query }))) ?? {});
      return { chunk: objectsOf(reply["chunk"]), next: stringAt(reply, "next_batch") };
    },
    async typing({ roomId, userId, timeoutMs }) {
      const body = timeoutMs > 0 ? { typing: true, timeout: timeoutMs } : { typing: false };
      const at = path`/_matrix/client/v3/rooms/${roomId}/typing/${userId}`;
      await send({ method: "PUT", path: at, asUser: userId, body, timeoutMs: 5_000 });
    },
  };
}
