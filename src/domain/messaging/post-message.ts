import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { requirePostPlace } from "./post-place.ts";
import { prepareOne, type Saying } from "./prepare-sends.ts";
import { findRepeated, type QueuedSend, queueSend } from "./queue-send.ts";
import { insertSends, type SendState, selectParts } from "./sends-store.ts";

export interface PostMessage extends Saying {
  /** uuid */
  readonly channelId: string;
  /** uuid of the agent that says it. Whether it may is the caller's business. */
  readonly agentId: string;
}

export interface PostedMessage {
  /** uuid of the `matrix.sends` row; the row in `messages` will have the same. */
  readonly sendId: string;
  /** The same as `m_…`. */
  readonly messageId: string;
  readonly state: SendState;
  /** Whether an earlier request with the same idempotency key had posted it. */
  readonly repeated: boolean;
  /** `m_…` of all messages that it takes, in order, this one first. */
  readonly parts: readonly string[];
}

/**
 * Writes down that an agent says something; delivery follows after the commit, so wake egress then. A text that one event
 * does not hold is refused, split into several messages, or attached as a file with a preview, as `overflow` says. Throws
 * `channel_not_found`, `channel_not_linked`, `channel_encrypted`, `agent_not_ready`, `message_not_found`,
 * `message_not_delivered`, `message_empty`, `message_too_large`, `idempotency_key_reused`.
 */
export async function postMessage(tx: Tx, input: PostMessage): Promise<PostedMessage> {
  const asked = { idempotency: input.idempotency, requestHash: hashOf(input) };
  const earlier = await findRepeated(tx.db, asked);
  if (earlier !== undefined) return repeatedPost(tx, earlier);
  const { channelId, agentId } = input;
  const place = { channelId, agentId, ...(await requirePostPlace(tx.db, channelId, agentId)) };
  const [first, , others] = await prepareOne(tx, place, input);
  const queued = await queueSend(tx, { ...first, ...asked });
  if (queued.repeated) return repeatedPost(tx, queued);
  await insertSends(tx, others);
  return posted(
    queued,
    others.map(({ id }) => id),
  );
}

async function repeatedPost(tx: Tx, send: QueuedSend): Promise<PostedMessage> {
  return posted(send, await selectParts(tx.db, send.sendId));
}

function posted({ sendId, state, repeated }: QueuedSend, others: readonly string[]): PostedMessage {
  const parts = [sendId, ...others].map((id) => encodeId("m", id));
  return { sendId, messageId: encodeId("m", sendId), state, repeated, parts };
}

/** What makes two requests the same: what was asked for, not what became of it. */
export function hashOf(input: PostMessage): Buffer<ArrayBuffer> {
  const { channelId, agentId, body, msgtype = "m.text", replyTo, threadRoot, overflow, attachment } = input;
  const asked: unknown[] = [channelId, agentId, body, msgtype, replyTo ?? null, threadRoot ?? null];
  // Only what was given: keys of before these could be stay the same.
  if (overflow !== undefined) asked.push(overflow);
  if (attachment !== undefined) asked.push(attachment.mxc, attachment.filename);
  return Buffer.from(hash("sha256", JSON.stringify(asked), "buffer"));
}
