import { type DomainEvent, envelopeOf } from "../kernel/events.ts";
import type { DbClient } from "./tx.ts";

/**
 * Writes events to `outbox_events` in one statement. An event's id follows from what it tells, so telling the same
 * thing twice leaves one row.
 */
export async function writeOutbox(db: DbClient, events: readonly DomainEvent[], now: Date): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({ key: event.about ?? event.key, envelope: envelopeOf(event) }));
  await db.$executeRawUnsafe(
    `INSERT INTO outbox_events (id, topic, event_key, payload, created_at)
     SELECT r.envelope ->> 'event_id', r.envelope ->> 'type', r.key, r.envelope, $2
       FROM jsonb_to_recordset($1::jsonb) AS r(key text, envelope jsonb)
     ON CONFLICT (id) DO NOTHING`,
    JSON.stringify(rows),
    now,
  );
}

/** Which previews are to go: of whole messages, by their events, and of single edits. */
export interface PreviewsToBlank {
  /** Ids of `chat.message.created` events. */
  readonly createdIds: readonly string[];
  /** Matrix event ids of messages that were redacted. */
  readonly messages: readonly string[];
  /** Matrix event ids of edits that were redacted, and of the messages they edit. */
  readonly edits: readonly { readonly eventId: string; readonly target: string }[];
}

/** Takes the preview out of events that told of content which has been redacted since, sent or not. */
export async function blankPreviews(
  db: DbClient,
  { createdIds, messages, edits }: PreviewsToBlank,
): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE outbox_events SET payload = jsonb_set(payload, '{payload,preview}', '""')
      WHERE id = ANY($1::text[])
         OR (topic = 'chat.message.updated' AND event_key = ANY($2::text[]))
         OR (topic = 'chat.message.updated' AND event_key = ANY($3::text[])
             AND payload #>> '{payload,edit_event_id}' = ANY($4::text[]))`,
    createdIds,
    messages,
    edits.map(({ target }) => target),
    edits.map(({ eventId }) => eventId),
  );
}
