import type { DbClient } from "../../db/index.ts";
import { type MessageMedia, mediaOf } from "./message-media.ts";

/** Where a message is said, and its files. A message that was redacted has none. */
export interface FoundMedia {
  /** uuid. */
  readonly channelId: string;
  readonly media: readonly MessageMedia[];
}

/** The files of the message with this uuid; undefined when there is no such message. */
export async function findMedia(db: DbClient, messageId: string): Promise<FoundMedia | undefined> {
  const rows = await db.$queryRawUnsafe<{ channelId: string; kind: string; metadata: object | null }[]>(
    `SELECT channel_id::text AS "channelId", kind, metadata FROM messages WHERE id = $1::uuid`,
    messageId,
  );
  const [row] = rows;
  return row && { channelId: row.channelId, media: mediaOf(row.kind, row.metadata) };
}
