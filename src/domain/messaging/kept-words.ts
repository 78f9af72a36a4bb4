import type { MirroredRoom } from "./mirrored-rooms-store.ts";
import type { Sender } from "./senders.ts";

/**
 * Whether what somebody said at this moment (milliseconds since 1970) may be stored at all. A confidential team's words
 * never are; otherwise it lies between the channel's retention and its encryption, and after the person was erased. The
 * moment decides and not when it is told of, so history that comes late is treated as what came in time.
 */
export function isKept(room: MirroredRoom, sender: Pick<Sender, "erasedAt">, ts: number): boolean {
  return (
    !room.confidential &&
    ts >= (room.keptFrom ?? Number.NEGATIVE_INFINITY) &&
    ts < (room.encryptedSince ?? Number.POSITIVE_INFINITY) &&
    !isErased(sender, ts)
  );
}

/** Whether somebody asked later than this moment to be erased. */
export function isErased({ erasedAt }: Pick<Sender, "erasedAt">, ts: number): boolean {
  return erasedAt !== null && ts <= erasedAt;
}

/**
 * SQL: whether what is said about a message of this table and that channel is kept no more because the message itself is
 * not: edits and reactions go with their message, whenever they were written.
 */
export function isOutside(message: string, channel: string): string {
  return `((${message}.created_at < ${channel}.kept_from OR ${message}.created_at >= ${channel}.encrypted_since) IS TRUE)`;
}
