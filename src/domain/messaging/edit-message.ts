import type { Tx } from "../../db/index.ts";
import { type ChangeRequest, fingerprint, queueChange, requireChangeable } from "./change-target.ts";
import { buildEditContent, type MessageBody, type MessageType, storable } from "./message-content.ts";
import { messageEmpty, messageNotEditable, messageNotOwn } from "./post-errors.ts";
import { findRepeated, type QueuedSend } from "./queue-send.ts";

/** What people write themselves; captions of files are not among it. */
const msgtypes: ReadonlyMap<string, MessageType> = new Map([
  ["text", "m.text"],
  ["notice", "m.notice"],
  ["emote", "m.emote"],
]);

/**
 * Writes down that an agent gives a message of its own another text. It always replaces the original, never another edit.
 * Throws `message_not_found`, `message_not_own`, `message_redacted`, `message_not_editable`, `message_failed`,
 * `message_empty`, `message_too_large`, `room_replaced`, `idempotency_key_reused` and what posting in the channel throws.
 */
export async function editMessage(
  tx: Tx,
  request: ChangeRequest & { readonly body: MessageBody },
): Promise<QueuedSend> {
  const { agentId, body, idempotency } = request;
  const requestHash = fingerprint("edit", request, body);
  const earlier = await findRepeated(tx.db, { idempotency, requestHash });
  if (earlier !== undefined) return earlier;
  const target = await requireChangeable(tx.db, request);
  if (target.agentId !== agentId) throw messageNotOwn({});
  const msgtype = msgtypes.get(target.kind);
  if (msgtype === undefined) throw messageNotEditable({});
  if (storable("text" in body ? body.text : body.markdown).trim() === "") throw messageEmpty({});
  const { sender, mentions } = target;
  const content = buildEditContent({ body, msgtype, sender, mentioned: mentions });
  return queueChange(tx, request, target, {
    kind: "edit",
    eventType: "m.room.message",
    content,
    requestHash,
  });
}
