import type { Tx } from "../../db/index.ts";
import {
  type ChangeRequest,
  fingerprint,
  placeTarget,
  queueChange,
  requireChangeable,
  requireTargetMessage,
} from "./change-target.ts";
import { selectStandingReaction } from "./change-target-store.ts";
import type { QueuedSend } from "./queue-send.ts";

export interface ReactionRequest extends ChangeRequest {
  /** Mostly an emoji; 1 to 500 characters. */
  readonly key: string;
}

/**
 * Writes down that an agent reacts to a message. Who has reacted so already has done so: that reaction is given, or
 * undefined when it was not made here. Throws `message_not_found`, `message_redacted`, `message_failed`,
 * `room_replaced` and what posting in the channel throws.
 */
export async function addReaction(tx: Tx, request: ReactionRequest): Promise<QueuedSend | undefined> {
  const { key } = request;
  const target = await requireChangeable(tx.db, request);
  const standing = await selectStandingReaction(tx.db, { ...request, eventId: target.eventId });
  if (standing !== undefined) return repeated(standing);
  return queueChange(tx, request, target, {
    kind: "reaction",
    eventType: "m.reaction",
    content: { "m.relates_to": { rel_type: "m.annotation", key } },
    requestHash: fingerprint("reaction", request, key),
  });
}

/** Takes a reaction back; undefined when there is none. Throws as `addReaction`. */
export async function removeReaction(tx: Tx, request: ReactionRequest): Promise<QueuedSend | undefined> {
  const { agentId, key } = request;
  const found = await requireTargetMessage(tx.db, request.messageId);
  const standing = await selectStandingReaction(tx.db, { ...request, eventId: found.eventId });
  // Whoever deletes a message deletes the reactions to it.
  if (standing === undefined || found.redacted) return undefined;
  const target = await placeTarget(tx.db, found, agentId);
  return queueChange(tx, request, target, {
    kind: "reaction_removal",
    eventType: "m.room.redaction",
    content: {},
    event: eventOf(standing),
    requestHash: fingerprint("reaction_removal", request, key),
  });
}

type Standing = NonNullable<Awaited<ReturnType<typeof selectStandingReaction>>>;

function eventOf({ sendId, eventId }: Standing): { sendId: string } | { eventId: string } | undefined {
  if (sendId !== null) return { sendId };
  return eventId === null ? undefined : { eventId };
}

function repeated({ sendId, state }: Standing): QueuedSend | undefined {
  return sendId === null || state === null ? undefined : { sendId, state, repeated: true };
}
