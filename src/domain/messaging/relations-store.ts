import type { StatementPart, Tx } from "../../db/index.ts";
import { keptStateKeys } from "./kept-state.ts";

export interface EditRow {
  readonly event_id: string;
  readonly channel_id: string;
  readonly room_id: string;
  readonly target: string;
  readonly sender_id: string;
  readonly ts: number;
  readonly kind: string;
  readonly preview: string;
  readonly metadata?: object | undefined;
  /** What is said of messages before and after these times is not kept. ISO 8601; absent: no such limit. */
  readonly kept_from?: string;
  readonly kept_until?: string;
}

export interface ReactionRow {
  readonly event_id: string;
  readonly channel_id: string;
  readonly room_id: string;
  readonly target: string;
  readonly sender_id: string;
  readonly ts: number;
  readonly key: string;
  /** As of edits. */
  readonly kept_from?: string;
  readonly kept_until?: string;
}

export interface RedactionRow {
  readonly event_id: string;
  readonly channel_id: string;
  readonly room_id: string;
  readonly target: string;
  readonly sender_id: string;
  readonly ts: number;
}

export interface RelationRows {
  readonly edits: readonly EditRow[];
  readonly reactions: readonly ReactionRow[];
  readonly redactions: readonly RedactionRow[];
}

/** Relations that were not there before, and which of them a redaction was waiting for. */
export interface InsertedRelations {
  readonly inserted: readonly string[];
  readonly awaited: readonly string[];
  /** Reactions to messages that were there before: the reaction's event id, the message's uuid. */
  readonly applied: readonly { readonly eventId: string; readonly messageId: string }[];
}

/**
 * SQL: whether these columns name one room, of two rows of one channel. Relations do not reach from room to room, not
 * when one has replaced the other either. Rows that are older than the columns may be of any room of their channel.
 */
export function inOneRoom(one: string, other: string): string {
  return `COALESCE(${one} = ${other}, true)`;
}

/**
 * SQL: the message that the relation `f` points at, if it is in the relation's room. The room is compared outside
 * of the search, so that the only index to search by is the one of event ids.
 */
const target = `(SELECT CASE WHEN m.channel_id = f.channel_id AND ${inOneRoom("m.matrix_room_id", "f.room_id")} THEN m.id END
                   FROM messages m WHERE m.matrix_event_id = f.target LIMIT 1)`;

/**
 * SQL: whether the event that this column names was redacted in the room of the row `f`. As above, the room is
 * no way to search: it may have any number of redactions.
 */
export function redacted(eventId: string): string {
  return `COALESCE((SELECT bool_or(x.channel_id = f.channel_id AND ${inOneRoom("x.room_id", "f.room_id")}) FROM matrix.redactions x
                      WHERE x.target_event_id = ${eventId}), false)`;
}

/**
 * SQL: whether the words of the relation `f` are gone with what it points at. What was redacted, message or not, takes
 * them with it, also those that come later; so does a message that lies outside of what its channel keeps.
 */
const goneWithTarget = `(${redacted("f.target")}
                OR CASE WHEN f.kept_from IS NOT NULL OR f.kept_until IS NOT NULL
                        THEN ${isThere("messages m WHERE m.matrix_event_id = f.target AND (m.created_at < f.kept_from OR m.created_at >= f.kept_until)")}
                        ELSE false END)`;

/**
 * Inserts edits, reactions and redactions. Those that point at nothing that was there before are parked: whether they
 * apply is decided when everything of the batch is in. Redactions are always decided then.
 */
