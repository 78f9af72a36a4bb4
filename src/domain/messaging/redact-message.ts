import type { Tx } from "../../db/index.ts";
import {
  type Changeable,
  type ChangeRequest,
  fingerprint,
  placeTarget,
  queueChange,
  requireTargetMessage,
} from "./change-target.ts";
import { selectRedactionOf } from "./change-target-store.ts";
import { redactionRefused } from "./post-errors.ts";
import type { QueuedSend } from "./queue-send.ts";
import { mayRedactOthers } from "./redact-power.ts";

export interface RedactRequest extends ChangeRequest {
  readonly reason?: string | undefined;
  /** Whether the agent may delete what others said, as far as its key goes; the room decides as well. */
  readonly othersAllowed: boolean;
}

/** What is left to do: a redaction, or nothing, because the message is gone already. */
export type Redacted = (QueuedSend & { readonly others: boolean }) | undefined;

/**
 * Writes down that an agent deletes a message, its own or, if it may, somebody else's. A message that is deleted or
 * about to be stays so: deleting twice is deleting once. Throws `message_not_found`, `message_not_own`,
 * `message_failed`, `room_replaced` and what posting in the channel throws.
 */
export async function redactMessage(tx: Tx, request: RedactRequest): Promise<Redacted> {
  const { messageId, agentId, reason, othersAllowed } = request;
  const found = await requireTargetMessage(tx.db, messageId);
  const others = found.agentId !== agentId;
  if (others && !othersAllowed) throw redactionRefused({ why: "capability" });
  if (found.redacted) {
    const earlier = await selectRedactionOf(tx.db, messageId);
    return earlier && { sendId: earlier.id, state: earlier.state, repeated: true, others };
  }
  const target = await placeTarget(tx.db, found, agentId);
  if (others) await requirePower(tx, target);
  const queued = await queueChange(tx, request, target, {
    kind: "redaction",
    eventType: "m.room.redaction",
    content: reason === undefined ? {} : { reason },
    requestHash: fingerprint("redaction", request, reason ?? null),
  });
  return { ...queued, others };
}

/** The homeserver has the last word; but who surely may not is told so at once. */
async function requirePower(tx: Tx, { roomId, sender }: Changeable): Promise<void> {
  if (!(await mayRedactOthers(tx.db, roomId, sender))) throw redactionRefused({ why: "power" });
}
