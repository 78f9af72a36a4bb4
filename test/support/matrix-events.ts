import { sendMarkerKey } from "../../src/domain/messaging/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";

/** A room event in the format in which Synapse pushes it to application services. */
export interface MatrixEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly type: string;
  readonly origin_server_ts: number;
  readonly content: Record<string, unknown>;
  readonly state_key?: string;
  readonly redacts?: string;
  readonly unsigned?: Record<string, unknown>;
}

export type Overrides = Partial<MatrixEvent>;

export const alice = "@alice:test";
export const bob = "@bob:test";
export const bot = "@microdao:test";
export const sofia = "@dao_sofia:test";
export const room = "!room:test";
/** A room of version 12 and later: its id has no server part. */
export const roomV12 = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM";

/** The time of the first event that is made; each later one is a second later. */
export const firstTs = 1_750_000_000_000;
let made = 0;

/** An event of alice's in the room, with an id and a time of its own. */
export function eventOf(type: string, content: Record<string, unknown>, over: Overrides = {}): MatrixEvent {
  made += 1;
  return {
    event_id: `$event${String(made).padStart(5, "0")}`,
    room_id: room,
    sender: alice,
    type,
    origin_server_ts: firstTs + made * 1000,
    content,
    unsigned: { age: 42 },
    ...over,
  };
}

export function text(body: string, over: Overrides = {}): MatrixEvent {
  return messageWith({ msgtype: "m.text", body }, over);
}

/** An `m.room.message` with any content. */
export function messageWith(content: Record<string, unknown>, over: Overrides = {}): MatrixEvent {
  return eventOf("m.room.message", content, over);
}

/** An edit as clients write it: the new content, and a fallback for those that know no edits. */
export function editOf(target: string | MatrixEvent, body: string, over: Overrides = {}): MatrixEvent {
  return messageWith(
    {
      msgtype: "m.text",
      body: `* ${body}`,
      "m.new_content": { msgtype: "m.text", body },
      "m.relates_to": { rel_type: "m.replace", event_id: idOf(target) },
    },
    over,
  );
}

export function reactionTo(target: string | MatrixEvent, key: string, over: Overrides = {}): MatrixEvent {
  return eventOf(
    "m.reaction",
    { "m.relates_to": { rel_type: "m.annotation", event_id: idOf(target), key } },
    over,
  );
}

/** A redaction with its target in both places, as Synapse pushes it. */
export function redactionOf(target: string | MatrixEvent, over: Overrides = {}): MatrixEvent {
  return eventOf("m.room.redaction", { redacts: idOf(target) }, { redacts: idOf(target), ...over });
}

/** The event as it is pushed once it has been redacted: without content, and telling why. */
export function prunedBy(event: MatrixEvent, redaction: MatrixEvent): MatrixEvent {
  return { ...event, content: {}, unsigned: { age: 43, redacted_because: redaction } };
}

export function member(
  userId: string,
  membership: string,
  over: Overrides & { readonly profile?: Record<string, unknown> } = {},
): MatrixEvent {
  const { profile = {}, ...rest } = over;
  return eventOf("m.room.member", { membership, ...profile }, { state_key: userId, sender: userId, ...rest });
}

export function state(type: string, content: Record<string, unknown>, over: Overrides = {}): MatrixEvent {
  return eventOf(type, content, { state_key: "", ...over });
}

export function encrypted(over: Overrides = {}): MatrixEvent {
  return eventOf(
    "m.room.encrypted",
    {
      algorithm: "m.megolm.v1.aes-sha2",
      ciphertext: "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg",
      session_id: "s",
    },
    over,
  );
}

/** The marker by which the bridge finds its own message again. */
export function sendMarker(sendUuid: string): Record<string, string> {
  return { [sendMarkerKey]: encodeId("m", sendUuid) };
}

export function idOf(event: string | MatrixEvent): string {
  return typeof event === "string" ? event : event.event_id;
}
