import type { Tx } from "../../db/index.ts";

/** A row for `messages` together with the event that tells of it. */
export interface MessageRow {
  readonly id: string;
  readonly channel_id: string;
  readonly event_id: string;
  readonly sender_user_id: string | null;
  readonly sender_agent_id: string | null;
  readonly kind: string;
  readonly preview: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly metadata: object | null;
  readonly thread_root: string | null;
  readonly reply_to: string | null;
  readonly envelope: object;
}

export interface InsertedMessages {
  /** Matrix event ids of rows that were not there before. */
  readonly inserted: readonly string[];
  /** Those of them that edits, reactions or redactions were waiting for. */
  readonly awaited: readonly string[];
}

/**
 * Inserts messages and their outbox events in one statement; what is there already stays as it is. A message whose
 * redaction came first is inserted empty, so that its text never reaches a table.
 */
export async function insertMessages(tx: Tx, rows: readonly MessageRow[]): Promise<InsertedMessages> {
  if (rows.length === 0) return { inserted: [], awaited: [] };
  const [result] = await tx.db.$queryRawUnsafe<InsertedMessages[]>(
    `WITH fact AS MATERIALIZED (
       SELECT f.*,
              EXISTS (SELECT 1 FROM matrix.redactions r
                       WHERE r.parked AND r.target_event_id = f.event_id AND r.channel_id = f.channel_id) AS gone
         FROM json_to_recordset($1::json)
           AS f(id uuid, channel_id uuid, event_id text, sender_user_id uuid, sender_agent_id uuid, kind text,
                preview text, created_at timestamptz, metadata jsonb, thread_root text, reply_to text, envelope jsonb)
     ), inserted AS (
       INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_agent_id, sender_type, kind,
                             content_preview, created_at, metadata, thread_root_event_id, reply_to_event_id)
       SELECT f.id, f.channel_id, f.event_id, f.sender_user_id, f.sender_agent_id,
              CASE WHEN f.sender_agent_id IS NULL THEN 'human' ELSE 'agent' END,
              CASE WHEN f.gone THEN 'redacted' ELSE f.kind END,
              CASE WHEN f.gone THEN '' ELSE f.preview END,
              f.created_at,
              CASE WHEN f.gone THEN NULL ELSE f.metadata END,
              CASE WHEN f.gone THEN NULL ELSE f.thread_root END,
              CASE WHEN f.gone THEN NULL ELSE f.reply_to END
         FROM fact f
        WHERE f.kind <> 'redacted' OR NOT EXISTS (SELECT 1 FROM matrix.edits e WHERE e.event_id = f.event_id)
       ON CONFLICT DO NOTHING
       RETURNING id, matrix_event_id
     ), told AS (
       INSERT INTO outbox_events (id, topic, event_key, payload, created_at)
       SELECT f.envelope ->> 'event_id', f.envelope ->> 'type', f.event_id,
              CASE WHEN f.gone THEN jsonb_set(f.envelope, '{payload,preview}', '""') ELSE f.envelope END, $2
         FROM inserted i JOIN fact f ON f.id = i.id
       ON CONFLICT (id) DO NOTHING
     )
     SELECT COALESCE(array_agg(i.matrix_event_id), '{}') AS inserted,
            COALESCE(array_agg(i.matrix_event_id) FILTER (WHERE
              EXISTS (SELECT 1 FROM matrix.redactions r WHERE r.parked AND r.target_event_id = i.matrix_event_id)
              OR EXISTS (SELECT 1 FROM matrix.edits e WHERE e.parked AND e.target_event_id = i.matrix_event_id)
              OR EXISTS (SELECT 1 FROM matrix.reactions x WHERE x.parked AND x.target_event_id = i.matrix_event_id)), '{}')
              AS awaited
       FROM inserted i`,
    JSON.stringify(rows),
    tx.now,
  );
  return result ?? { inserted: [], awaited: [] };
}
