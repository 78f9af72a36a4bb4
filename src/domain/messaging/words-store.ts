import type { Tx } from "../../db/index.ts";

/** Messages of a channel by their time: from the first moment on, before the second; null is without limit. */
export interface WordsRange {
  /** uuid */
  readonly channelId: string;
  readonly from: Date | null;
  readonly until: Date | null;
  /** Only what comes after this place; null begins at the beginning. */
  readonly after: WordsPlace | null;
  /** How many messages are looked at. */
  readonly limit: number;
}

/** A place in a channel's order of messages. `at` is as PostgreSQL writes times. */
export interface WordsPlace {
  readonly at: string;
  readonly id: string;
}

/** How much lost its words just now. */
export interface EmptiedCount {
  readonly messages: number;
  readonly edits: number;
  readonly reactions: number;
}

/**
 * Takes the words out of the next messages of a range, and out of everything that was said about them: edits,
 * reactions and votes. The rows stay, as those of messages that come later than their words may be kept.
 */
export async function emptyMessages(
  tx: Tx,
  range: WordsRange,
): Promise<EmptiedCount & { readonly last: WordsPlace | null }> {
  const [emptied] = await tx.db.$queryRawUnsafe<[EmptiedCount & { last: WordsPlace | null }]>(
    `WITH page AS MATERIALIZED (
       SELECT id, matrix_event_id, created_at,
              content_preview <> '' OR metadata IS NOT NULL OR original IS NOT NULL OR edited_at IS NOT NULL AS has_words
         FROM messages
        WHERE channel_id = $1::uuid
          AND created_at >= COALESCE($2::timestamptz, '-infinity') AND created_at < COALESCE($3::timestamptz, 'infinity')
          AND (created_at, id) > (COALESCE($4::timestamptz, '-infinity'), COALESCE($5::uuid, '00000000-0000-0000-0000-000000000000'))
        ORDER BY created_at, id LIMIT $6::int
     ), ids AS MATERIALIZED (
       SELECT array_agg(matrix_event_id) AS event_ids, array_agg(id) FILTER (WHERE has_words) AS ids FROM page
     ), message AS (
       UPDATE messages m
          SET content_preview = '', metadata = NULL, original = NULL, edited_at = NULL,
              kind = CASE WHEN m.redacted_at IS NULL THEN COALESCE(m.original ->> 'kind', m.kind) ELSE m.kind END
        WHERE m.id = ANY((SELECT ids FROM ids)::uuid[])
       RETURNING m.id
     ), edit AS (
       UPDATE matrix.edits e SET preview = '', metadata = NULL
        WHERE e.target_event_id = ANY((SELECT event_ids FROM ids)::text[]) AND e.channel_id = $1::uuid
          AND (e.preview <> '' OR e.metadata IS NOT NULL)
       RETURNING e.event_id
     ), reaction AS (
       UPDATE matrix.reactions x SET key = ''
        WHERE x.target_event_id = ANY((SELECT event_ids FROM ids)::text[]) AND x.channel_id = $1::uuid AND x.key <> ''
       RETURNING x.event_id
     ), vote AS (
       UPDATE matrix.poll_events p SET answers = '{}'
        WHERE p.poll_event_id = ANY((SELECT event_ids FROM ids)::text[]) AND p.channel_id = $1::uuid AND p.answers <> '{}'
     ), note AS (
       UPDATE followups f SET note = '' WHERE f.message_id = ANY(ARRAY(SELECT id FROM page)) AND f.note <> ''
     ), unsearchable AS (
       DELETE FROM matrix.search_words w WHERE w.message_id = ANY((SELECT ids FROM ids)::uuid[])
     ), to_search AS (
       -- Words that are being stored at this moment: they go with the next look.
       INSERT INTO matrix.search_queue (message_id) SELECT id FROM message
     )
     SELECT (SELECT count(*) FROM message)::int AS messages, (SELECT count(*) FROM edit)::int AS edits,
            (SELECT count(*) FROM reaction)::int AS reactions,
            (SELECT json_build_object('at', created_at::text, 'id', id) FROM page ORDER BY created_at DESC, id DESC LIMIT 1) AS last`,
    range.channelId,
    range.from,
    range.until,
    range.after?.at ?? null,
    range.after?.id ?? null,
    range.limit,
  );
  return emptied;
}

/** SQL: whether the event of this row was said within the span ($2, $3). */
function saidWithin(row: string): string {
  const said = `to_timestamp(${row}.origin_server_ts / 1000.0)`;
  return `${said} >= COALESCE($2::timestamptz, '-infinity') AND ${said} < COALESCE($3::timestamptz, 'infinity')`;
}

/**
 * The same for edits and reactions by their own time, whatever they are about: what they are about may never have come.
 * `edited`: the Matrix event ids of what the edits are about.
 */
export async function emptyRelations(
  tx: Tx,
  { channelId, from, until }: Pick<WordsRange, "channelId" | "from" | "until">,
): Promise<EmptiedCount & { readonly edited: readonly string[] }> {
  const [emptied] = await tx.db.$queryRawUnsafe<[EmptiedCount & { edited: string[] }]>(
    `WITH edit AS (
       UPDATE matrix.edits e SET preview = '', metadata = NULL
        WHERE e.channel_id = $1::uuid AND (e.preview <> '' OR e.metadata IS NOT NULL)
          AND ${saidWithin("e")}
       RETURNING e.target_event_id
     ), reaction AS (
       UPDATE matrix.reactions x SET key = ''
        WHERE x.channel_id = $1::uuid AND x.key <> ''
          AND ${saidWithin("x")}
       RETURNING x.event_id
     ), vote AS (
       UPDATE matrix.poll_events p SET answers = '{}'
        WHERE p.channel_id = $1::uuid AND p.answers <> '{}'
          AND ${saidWithin("p")}
     )
     SELECT 0 AS messages, (SELECT count(*) FROM edit)::int AS edits, (SELECT count(*) FROM reaction)::int AS reactions,
            ARRAY(SELECT DISTINCT target_event_id FROM edit) AS edited`,
    channelId,
    from,
    until,
  );
  return emptied;
}

/** Remembers since when channels are encrypted. Gives those for which that is earlier than what was known. */
export async function updateEncryptedSince(
  tx: Tx,
  channels: readonly { channelId: string; since: Date }[],
): Promise<{ channelId: string; since: Date }[]> {
  return tx.db.$queryRawUnsafe<{ channelId: string; since: Date }[]>(
    `UPDATE channels c SET encrypted_since = w.since
       FROM (SELECT x."channelId" AS id, min(x.since) AS since
               FROM jsonb_to_recordset($1::jsonb) AS x("channelId" uuid, since timestamptz) GROUP BY 1) w
      WHERE c.id = w.id AND (c.encrypted_since IS NULL OR c.encrypted_since > w.since)
     RETURNING c.id::text AS "channelId", c.encrypted_since AS since`,
    JSON.stringify(channels),
  );
}
