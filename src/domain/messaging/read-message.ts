import { type DbClient, microsecondsOf } from "../../db/index.ts";
import { type MessageView, viewColumns, viewJoins } from "./message-view.ts";

export type SendState = "queued" | "sending" | "sent" | "confirmed" | "failed";

/** A message and, if it was posted through the bridge, how far its delivery has come. */
export interface TrackedMessage extends MessageView {
  readonly send: {
    readonly state: SendState;
    readonly attempts: number;
    readonly errorCode: string | null;
    readonly error: string | null;
    /** uuid of the agent that posted it. */
    readonly agentId: string;
    readonly sentUs: number | null;
    readonly confirmedUs: number | null;
  } | null;
}

/**
 * What was posted and is not mirrored yet, shaped as a row of `messages`. Its content is there until the event has come
 * back; the preview is cut as the mirror will cut it, save that it may split a grapheme.
 */
const posted = `
  SELECT s.id, s.event_id AS matrix_event_id, s.channel_id, s.room_id AS matrix_room_id, NULL::uuid AS sender_user_id, s.agent_id AS sender_agent_id,
         CASE s.content ->> 'msgtype' WHEN 'm.notice' THEN 'notice' WHEN 'm.emote' THEN 'emote' ELSE 'text' END AS kind,
         coalesce(left(s.content ->> 'body', 280), '') AS content_preview, NULL::jsonb AS metadata, s.created_at,
         NULL::timestamptz AS edited_at, NULL::timestamptz AS redacted_at,
         CASE WHEN s.content #>> '{m.relates_to,is_falling_back}' = 'true' THEN NULL
              ELSE s.content #>> '{m.relates_to,m.in_reply_to,event_id}' END AS reply_to_event_id,
         CASE WHEN s.content #>> '{m.relates_to,rel_type}' = 'm.thread'
              THEN s.content #>> '{m.relates_to,event_id}' END AS thread_root_event_id
    FROM matrix.sends s
   WHERE s.id = $1::uuid AND s.kind = 'message' AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $1::uuid)`;

/** The message with this uuid, mirrored or only posted so far. One statement. */
export async function findMessage(db: DbClient, id: string): Promise<TrackedMessage | undefined> {
  const rows = await db.$queryRawUnsafe<TrackedMessage[]>(
    `WITH found AS (
       SELECT id, matrix_event_id, channel_id, matrix_room_id, sender_user_id, sender_agent_id, kind, content_preview,
              metadata, created_at, edited_at, redacted_at, reply_to_event_id, thread_root_event_id
         FROM messages WHERE id = $1::uuid
        UNION ALL ${posted})
     SELECT ${viewColumns},
            CASE WHEN s.id IS NOT NULL THEN jsonb_build_object(
              'state', s.state, 'attempts', s.attempts, 'errorCode', s.last_error_code, 'error', s.last_error,
              'agentId', s.agent_id, 'sentUs', ${microsecondsOf("s.sent_at")},
              'confirmedUs', ${microsecondsOf("s.confirmed_at")}) END AS send
       FROM found m ${viewJoins}
       LEFT JOIN matrix.sends s ON s.id = m.id`,
    id,
  );
  return rows[0];
}