export function relationsPart(rows: RelationRows): StatementPart<InsertedRelations> {
  return {
    params: [rows.edits, rows.reactions, rows.redactions].map((list) => JSON.stringify(list)),
    ctes: ($) => `
      edit AS MATERIALIZED (
        SELECT f.*, ${target} IS NULL AS parked, ${goneWithTarget} AS gone
          FROM json_to_recordset(${$(0)}::json)
            AS f(event_id text, channel_id uuid, room_id text, target text, sender_id uuid, ts bigint, kind text,
                 preview text, metadata jsonb, kept_from timestamptz, kept_until timestamptz)
      ), new_edit AS (
        INSERT INTO matrix.edits (event_id, channel_id, room_id, target_event_id, sender_id, origin_server_ts, kind, preview,
                                  metadata, parked)
        SELECT event_id, channel_id, room_id, target, sender_id, ts, kind, CASE WHEN gone THEN '' ELSE preview END,
               CASE WHEN NOT gone THEN metadata END, parked
          FROM edit
        ON CONFLICT DO NOTHING RETURNING event_id, target_event_id
      ), reaction AS MATERIALIZED (
        SELECT f.event_id, f.channel_id, f.room_id, f.target, f.sender_id, f.ts, ${target} AS message_id,
               CASE WHEN ${goneWithTarget} OR ${redacted("f.event_id")} THEN '' ELSE f.key END AS key
          FROM json_to_recordset(${$(1)}::json)
            AS f(event_id text, channel_id uuid, room_id text, target text, sender_id uuid, ts bigint, key text,
                 kept_from timestamptz, kept_until timestamptz)
      ), new_reaction AS (
        INSERT INTO matrix.reactions (event_id, channel_id, room_id, target_event_id, sender_id, origin_server_ts, key, parked)
        SELECT event_id, channel_id, room_id, target, sender_id, ts, key, message_id IS NULL FROM reaction
        ON CONFLICT DO NOTHING RETURNING event_id
      ), new_redaction AS (
        INSERT INTO matrix.redactions (event_id, channel_id, room_id, target_event_id, sender_id, origin_server_ts, parked)
        SELECT f.event_id, f.channel_id, f.room_id, f.target, f.sender_id, f.ts, true
          FROM json_to_recordset(${$(2)}::json)
            AS f(event_id text, channel_id uuid, room_id text, target text, sender_id uuid, ts bigint)
        ON CONFLICT DO NOTHING RETURNING event_id
      ), new_relation AS (
        SELECT event_id FROM new_edit UNION ALL SELECT event_id FROM new_reaction UNION ALL SELECT event_id FROM new_redaction
      )`,
    result: () => `
      SELECT json_build_object(
        'inserted', COALESCE(json_agg(event_id), '[]'),
        'awaited', COALESCE(json_agg(event_id) FILTER (WHERE ${redactionWaits("n.event_id")}), '[]')::jsonb
                   || (SELECT COALESCE(jsonb_agg(target_event_id), '[]') FROM new_edit e
                        WHERE ${redactionWaits("e.target_event_id")}),
        'applied', (SELECT COALESCE(json_agg(json_build_object('eventId', x.event_id, 'messageId', x.message_id)), '[]')
                      FROM reaction x JOIN new_reaction USING (event_id) WHERE x.message_id IS NOT NULL))
        FROM new_relation n`,
  };
}

/**
 * SQL: whether a row is there. Not `EXISTS`, which the planner may turn into a hash of the whole table; this it can only
 * look up.
 */
export function isThere(from: string): string {
  return `((SELECT true FROM ${from} LIMIT 1) IS NOT NULL)`;
}

/** SQL: whether a redaction came before the event that this column, with its table, names. */
export function redactionWaits(eventId: string): string {
  return isThere(`matrix.redactions x WHERE x.parked AND x.target_event_id = ${eventId}`);
}

/** A redaction that hit something, for whoever derives from it. */
export interface RedactionEffects {
  /** Messages that were whole before. */
  readonly messages: readonly RedactedMessage[];
  /** Edits that were redacted, with the messages they edit. */
  readonly edits: readonly { eventId: string; target: string }[];
  /** Reactions that were taken back: Matrix event ids. */
  readonly reactions: readonly string[];
  readonly stateRooms: readonly string[];
  /** uuids of the channels of these rooms. */
  readonly stateChannels: readonly string[];
  readonly memberEvents: readonly { eventId: string; roomId: string; userId: string }[];
  /** Polls of votes and ends that were taken back, if they are here. */
  readonly polls: readonly { eventId: string; id: string; channelId: string; voteEventId: string }[];
  /** Follow-ups (`f_…`) that a reaction made which was taken back. */
  readonly unpinned: readonly string[];
  /** Which of the messages agents had been asked by: Matrix event ids. */
  readonly withdrawn: readonly string[];
}

