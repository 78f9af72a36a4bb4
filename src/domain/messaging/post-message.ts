import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { encodeId, newUuid } from "../../kernel/ids.ts";
import type { Cause } from "./cause.ts";
import {
  buildMessageContent,
  type MessageBody,
  type MessageToBuild,
  type MessageType,
  storable,
} from "./message-content.ts";
import { selectLatestInThread, selectTarget } from "./post-context-store.ts";
import { messageEmpty, targetMissing, targetNotDelivered } from "./post-errors.ts";
import { requirePostPlace } from "./post-place.ts";
import { findRepeated, type Idempotency, queueSend } from "./queue-send.ts";
import type { SendState } from "./sends-store.ts";

/** A message of the same channel: its uuid (`messages.id`) or its Matrix event id. */
export type MessageRef = { readonly id: string } | { readonly eventId: string };

export interface PostMessage {
  /** uuid */
  readonly channelId: string;
  /** uuid of the agent that says it. Whether it may is the caller's business. */
  readonly agentId: string;
  readonly body: MessageBody;
  /** Default `m.text`. */
  readonly msgtype?: MessageType | undefined;
  readonly replyTo?: MessageRef | undefined;
  /** Any message of the thread; a thread's root is never itself in a thread. */
  readonly threadRoot?: MessageRef | undefined;
  /** The same scope and key give the same message for ever. */
  readonly idempotency?: Idempotency | undefined;
  /** The run that says it; agents that answer agents are counted by it. */
  readonly cause?: Cause | undefined;
}

export interface PostedMessage {
  /** uuid of the `matrix.sends` row; the row in `messages` will have the same. */
  readonly sendId: string;
  /** The same as `m_…`. */
  readonly messageId: string;
  readonly state: SendState;
  /** Whether an earlier request with the same idempotency key had posted it. */
  readonly repeated: boolean;
}

/**
 * Writes down that an agent says something; delivery follows after the commit, so wake egress then. Throws
 * `channel_not_found`, `channel_not_linked`, `channel_encrypted`, `agent_not_ready`, `message_not_found`,
 * `message_not_delivered`, `message_empty`, `message_too_large`, `idempotency_key_reused`.
 */
export async function postMessage(tx: Tx, input: PostMessage): Promise<PostedMessage> {
  const asked = { idempotency: input.idempotency, requestHash: hashOf(input) };
  const earlier = await findRepeated(tx.db, asked);
  if (earlier !== undefined) return posted(earlier);
  const { roomId, sender } = await requirePostPlace(tx.db, input.channelId, input.agentId);
  const id = newUuid(tx.now);
  const message = await messageToBuild(tx, input, { sender, sendId: encodeId("m", id) });
  return posted(
    await queueSend(tx, {
      id,
      kind: "message",
      channelId: input.channelId,
      roomId,
      senderMatrixId: sender,
      agentId: input.agentId,
      eventType: "m.room.message",
      content: buildMessageContent(message),
      ...asked,
    }),
  );
}

function posted({ sendId, state, repeated }: Omit<PostedMessage, "messageId">): PostedMessage {
  return { sendId, messageId: encodeId("m", sendId), state, repeated };
}

/** What makes two requests the same: what was asked for, not what became of it. */
function hashOf(input: PostMessage): Buffer<ArrayBuffer> {
  const { channelId, agentId, body, msgtype = "m.text", replyTo, threadRoot } = input;
  const asked = [channelId, agentId, body, msgtype, replyTo ?? null, threadRoot ?? null];
  return Buffer.from(hash("sha256", JSON.stringify(asked), "buffer"));
}

async function messageToBuild(
  tx: Tx,
  input: PostMessage,
  { sender, sendId }: { sender: string; sendId: string },
): Promise<MessageToBuild> {
  const text = "text" in input.body ? input.body.text : input.body.markdown;
  if (storable(text).trim() === "") throw messageEmpty({});
  const replyTo = input.replyTo ? await requireTarget(tx, input.channelId, { replyTo: input.replyTo }) : null;
  const thread = await threadOf(tx, input, replyTo);
  const { body, msgtype = "m.text", cause } = input;
  return { body, msgtype, sender, sendId, replyTo, thread, cause };
}

/** The thread that the message belongs to: the one asked for, else the one of the message it answers. */
async function threadOf(
  tx: Tx,
  input: PostMessage,
  replyTo: Target | null,
): Promise<MessageToBuild["thread"]> {
  const { channelId, threadRoot } = input;
  const named = threadRoot ? await requireTarget(tx, channelId, { threadRoot }) : null;
  const root = named === null ? replyTo?.threadRoot : (named.threadRoot ?? named.eventId);
  if (root == null) return null;
  return { root, latest: (await selectLatestInThread(tx.db, channelId, root)) ?? root };
}

interface Target {
  readonly eventId: string;
  readonly sender: string | null;
  readonly threadRoot: string | null;
}

async function requireTarget(
  tx: Tx,
  channelId: string,
  named: { replyTo: MessageRef } | { threadRoot: MessageRef },
): Promise<Target> {
  const [field, ref] =
    "replyTo" in named ? (["replyTo", named.replyTo] as const) : (["threadRoot", named.threadRoot] as const);
  const target = await selectTarget(tx.db, channelId, ref);
  if (target === undefined) throw targetMissing({ field });
  const { eventId, sender, threadRoot } = target;
  if (eventId === null) throw targetNotDelivered({ field });
  return { eventId, sender, threadRoot };
}
