import type { Tx } from "../db/index.ts";
import {
  findSendByKey,
  findStream,
  finishStream,
  openStream,
  type StreamToOpen,
} from "../domain/messaging/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { bodyOf, type NewMessage } from "./schemas/new-message.ts";

/** A message that was asked for, as the queue knows it. */
export interface Posted {
  readonly sendId: string;
  readonly messageId: string;
  readonly repeated: boolean;
  /** `m_…` of all messages that it takes; absent on one that is alone. */
  readonly parts?: readonly string[];
}

/**
 * What was said before for a run under the same idempotency key. A run may be taken up again by a program that words its
 * answer differently: a message that is whole stands as it is, and one that has only begun is gone on with, or ends with
 * the new words when they are all there. Undefined when nothing was said. Throws `idempotency_key_reused` when what had
 * begun is said elsewhere.
 */
export async function goOnWithAnswer(
  tx: Tx,
  saying: StreamToOpen,
  message: NewMessage,
): Promise<Posted | undefined> {
  const known = saying.idempotency && (await findSendByKey(tx.db, saying.idempotency));
  if (known === undefined) return undefined;
  const stands = { sendId: known.id, messageId: encodeId("m", known.id), repeated: true };
  const begun = await findStream(tx.db, known.id);
  if (begun === undefined || begun.state === "complete" || message.attachment !== undefined) return stands;
  const body = bodyOf(message);
  const opened = await openStream(tx, saying, body);
  if (message.stream === true || !opened.live) return stands;
  const finished = await finishStream(tx, { sendId: known.id, body, ending: "complete" });
  return { ...stands, ...(finished !== undefined && { parts: finished.messageIds }) };
}
