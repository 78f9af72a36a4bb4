import type { StatementPart } from "../../db/index.ts";
import { isOutside } from "./kept-words.ts";
import { inOneRoom } from "./relations-store.ts";

/** A message whose shown content changed because of its edits. */
export interface RevisedMessage {
  readonly id: string;
  readonly eventId: string;
  readonly channelId: string;
  readonly senderId: string;
  readonly senderIsAgent: boolean;
  /** The edit that is shown now; null when the original is shown again. */
  readonly editEventId: string | null;
  /** Milliseconds since 1970. */
  readonly ts: number;
}

/** SQL: which type of event has this kind, as far as kinds tell: an edit is of the same type as what it edits. */
function sortOf(kind: string, metadata: string): string {
  return `CASE WHEN ${kind} IN ('encrypted', 'poll', 'sticker') THEN ${kind}
               WHEN ${kind} = 'custom' THEN 'custom ' || COALESCE(${metadata} ->> 'event_type', '')
               ELSE 'message' END`;
}

/**
 * Makes these messages show their latest valid edit: same room, same sender, same type, not redacted, with new content, the
 * greatest (`origin_server_ts`, `event_id`) wins. With none left, the original shows again.
 * Source: client-server API, "Validity of replacement events" and "Applying m.new_content".
 * Edits of a message that is redacted or not kept any more lose their text; edits whose message is here are no longer parked.
 */
export function editsPart(targets: readonly string[]): StatementPart<RevisedMessage[]> {
  return {
    params: [targets],
    ctes: ($) => `
      target AS MATERIALIZED (
       SELECT m.*, COALESCE(m.sender_user_id, m.sender_agent_id) AS sender_id, ${isOutside("m", "c")} AS is_outside
         FROM messages m JOIN channels c ON c.id = m.channel_id WHERE m.matrix_event_id = ANY(${$(0)}::text[])
     ), best AS (
       SELECT DISTINCT ON (t.id) t.id, e.event_id, e.kind, e.preview, e.metadata, e.origin_server_ts
         FROM target t
         JOIN matrix.edits e ON e.target_event_id = t.matrix_event_id AND e.channel_id = t.channel_id
                            AND e.target_event_id = ANY(${$(0)}::text[]) AND ${inOneRoom("e.room_id", "t.matrix_room_id")}
                            AND e.sender_id = t.sender_id AND NOT t.is_outside AND NOT e.redacted AND e.kind <> 'invalid'
                            AND ${sortOf("e.kind", "e.metadata")} = ${sortOf("COALESCE(t.original ->> 'kind', t.kind)", "t.metadata")}
        ORDER BY t.id, e.origin_server_ts DESC, e.event_id COLLATE "C" DESC
     ), wanted AS (
       SELECT t.id, t.matrix_event_id, t.sender_id, t.sender_agent_id IS NOT NULL AS is_agent, b.event_id,
              CASE WHEN b.id IS NULL THEN t.original ->> 'kind' ELSE b.kind END AS kind,
              CASE WHEN b.id IS NULL THEN t.original ->> 'preview' ELSE b.preview END AS preview,
              CASE WHEN b.id IS NULL THEN NULLIF(t.original -> 'metadata', 'null') ELSE b.metadata END AS metadata,
              CASE WHEN b.id IS NULL THEN NULL
                   ELSE COALESCE(t.original, jsonb_build_object('kind', t.kind, 'preview', t.content_preview,
                                                                'metadata', t.metadata)) END AS original,
              to_timestamp(b.origin_server_ts / 1000.0) AS edited_at, b.origin_server_ts
         FROM target t LEFT JOIN best b ON b.id = t.id
        WHERE t.redacted_at IS NULL AND t.kind <> 'redacted' AND (b.id IS NOT NULL OR t.original IS NOT NULL)
     ), revised AS (
       UPDATE messages m
          SET kind = w.kind, content_preview = w.preview, metadata = w.metadata, original = w.original,
              edited_at = w.edited_at
         FROM wanted w
        WHERE m.id = w.id AND m.matrix_event_id = ANY(${$(0)}::text[])
          AND (m.kind, m.content_preview, m.metadata, m.original, m.edited_at)
              IS DISTINCT FROM (w.kind, w.preview, w.metadata, w.original, w.edited_at)
       RETURNING m.id, m.matrix_event_id, m.channel_id, w.sender_id, w.is_agent, w.event_id, w.origin_server_ts
     ), to_search_again AS (
       INSERT INTO matrix.search_queue (message_id) SELECT id FROM revised
     ), emptied AS (
       UPDATE matrix.edits e
          SET parked = false,
              preview = CASE WHEN t.redacted_at IS NULL AND NOT t.is_outside THEN e.preview ELSE '' END,
              metadata = CASE WHEN t.redacted_at IS NULL AND NOT t.is_outside THEN e.metadata END
         FROM target t
        WHERE e.target_event_id = t.matrix_event_id AND e.channel_id = t.channel_id AND e.parked
          AND ${inOneRoom("e.room_id", "t.matrix_room_id")}
          AND e.target_event_id = ANY(${$(0)}::text[])
     )`,
    result: () => `
      SELECT COALESCE(json_agg(json_build_object('id', id, 'eventId', matrix_event_id, 'channelId', channel_id, 'senderId', sender_id, 'senderIsAgent', is_agent, 'editEventId', event_id,
               'ts', COALESCE(origin_server_ts, 0))), '[]')
        FROM revised`,
  };
}

/** A reaction whose message is here. */
export interface AppliedReaction {
  readonly eventId: string;
  /** The message's Matrix event. */
  readonly target: string;
  readonly messageId: string;
  readonly channelId: string;
  readonly senderId: string;
  readonly senderIsAgent: boolean;
  /** Milliseconds since 1970. */
  readonly ts: number;
  /** Taken back before its message came. */
  readonly redacted: boolean;
}

/** Joins parked reactions to these messages. */
export function reactionsPart(targets: readonly string[]): StatementPart<AppliedReaction[]> {
  return {
    params: [targets],
    ctes: ($) => `
      applied_reaction AS (
        UPDATE matrix.reactions x
           SET parked = false, key = CASE WHEN m.redacted_at IS NULL AND NOT ${isOutside("m", "c")} THEN x.key ELSE '' END
          FROM messages m JOIN channels c ON c.id = m.channel_id
         WHERE x.parked AND x.target_event_id = ANY(${$(0)}::text[])
           AND m.matrix_event_id = x.target_event_id AND m.matrix_event_id = ANY(${$(0)}::text[])
           AND m.channel_id = x.channel_id AND ${inOneRoom("x.room_id", "m.matrix_room_id")}
        RETURNING x.event_id AS "eventId", x.target_event_id AS target, m.id AS "messageId", x.channel_id AS "channelId", x.sender_id AS "senderId",
                  EXISTS (SELECT FROM agents a WHERE a.id = x.sender_id) AS "senderIsAgent", x.origin_server_ts AS ts,
                  x.redacted
      )`,
    result: () => "SELECT COALESCE(json_agg(applied_reaction), '[]') FROM applied_reaction",
  };
}
