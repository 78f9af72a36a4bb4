import { microsecondsOf } from "../../db/index.ts";
import { type PollView, pollColumn } from "./poll-view.ts";
import { inOneRoom } from "./relations-store.ts";

/** A message as readers see it. Ids are uuids; a message that was posted here and has not come back yet has no event. */
export interface MessageView {
  readonly id: string;
  readonly eventId: string | null;
  readonly channelId: string;
  readonly senderIsAgent: boolean;
  readonly senderId: string;
  readonly senderMatrixId: string | null;
  readonly senderName: string | null;
  readonly kind: string;
  readonly preview: string;
  readonly metadata: object | null;
  /** Microseconds since 1970, as the others. */
  readonly createdUs: bigint;
  readonly editedUs: bigint | null;
  readonly redactedUs: bigint | null;
  readonly replyToEventId: string | null;
  readonly replyToId: string | null;
  readonly threadRootEventId: string | null;
  readonly threadRootId: string | null;
  readonly reactions: readonly { readonly key: string; readonly count: number }[];
  readonly poll: PollView | null;
}

/**
 * The columns of `MessageView` over rows `m` that are shaped as `messages`. Relations are found by event id within the
 * channel. A reaction counts once per sender and key, unless it was taken back.
 * Source: client-server API, "Server-side aggregation of m.annotation relationships".
 */
export const viewColumns = `
  m.id::text AS id, m.matrix_event_id AS "eventId", m.channel_id::text AS "channelId",
  m.sender_agent_id IS NOT NULL AS "senderIsAgent",
  coalesce(m.sender_agent_id, m.sender_user_id)::text AS "senderId",
  coalesce(a.matrix_id, u.matrix_id) AS "senderMatrixId",
  coalesce((SELECT cm.display_name FROM channel_members cm
             WHERE cm.channel_id = m.channel_id AND cm.member_user_id = m.sender_user_id),
           u.display_name, a.name) AS "senderName",
  m.kind, m.content_preview AS preview, m.metadata, ${microsecondsOf("m.created_at")} AS "createdUs",
  ${microsecondsOf("m.edited_at")} AS "editedUs", ${microsecondsOf("m.redacted_at")} AS "redactedUs",
  m.reply_to_event_id AS "replyToEventId", reply.id::text AS "replyToId",
  m.thread_root_event_id AS "threadRootEventId", root.id::text AS "threadRootId",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('key', r.key, 'count', r.count) ORDER BY r.count DESC, r.key COLLATE "C"),
                   '[]')
     FROM (SELECT x.key, count(DISTINCT x.sender_id) AS count FROM matrix.reactions x
            WHERE x.target_event_id = m.matrix_event_id AND x.channel_id = m.channel_id
              AND ${inOneRoom("x.room_id", "m.matrix_room_id")} AND NOT x.redacted
            GROUP BY x.key) r) AS reactions,
  ${pollColumn}`;

export const viewJoins = `
  LEFT JOIN users u ON u.id = m.sender_user_id
  LEFT JOIN agents a ON a.id = m.sender_agent_id
  LEFT JOIN messages reply ON reply.matrix_event_id = m.reply_to_event_id AND reply.channel_id = m.channel_id
  LEFT JOIN messages root ON root.matrix_event_id = m.thread_root_event_id AND root.channel_id = m.channel_id`;
