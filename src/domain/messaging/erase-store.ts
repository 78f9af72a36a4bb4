import type { DbClient, Tx } from "../../db/index.ts";

/** What of one person is in the mirror, by table: rows that hold something they said or are called. */
export interface MirroredCounts {
  readonly messages: number;
  readonly edits: number;
  readonly reactions: number;
  readonly votes: number;
  readonly memberEvents: number;
  readonly channelMembers: number;
  readonly profiles: number;
}

const nameless = "display_name IS NOT NULL OR avatar_url IS NOT NULL";

/** Counts it. `until`: what was said and told until then. */
export async function countMirrored(
  db: DbClient,
  { userId, matrixId, until }: { userId: string; matrixId: string; until: Date },
): Promise<MirroredCounts> {
  const [counts] = await db.$queryRawUnsafe<[MirroredCounts]>(
    `SELECT (SELECT count(*) FROM messages m WHERE m.sender_user_id = $1::uuid AND ${hasWords})::int AS messages,
            (SELECT count(*) FROM matrix.edits e WHERE e.sender_id = $1::uuid AND ${at("e")} <= $3
                AND (e.preview <> '' OR e.metadata IS NOT NULL))::int AS edits,
            (SELECT count(*) FROM matrix.reactions x WHERE x.sender_id = $1::uuid AND ${at("x")} <= $3 AND x.key <> '')::int AS reactions,
            (SELECT count(*) FROM matrix.poll_events p WHERE p.sender_id = $1::uuid AND ${at("p")} <= $3 AND p.answers <> '{}')::int AS votes,
            (SELECT count(*) FROM matrix.member_events v WHERE v.user_id = $2 AND ${at("v")} <= $3 AND (${nameless}))::int AS "memberEvents",
            (SELECT count(*) FROM channel_members c WHERE c.member_user_id = $1::uuid AND (${nameless}))::int AS "channelMembers",
            (SELECT count(*) FROM users u WHERE u.id = $1::uuid
                AND (${nameless} OR handle IS NOT NULL OR email IS NOT NULL))::int AS profiles`,
    userId,
    matrixId,
    until,
  );
  return counts;
}

/** SQL: when the event of this table was sent. */
function at(table: string): string {
  return `to_timestamp(${table}.origin_server_ts / 1000.0)`;
}

/** SQL: whether a message `m` shows or keeps something that was said until `$3`. */
const hasWords = `((m.created_at <= $3 AND (m.original ->> 'preview' <> '' OR m.original -> 'metadata' <> 'null'))
  OR (COALESCE(m.edited_at, m.created_at) <= $3 AND (m.content_preview <> '' OR m.metadata IS NOT NULL)))`;

/**
 * Takes the words out of a person's messages that were said until a moment, `limit` at most. A version that is younger
 * stays: it is how a message looks whose earlier ones were recorded after the person was erased. Gives how many.
 */
export async function emptyMessagesOf(
  tx: Tx,
  { userId, until, limit }: { userId: string; until: Date; limit: number },
): Promise<number> {
  const [emptied] = await tx.db.$queryRawUnsafe<[{ count: number }]>(
    `WITH page AS MATERIALIZED (
       SELECT m.id FROM messages m
        WHERE m.sender_user_id = $1::uuid AND ${hasWords} ORDER BY m.id LIMIT $2::int FOR UPDATE SKIP LOCKED
     ), emptied AS (
       UPDATE messages m
          SET content_preview = CASE WHEN COALESCE(m.edited_at, m.created_at) <= $3 THEN '' ELSE m.content_preview END,
              metadata = CASE WHEN COALESCE(m.edited_at, m.created_at) <= $3 THEN NULL ELSE m.metadata END,
              original = CASE WHEN m.original IS NOT NULL THEN
                jsonb_build_object('kind', m.original ->> 'kind', 'preview', '', 'metadata', NULL) END
        WHERE m.id = ANY(ARRAY(SELECT id FROM page))
       RETURNING m.id
     ), note AS (
       UPDATE followups f SET note = '' WHERE f.message_id = ANY(ARRAY(SELECT id FROM page)) AND f.note <> ''
     ), unsearchable AS (
       DELETE FROM matrix.search_words w WHERE w.message_id = ANY(ARRAY(SELECT id FROM page))
     ), to_search AS (
       INSERT INTO matrix.search_queue (message_id) SELECT id FROM emptied
     )
     SELECT count(*)::int AS count FROM emptied`,
    userId,
    limit,
    until,
  );
  return emptied.count;
}

/** Takes the words out of what a person said about messages until a moment, in one channel, and the names they had there. */
export async function emptyTracesOf(
  tx: Tx,
  person: { userId: string; matrixId: string; channelId: string; until: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `WITH edit AS (
       UPDATE matrix.edits e SET preview = '', metadata = NULL
        WHERE e.channel_id = $2::uuid AND e.sender_id = $1::uuid AND ${at("e")} <= $3 AND (e.preview <> '' OR e.metadata IS NOT NULL)
     ), reaction AS (
       UPDATE matrix.reactions x SET key = ''
        WHERE x.channel_id = $2::uuid AND x.sender_id = $1::uuid AND ${at("x")} <= $3 AND x.key <> ''
     ), vote AS (
       UPDATE matrix.poll_events p SET answers = '{}'
        WHERE p.channel_id = $2::uuid AND p.sender_id = $1::uuid AND ${at("p")} <= $3 AND p.answers <> '{}'
     ), member_event AS (
       UPDATE matrix.member_events v SET display_name = NULL, avatar_url = NULL
        WHERE v.room_id = ANY(ARRAY(SELECT room_id FROM matrix.rooms WHERE channel_id = $2::uuid)) AND v.user_id = $4
          AND ${at("v")} <= $3 AND (v.display_name IS NOT NULL OR v.avatar_url IS NOT NULL)
     )
     UPDATE channel_members c SET display_name = NULL, avatar_url = NULL
      WHERE c.channel_id = $2::uuid AND c.member_user_id = $1::uuid AND (c.display_name IS NOT NULL OR c.avatar_url IS NOT NULL)`,
    person.userId,
    person.channelId,
    person.until,
    person.matrixId,
  );
}

/** The next channels after an id, of all there are: who is in none may have left words in it. */
export async function selectChannelIds(db: DbClient, after: string, limit: number): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text AS id FROM channels WHERE id > $1::uuid ORDER BY id LIMIT $2::int`,
    after,
    limit,
  );
  return rows.map(({ id }) => id);
}
