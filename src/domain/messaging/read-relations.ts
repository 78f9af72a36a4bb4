import { type DbClient, microsecondsOf, timeOfMicroseconds } from "../../db/index.ts";
import { type MessageView, viewColumns, viewJoins } from "./message-view.ts";
import type { Place } from "./read-messages.ts";
import { inOneRoom } from "./relations-store.ts";

/** A message that others point at. */
export interface RelationsTarget {
  /** uuid. */
  readonly channelId: string;
  readonly eventId: string;
}

/** Where a page of events ended: milliseconds since 1970, and the event. */
export interface EventPlace {
  readonly ts: number;
  readonly eventId: string;
}

export interface RelatedRange extends RelationsTarget {
  /** What lies in the message's thread, or what replies to it. */
  readonly by: "thread" | "reply";
  readonly order: "desc" | "asc";
  readonly after: Place | null;
  readonly limit: number;
}

const columnOf = { thread: "thread_root_event_id", reply: "reply_to_event_id" } as const;

/** Messages that point at one, by (`created_at`, `id`): one statement. What was redacted points at nothing any more. */
export async function listRelated(db: DbClient, range: RelatedRange): Promise<MessageView[]> {
  const [beyond, direction] = range.order === "desc" ? ["<", "DESC"] : [">", "ASC"];
  return db.$queryRawUnsafe<MessageView[]>(
    `WITH page AS MATERIALIZED (
       SELECT * FROM messages
        WHERE ${columnOf[range.by]} = $1 AND channel_id = $2::uuid
          AND ($4::bigint IS NULL OR (created_at, id) ${beyond} (${timeOfMicroseconds("$4")}, $5::uuid))
        ORDER BY created_at ${direction}, id ${direction} LIMIT $3)
     SELECT ${viewColumns} FROM page m ${viewJoins}
      ORDER BY m.created_at ${direction}, m.id ${direction}`,
    range.eventId,
    range.channelId,
    range.limit,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
  );
}

/** One wording of a message. */
export interface VersionView {
  /** The message's event for the first version, else the edit's. */
  readonly eventId: string;
  readonly ts: number;
  readonly kind: string;
  readonly preview: string;
  /** Whether it is shown now. */
  readonly current: boolean;
}

export interface EventsRange extends RelationsTarget {
  readonly after: EventPlace | null;
  readonly limit: number;
}

/**
 * The wordings of a message, first to last: its own and those of its sender's valid edits. Redacted edits are left out,
 * and a message that was redacted has none. Source: client-server API, "Validity of replacement events".
 */
export async function listVersions(db: DbClient, range: EventsRange): Promise<VersionView[]> {
  return db.$queryRawUnsafe<VersionView[]>(
    `WITH target AS MATERIALIZED (
       SELECT m.*, COALESCE(m.sender_user_id, m.sender_agent_id) AS sender_id, ${microsecondsOf("m.created_at")} / 1000 AS ts
         FROM messages m WHERE m.matrix_event_id = $1 AND m.channel_id = $2::uuid AND m.redacted_at IS NULL
     ), version AS (
       SELECT -1::bigint AS place, t.matrix_event_id AS event_id, t.ts, COALESCE(t.original ->> 'kind', t.kind) AS kind,
              COALESCE(t.original ->> 'preview', t.content_preview) AS preview, t.original IS NULL AS current
         FROM target t
        UNION ALL
       SELECT e.origin_server_ts, e.event_id, e.origin_server_ts, e.kind, e.preview,
              t.edited_at IS NOT NULL AND row_number() OVER (ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC) = 1
         FROM target t JOIN matrix.edits e ON e.target_event_id = t.matrix_event_id AND e.target_event_id = $1
                                          AND e.channel_id = t.channel_id AND e.sender_id = t.sender_id
                                          AND ${inOneRoom("e.room_id", "t.matrix_room_id")}
        WHERE NOT e.redacted AND e.kind <> 'invalid'
          AND (e.kind IN ('encrypted', 'poll', 'sticker', 'custom')) = (COALESCE(t.original ->> 'kind', t.kind) IN
              ('encrypted', 'poll', 'sticker', 'custom')))
     SELECT event_id AS "eventId", ts::float8 AS ts, kind, preview, current FROM version
      WHERE $4::bigint IS NULL OR (place, event_id COLLATE "C") > ($4::bigint, $5::text COLLATE "C")
      ORDER BY place, event_id COLLATE "C" LIMIT $3`,
    range.eventId,
    range.channelId,
    range.limit,
    range.after?.ts ?? null,
    range.after?.eventId ?? null,
  );
}

export interface ReactionView {
  readonly eventId: string;
  readonly key: string;
  readonly ts: number;
  readonly senderIsAgent: boolean;
  readonly senderId: string;
  readonly senderMatrixId: string | null;
  readonly senderName: string | null;
}

/** Who reacted to a message with what, first to last; what was taken back is left out, what was sent twice counts once. */
export async function listReactions(db: DbClient, range: EventsRange): Promise<ReactionView[]> {
  return db.$queryRawUnsafe<ReactionView[]>(
    `WITH reaction AS MATERIALIZED (
       SELECT DISTINCT ON (x.sender_id, x.key) x.* FROM matrix.reactions x
        WHERE x.target_event_id = $1 AND x.channel_id = $2::uuid AND NOT x.redacted
          AND ${inOneRoom("x.room_id", "(SELECT m.matrix_room_id FROM messages m WHERE m.matrix_event_id = $1)")}
        ORDER BY x.sender_id, x.key, x.origin_server_ts, x.event_id COLLATE "C"
     ), page AS MATERIALIZED (
       SELECT * FROM reaction x
        WHERE $4::bigint IS NULL OR (x.origin_server_ts, x.event_id COLLATE "C") > ($4::bigint, $5::text COLLATE "C")
        ORDER BY x.origin_server_ts, x.event_id COLLATE "C" LIMIT $3)
     SELECT x.event_id AS "eventId", x.key, x.origin_server_ts::float8 AS ts, a.id IS NOT NULL AS "senderIsAgent",
            x.sender_id::text AS "senderId", COALESCE(a.matrix_id, u.matrix_id) AS "senderMatrixId",
            COALESCE(u.display_name, a.name) AS "senderName"
       FROM page x LEFT JOIN users u ON u.id = x.sender_id LEFT JOIN agents a ON a.id = x.sender_id
      ORDER BY x.origin_server_ts, x.event_id COLLATE "C"`,
    range.eventId,
    range.channelId,
    range.limit,
    range.after?.ts ?? null,
    range.after?.eventId ?? null,
  );
}
