import type { StatementPart } from "../../db/index.ts";
import type { StoredEnvelope } from "../../kernel/events.ts";
import { isThere } from "./relations-store.ts";

/** Rows for `messages`. Absent means null; what many rows share is told once and referred to by its place. */
export interface MessageRows {
  readonly rooms: readonly {
    channel_id: string;
    room_id: string;
    told: StoredEnvelope;
  }[];
  readonly senders: readonly { user_id?: string; agent_id?: string }[];
  readonly messages: readonly MessageRow[];
}

export interface MessageRow {
  readonly id: string;
  /** The 26 characters that its ids `m_…` and `evt_…` end with. */
  readonly suffix: string;
  readonly event_id: string;
  /** Places in `rooms` and `senders`. */
  readonly room: number;
  readonly sender: number;
  readonly kind: string;
  readonly preview: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly metadata?: object | undefined;
  readonly thread_root?: string | undefined;
  readonly reply_to?: string | undefined;
}

export interface InsertedMessages {
  /** Matrix event ids of what is no message, but an edit that was redacted before it came. */
  readonly edits: readonly string[];
  /** Matrix event ids of messages that reply to an agent's which was there before. */
  readonly answers: readonly string[];
}

/**
 * SQL: the agent that said the message which this column names. The agent is no way to search: it may have said any number
 * of messages.
 */
function agentOf(eventId: string): string {
  return `(SELECT t.sender_agent_id FROM messages t WHERE t.matrix_event_id = ${eventId} LIMIT 1)`;
}

/**
 * Inserts messages that are not there yet, and their `chat.message.created` events. The event has the message's id with
 * another prefix; what the message's row says of it is not stored again. It was told before when the message was removed and
 * is read anew; nobody else tells it meanwhile, because the room is locked.
 */
export function messagesPart(rows: MessageRows, now: Date): StatementPart<InsertedMessages> {
  const { rooms, senders, messages } = rows;
  return {
    params: [...[messages, rooms, senders].map((list) => JSON.stringify(list)), now.toISOString()],
    ctes: ($) => `
      message AS MATERIALIZED (
        SELECT f.*, r.channel_id, r.room_id, r.told, s.user_id, s.agent_id,
               f.kind = 'redacted' AND ${isThere("matrix.edits e WHERE e.event_id = f.event_id")} AS is_edit
          FROM json_to_recordset(${$(0)}::json)
            AS f(id uuid, suffix text, event_id text, room int, sender int, kind text, preview text, at text,
                 metadata jsonb, thread_root text, reply_to text)
          JOIN ROWS FROM (json_to_recordset(${$(1)}::json)
            AS (channel_id uuid, room_id text, told jsonb)) WITH ORDINALITY AS r(channel_id, room_id, told, place) ON r.place = f.room + 1
          JOIN ROWS FROM (json_to_recordset(${$(2)}::json)
            AS (user_id uuid, agent_id uuid)) WITH ORDINALITY AS s(user_id, agent_id, place) ON s.place = f.sender + 1
      ), new_message AS (
        INSERT INTO messages (id, channel_id, matrix_room_id, matrix_event_id, sender_user_id, sender_agent_id, sender_type, kind,
                              content_preview, created_at, metadata, thread_root_event_id, reply_to_event_id)
        SELECT id, channel_id, room_id, event_id, user_id, agent_id, CASE WHEN agent_id IS NULL THEN 'human' ELSE 'agent' END,
               kind, preview, at::timestamptz, metadata, thread_root, reply_to
          FROM message WHERE NOT is_edit
      ), to_search AS (
        INSERT INTO matrix.search_queue (message_id) SELECT id FROM message WHERE preview <> '' AND NOT is_edit
      ), told_message AS (
        INSERT INTO outbox_events (id, topic, event_key, payload, created_at)
        SELECT 'evt_' || m.suffix, 'chat.message.created', m.event_id, m.told, ${$(3)}::timestamptz
          FROM message m WHERE NOT m.is_edit AND NOT ${isThere("outbox_events o WHERE o.id = 'evt_' || m.suffix")}
      )`,
    result: () => `
      SELECT json_build_object(
        'edits', COALESCE(json_agg(m.event_id) FILTER (WHERE m.is_edit), '[]'),
        'answers', COALESCE(json_agg(m.event_id) FILTER (WHERE m.reply_to IS NOT NULL
            AND ${agentOf("m.reply_to")} IS NOT NULL), '[]'))
        FROM message m`,
  };
}
