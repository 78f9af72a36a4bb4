import { hash } from "node:crypto";
import type { DbClient, Tx } from "../../db/index.ts";
import { encodeId, newUuid } from "../../kernel/ids.ts";
import { type ChangeTargetRow, selectChangeTarget } from "./change-target-store.ts";
import { messageFailed, messageInOldRoom, messageRedacted, postedMessageMissing } from "./post-errors.ts";
import { type ReadyPlace, requirePostPlace } from "./post-place.ts";
import { type Idempotency, type QueuedSend, queueSend } from "./queue-send.ts";
import { sendMarkerKey } from "./send-marker.ts";
import type { SendKind, SendTarget } from "./sends-store.ts";

/** A message that an agent may change, as far as its state goes. */
export interface Changeable extends ChangeTargetRow, ReadyPlace {
  /** What the change refers to: our own row as long as its event is unknown. */
  readonly event: SendTarget["event"];
}

/** Who changes which message. Whether the agent may act in the channel is the caller's business. Ids are uuids. */
export interface ChangeRequest {
  readonly messageId: string;
  readonly agentId: string;
  readonly idempotency?: Idempotency | undefined;
}

/**
 * Throws `message_not_found`, `message_redacted`, `message_failed`, `room_replaced`, and what posting in its channel
 * would throw.
 */
export async function requireChangeable(
  db: DbClient,
  { messageId, agentId }: ChangeRequest,
): Promise<Changeable> {
  const target = await requireTargetMessage(db, messageId);
  if (target.redacted) throw messageRedacted({});
  return placeTarget(db, target, agentId);
}

export async function requireTargetMessage(db: DbClient, messageId: string): Promise<ChangeTargetRow> {
  const target = await selectChangeTarget(db, messageId);
  if (target === undefined) throw postedMessageMissing({});
  return target;
}

/** Where the change is sent, as whom, and to which event. Throws as `requireChangeable`. */
export async function placeTarget(
  db: DbClient,
  target: ChangeTargetRow,
  agentId: string,
): Promise<Changeable> {
  const place = await requirePostPlace(db, target.channelId, agentId);
  if (target.sendState === "failed") throw messageFailed({});
  const { eventId, eventRoomId } = target;
  if (eventId !== null && eventRoomId !== null && eventRoomId !== place.roomId) throw messageInOldRoom({});
  const event = target.sendState === null && eventId !== null ? { eventId } : { sendId: target.id };
  return { ...target, ...place, event };
}

/** What makes two requests the same: what was asked for. */
export function fingerprint(
  kind: SendKind,
  { messageId, agentId }: ChangeRequest,
  more: unknown,
): Uint8Array {
  return hash("sha256", JSON.stringify([kind, messageId, agentId, more]), "buffer");
}

export interface Change {
  readonly kind: Exclude<SendKind, "message">;
  readonly eventType: string;
  /** Without the id of the event that it changes, which delivery puts in. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The event that it changes, if that is not the message's own. */
  readonly event?: SendTarget["event"] | undefined;
  readonly requestHash: Uint8Array;
}

/** Queues a change after whatever the agent has queued for the room before. Throws `idempotency_key_reused`. */
export async function queueChange(
  tx: Tx,
  { idempotency, agentId }: ChangeRequest,
  target: Changeable,
  { kind, eventType, content, event = target.event, requestHash }: Change,
): Promise<QueuedSend> {
  const id = newUuid(tx.now);
  return queueSend(tx, {
    id,
    kind,
    target: { messageId: target.id, event },
    channelId: target.channelId,
    roomId: target.roomId,
    senderMatrixId: target.sender,
    agentId,
    eventType,
    content: { ...content, [sendMarkerKey]: encodeId("m", id) },
    idempotency,
    requestHash,
  });
}
