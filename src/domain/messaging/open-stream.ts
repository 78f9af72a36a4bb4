import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { mostEdits } from "./edit-budget.ts";
import { type MessageBody, storable } from "./message-content.ts";
import { channelConfidential } from "./post-errors.ts";
import { requirePostPlace } from "./post-place.ts";
import { partsOf, prepareOne, type Saying, sourceOf } from "./prepare-sends.ts";
import { findRepeated, queueSend } from "./queue-send.ts";
import { insertStream, lockStream, selectIsConfidential, updateReopened } from "./streams-store.ts";

export interface StreamToOpen extends Omit<Saying, "body" | "overflow"> {
  /** uuid */
  readonly channelId: string;
  /** uuid of the agent that says it. Whether it may is the caller's business. */
  readonly agentId: string;
}

export interface OpenedStream {
  /** uuid of the `matrix.sends` row of the message; what `growStream` and `finishStream` are given. */
  readonly sendId: string;
  /** The same as `m_…`. */
  readonly messageId: string;
  /** Whether a request with the same idempotency key had opened it. */
  readonly repeated: boolean;
  /** Whether it can grow. One that was ended by its owner, or by the room, cannot. */
  readonly live: boolean;
}

/**
 * Begins a message that grows. Its first text is the message itself; then come edits, 20 at most (`edit-budget.ts`), the
 * last of which says that it is whole. A stream:
 *
 *   open → complete | failed | cancelled     its owner finished it
 *     │  → failed                            nobody made it grow for a minute, or whoever did broke off: the message says so
 *     └→ cancelled | failed                  the message was deleted, or nothing may be said there any more
 *
 * One that is said for a run, its cause, ends with that (`end-streams-of-runs.ts`).
 * One that nobody made grow is open again when it is opened with the same idempotency key: the same message goes on.
 * The words are in `matrix.streams` only while it is open. Delivery follows after the commit. Throws what `postMessage`
 * throws, and `channel_confidential`.
 */
export async function openStream(tx: Tx, input: StreamToOpen, first: MessageBody): Promise<OpenedStream> {
  const asked = { idempotency: input.idempotency, requestHash: hashOf(input) };
  const earlier = await findRepeated(tx.db, asked);
  if (earlier !== undefined) return reopen(tx, earlier.sendId, first);
  const { row, threadRoot, shown } = await firstMessage(tx, input, first);
  const queued = await queueSend(tx, { ...row, ...asked });
  if (queued.repeated) return reopen(tx, queued.sendId, first);
  await insertStream(tx, {
    id: row.id,
    markdown: "markdown" in first,
    msgtype: input.msgtype ?? "m.text",
    threadRoot,
    body: storable(sourceOf(first)),
    shown,
    runId: input.cause?.runId ?? null,
  });
  return { sendId: row.id, messageId: encodeId("m", row.id), repeated: false, live: true };
}

async function firstMessage(tx: Tx, input: StreamToOpen, first: MessageBody) {
  const { channelId, agentId, msgtype = "m.text" } = input;
  const place = { channelId, agentId, ...(await requirePostPlace(tx.db, channelId, agentId)) };
  if (await selectIsConfidential(tx.db, channelId)) throw channelConfidential({});
  const body = partsOf(first, { msgtype, sender: place.sender })[0] ?? first;
  const [row, thread] = await prepareOne(tx, place, { ...input, body, live: true });
  return { row, threadRoot: thread?.root ?? null, shown: sourceOf(body).length };
}

/** Whoever takes the work up again goes on with the same message, and may begin with another text. */
async function reopen(tx: Tx, id: string, first: MessageBody): Promise<OpenedStream> {
  const stream = await lockStream(tx, id);
  const canReopen = stream?.state === "failed" && stream.endedBy === "silence" && stream.edits < mostEdits;
  if (canReopen) await updateReopened(tx, id, storable(sourceOf(first)));
  const live = canReopen || stream?.state === "open";
  return { sendId: id, messageId: encodeId("m", id), repeated: true, live };
}

/** What makes two requests the same. Not the first text: a model says it otherwise when it is asked again. */
function hashOf({ channelId, agentId, msgtype = "m.text", replyTo, threadRoot }: StreamToOpen): Uint8Array {
  const asked = ["stream", channelId, agentId, msgtype, replyTo ?? null, threadRoot ?? null];
  return hash("sha256", JSON.stringify(asked), "buffer");
}
