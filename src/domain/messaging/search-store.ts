import { type DbClient, type Tx, timeOfMicroseconds } from "../../db/index.ts";
import { type MessageView, viewColumns, viewJoins } from "./message-view.ts";
import type { Place } from "./read-messages.ts";

/** Lets one transaction at a time work on the notes: two could store an old text over a newer one. */
export async function lockSearchQueue({ db }: Tx): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<{ mine: boolean }[]>(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('matrix.search_queue', 0)) AS mine",
  );
  return rows[0]?.mine === true;
}

/** Takes notes off the queue, and gives the present previews of their messages. */
export async function takeQueued(
  { db }: Tx,
  limit: number,
): Promise<{ taken: number; messages: { id: string; preview: string }[] }> {
  const rows = await db.$queryRawUnsafe<{ taken: number; messages: { id: string; preview: string }[] }[]>(
    `WITH taken AS (
       DELETE FROM matrix.search_queue WHERE ctid = ANY(ARRAY(SELECT ctid FROM matrix.search_queue LIMIT $1))
       RETURNING message_id)
     SELECT (SELECT count(*)::int FROM taken) AS taken,
            (SELECT COALESCE(json_agg(json_build_object('id', m.id, 'preview', m.content_preview)), '[]')
               FROM (SELECT DISTINCT message_id FROM taken) t
               JOIN LATERAL (SELECT id, content_preview FROM messages WHERE id = t.message_id LIMIT 1) m ON true) AS messages`,
    limit,
  );
  return rows[0] ?? { taken: 0, messages: [] };
}

/** Stores the words of messages; those without words have no row. */
export async function writeWords(
  { db }: Tx,
  messages: readonly { readonly id: string; readonly words: string }[],
): Promise<void> {
  await db.$executeRawUnsafe(
    `WITH f AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS f(id uuid, words text)),
          gone AS (DELETE FROM matrix.search_words WHERE message_id = ANY(ARRAY(SELECT id FROM f WHERE words = '')))
     INSERT INTO matrix.search_words (message_id, channel_id, sender_id, created_at, words)
     SELECT f.id, m.channel_id, m.sender_id, m.created_at, to_tsvector('simple', f.words)
       FROM f JOIN LATERAL (SELECT channel_id, COALESCE(sender_user_id, sender_agent_id) AS sender_id, created_at
                              FROM messages WHERE id = f.id LIMIT 1) m ON true
      WHERE f.words <> ''
     ON CONFLICT (message_id) DO UPDATE SET words = excluded.words, channel_id = excluded.channel_id`,
    JSON.stringify(messages),
  );
}

export interface SearchRange {
  /** As `queryOf` gives it. */
  readonly query: string;
  /** uuids of the channels that may be looked into. */
  readonly channelIds: readonly string[];
  /** Whose messages: `@user:server`, or the uuid of a user or agent. */
  readonly sender: { readonly matrixId: string } | { readonly id: string } | null;
  /** Not at or after this moment; not before that one. */
  readonly before: Date | null;
  readonly since: Date | null;
  /** Where the page before ended. */
  readonly after: Place | null;
  readonly limit: number;
}

/**
 * Messages with these words, newest first: one statement. The channels are part of it. They are compared as text so that
 * the words are the only index to search by: a channel may have millions of messages.
 */
export async function selectFound(db: DbClient, range: SearchRange): Promise<MessageView[]> {
  return db.$queryRawUnsafe<MessageView[]>(
    `WITH page AS MATERIALIZED (
       SELECT w.message_id, w.created_at FROM matrix.search_words w
        WHERE w.words @@ websearch_to_tsquery('simple', $1)
          AND querytree(websearch_to_tsquery('simple', $1)) NOT IN ('', 'T')
          AND w.channel_id::text = ANY($2::text[])
          AND ($4::uuid IS NULL OR w.sender_id = $4::uuid)
          AND ($5::text IS NULL OR w.sender_id = ANY(ARRAY(
                SELECT id FROM users WHERE matrix_id = $5 UNION ALL SELECT id FROM agents WHERE matrix_id = $5)))
          AND ($6::timestamptz IS NULL OR w.created_at < $6::timestamptz)
          AND ($7::timestamptz IS NULL OR w.created_at >= $7::timestamptz)
          AND ($8::bigint IS NULL OR (w.created_at, w.message_id) < (${timeOfMicroseconds("$8")}, $9::uuid))
        ORDER BY w.created_at DESC, w.message_id DESC LIMIT $3)
     SELECT ${viewColumns}
       FROM page JOIN LATERAL (SELECT * FROM messages WHERE id = page.message_id LIMIT 1) m ON true ${viewJoins}
      WHERE m.redacted_at IS NULL AND m.content_preview <> ''
      ORDER BY m.created_at DESC, m.id DESC`,
    range.query,
    range.channelIds,
    range.limit,
    ...senderParams(range.sender),
    range.before?.toISOString(),
    range.since?.toISOString(),
    range.after?.createdUs,
    range.after?.id,
  );
}

function senderParams(sender: SearchRange["sender"]): [string | null, string | null] {
  if (sender === null) return [null, null];
  return "id" in sender ? [sender.id, null] : [null, sender.matrixId];
}