export const nothingRedacted: RedactionEffects = {
  messages: [],
  edits: [],
  reactions: [],
  stateRooms: [],
  stateChannels: [],
  memberEvents: [],
  polls: [],
  unpinned: [],
  withdrawn: [],
};

/** What both reached. */
export function bothOf(one: RedactionEffects, other: RedactionEffects): RedactionEffects {
  if (other === nothingRedacted) return one;
  return {
    messages: [...one.messages, ...other.messages],
    edits: [...one.edits, ...other.edits],
    reactions: [...one.reactions, ...other.reactions],
    stateRooms: [...one.stateRooms, ...other.stateRooms],
    stateChannels: [...one.stateChannels, ...other.stateChannels],
    memberEvents: [...one.memberEvents, ...other.memberEvents],
    polls: [...one.polls, ...other.polls],
    unpinned: [...one.unpinned, ...other.unpinned],
    withdrawn: [...one.withdrawn, ...other.withdrawn],
  };
}

export interface RedactedMessage {
  readonly id: string;
  readonly eventId: string;
  readonly channelId: string;
  readonly redactionId: string;
  /** When it was redacted, milliseconds since 1970. */
  readonly ts: number;
  readonly senderId: string;
  readonly senderIsAgent: boolean;
}

// One statement: the copies are emptied together, and every part looks at the tables as they were before. Each look into
// a table names the targets once more: whatever the planner thinks of the table's size, it then goes by key.
const redactionSql = `
  WITH due AS MATERIALIZED (
   SELECT DISTINCT ON (r.target_event_id, r.channel_id, r.room_id) r.*
     FROM matrix.redactions r
    WHERE r.parked AND r.target_event_id = ANY($1::text[])
    ORDER BY r.target_event_id, r.channel_id, r.room_id, r.origin_server_ts, r.event_id COLLATE "C"
 ), rooms AS MATERIALIZED (
   SELECT r.room_id, r.channel_id FROM matrix.rooms r WHERE r.channel_id = ANY(ARRAY(SELECT channel_id FROM due))
 ), message AS MATERIALIZED (
   SELECT DISTINCT ON (m.id) m.id, m.matrix_event_id, m.redacted_at, m.matrix_room_id, d.channel_id, d.event_id AS redaction_id,
          d.origin_server_ts, d.sender_id
     FROM due d JOIN messages m ON m.matrix_event_id = d.target_event_id AND m.channel_id = d.channel_id
      AND ${inOneRoom("m.matrix_room_id", "d.room_id")}
    WHERE m.matrix_event_id = ANY($1::text[])
    ORDER BY m.id, d.origin_server_ts, d.event_id COLLATE "C"
 ), emptied AS (
   UPDATE messages m
      SET kind = 'redacted', content_preview = '', metadata = NULL, original = NULL, edited_at = NULL,
          thread_root_event_id = NULL, reply_to_event_id = NULL,
          redacted_at = LEAST(m.redacted_at, to_timestamp(x.origin_server_ts / 1000.0))
     FROM message x
    WHERE m.id = x.id AND m.matrix_event_id = ANY($1::text[])
 ), edit AS (
   UPDATE matrix.edits e
      SET preview = '', metadata = NULL, kind = 'redacted', redacted = true
     FROM due d
    WHERE e.channel_id = d.channel_id AND e.event_id = d.target_event_id AND e.event_id = ANY($1::text[])
      AND ${inOneRoom("e.room_id", "d.room_id")}
   RETURNING e.event_id, e.channel_id, e.room_id, e.target_event_id
 ), edit_of_redacted AS (
   -- Also when the message itself has not come yet: it may never come, and they hold its text.
   UPDATE matrix.edits e
      SET preview = '', metadata = NULL
     FROM due x
    WHERE e.channel_id = x.channel_id AND e.target_event_id = x.target_event_id AND e.target_event_id = ANY($1::text[])
      AND ${inOneRoom("e.room_id", "x.room_id")}
      AND NOT EXISTS (SELECT 1 FROM due d WHERE d.target_event_id = e.event_id AND d.channel_id = e.channel_id
                         AND ${inOneRoom("d.room_id", "e.room_id")})
 ), reaction AS (
   UPDATE matrix.reactions x SET redacted = true, key = ''
     FROM due d
    WHERE x.channel_id = d.channel_id AND x.event_id = d.target_event_id AND x.event_id = ANY($1::text[])
      AND ${inOneRoom("x.room_id", "d.room_id")}
   RETURNING x.event_id, x.channel_id, x.room_id
 ), note AS (
   -- What is to be done about a message tells what it said.
   UPDATE followups f SET note = '' FROM message x WHERE f.message_id = x.id AND f.note <> ''
 ), poll_event AS (
   UPDATE matrix.poll_events p SET redacted = true, answers = '{}'
     FROM due d
    WHERE p.channel_id = d.channel_id AND p.event_id = d.target_event_id AND p.event_id = ANY($1::text[])
      AND ${inOneRoom("p.room_id", "d.room_id")}
   RETURNING p.event_id, p.channel_id, p.room_id, p.poll_event_id
 ), vote_of_redacted AS (
   -- Ids of answers may be words of the poll.
   UPDATE matrix.poll_events p SET answers = '{}'
     FROM due x
    WHERE p.channel_id = x.channel_id AND p.poll_event_id = x.target_event_id AND p.poll_event_id = ANY($1::text[])
      AND ${inOneRoom("p.room_id", "x.room_id")}
      AND NOT EXISTS (SELECT 1 FROM due d WHERE d.target_event_id = p.event_id AND d.channel_id = p.channel_id
                         AND ${inOneRoom("d.room_id", "p.room_id")})
 ), unsearchable AS (
   DELETE FROM matrix.search_words w USING message x WHERE w.message_id = x.id
 ), to_search AS (
   -- Words that are being stored at this moment: they go with the next look.
   INSERT INTO matrix.search_queue (message_id) SELECT id FROM message WHERE redacted_at IS NULL
 ), reaction_to_redacted AS (
   UPDATE matrix.reactions x SET key = ''
     FROM due t
    WHERE x.channel_id = t.channel_id AND x.target_event_id = t.target_event_id AND x.target_event_id = ANY($1::text[])
      AND ${inOneRoom("x.room_id", "t.room_id")} AND x.key <> ''
      AND NOT EXISTS (SELECT 1 FROM due d WHERE d.target_event_id = x.event_id AND d.channel_id = x.channel_id
                         AND ${inOneRoom("d.room_id", "x.room_id")})
 ), send AS (
   -- Delivered, and redacted before its echo came: nothing else would take the words out of the queue.
   UPDATE matrix.sends s SET content = NULL
     FROM due d
    WHERE s.channel_id = d.channel_id AND s.event_id = d.target_event_id AND s.event_id = ANY($1::text[])
      AND ${inOneRoom("s.room_id", "d.room_id")}
 ), state AS (
   UPDATE matrix.state_events s
      SET redacted = true,
          content = (SELECT COALESCE(jsonb_object_agg(c.key, c.value), '{}') FROM jsonb_each(s.content) c
                      WHERE $2::jsonb -> s.type ? c.key)
     FROM due d JOIN rooms r ON r.channel_id = d.channel_id
    WHERE s.event_id = d.target_event_id AND s.room_id = r.room_id AND ${inOneRoom("s.room_id", "d.room_id")} AND s.event_id = ANY($1::text[])
   RETURNING s.event_id, d.channel_id, s.room_id
 ), member AS (
   UPDATE matrix.member_events e SET redacted = true, display_name = NULL, avatar_url = NULL
     FROM due d JOIN rooms r ON r.channel_id = d.channel_id
    WHERE e.event_id = d.target_event_id AND e.room_id = r.room_id AND ${inOneRoom("e.room_id", "d.room_id")} AND e.event_id = ANY($1::text[])
   RETURNING e.event_id, d.channel_id, e.room_id, e.user_id
 ), hit AS (
   SELECT matrix_event_id AS event_id, channel_id, matrix_room_id AS room_id FROM message
   UNION ALL SELECT event_id, channel_id, room_id FROM edit UNION ALL SELECT event_id, channel_id, room_id FROM reaction
   UNION ALL SELECT event_id, channel_id, room_id FROM poll_event
   UNION ALL SELECT event_id, channel_id, room_id FROM state UNION ALL SELECT event_id, channel_id, room_id FROM member
 ), unparked AS (
   UPDATE matrix.redactions r SET parked = false
    WHERE r.parked AND r.target_event_id = ANY($1::text[])
      AND EXISTS (SELECT 1 FROM hit h WHERE h.event_id = r.target_event_id AND h.channel_id = r.channel_id
                     AND ${inOneRoom("h.room_id", "r.room_id")})
 )
 SELECT (SELECT COALESCE(json_agg(json_build_object('id', x.id, 'eventId', x.matrix_event_id, 'channelId', x.channel_id,
                  'redactionId', x.redaction_id, 'ts', x.origin_server_ts, 'senderId', x.sender_id,
                  'senderIsAgent', EXISTS (SELECT 1 FROM agents a WHERE a.id = x.sender_id))), '[]')
           FROM message x WHERE x.redacted_at IS NULL) AS messages,
        (SELECT COALESCE(json_agg(json_build_object('eventId', event_id, 'target', target_event_id)), '[]')
           FROM edit) AS edits,
        ARRAY(SELECT event_id FROM reaction) AS reactions,
        (SELECT COALESCE(array_agg(room_id), '{}') FROM state) AS "stateRooms",
        (SELECT COALESCE(array_agg(DISTINCT channel_id::text), '{}') FROM state) AS "stateChannels",
        (SELECT COALESCE(json_agg(json_build_object('eventId', event_id, 'roomId', room_id, 'userId', user_id)), '[]')
           FROM member) AS "memberEvents",
        (SELECT COALESCE(json_agg(json_build_object('eventId', m.matrix_event_id, 'id', m.id, 'channelId', m.channel_id,
                                                    'voteEventId', p.event_id)), '[]')
           FROM poll_event p CROSS JOIN LATERAL (
             SELECT y.* FROM messages y WHERE y.matrix_event_id = p.poll_event_id LIMIT 1) m
          WHERE m.channel_id = p.channel_id AND m.redacted_at IS NULL) AS polls,
        (SELECT COALESCE(array_agg(f.id), '{}') FROM reaction x JOIN followups f ON f.reaction_event_id = x.event_id
          WHERE f.reaction_event_id = ANY($1::text[])) AS unpinned,
        ARRAY(SELECT DISTINCT r.trigger_event_id FROM agent_runs r
               WHERE r.trigger_event_id = ANY(ARRAY(SELECT matrix_event_id FROM message WHERE redacted_at IS NULL))) AS withdrawn`;

/**
 * Applies the parked redactions of these targets: every copy of a redacted event's content that the mirror holds is
 * emptied, its edits' copies included. A redaction reaches only events of its own room: who may delete in a room that has
 * replaced another may not in the old one. Source: room version 11, "Handling redactions".
 */
export async function applyRedactions(tx: Tx, targets: readonly string[]): Promise<RedactionEffects> {
  const [effects] = await tx.db.$queryRawUnsafe<RedactionEffects[]>(
    redactionSql,
    targets,
    JSON.stringify(keptStateKeys),
  );
  return effects ?? nothingRedacted;
}
