import { type DomainEvent, envelopeOf } from "../kernel/events.ts";
import type { DbClient } from "./tx.ts";

/**
 * Writes events to `outbox_events` in one statement. An event's id follows from what it tells, so telling the same
 * thing twice leaves one row.
 */
export async function writeOutbox(db: DbClient, events: readonly DomainEvent[], now: Date): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({ key: event.key, envelope: envelopeOf(event) }));
  await db.$executeRawUnsafe(
    `INSERT INTO outbox_events (id, topic, event_key, payload, created_at)
     SELECT r.envelope ->> 'event_id', r.envelope ->> 'type', r.key, r.envelope, $2
       FROM jsonb_to_recordset($1::jsonb) AS r(key text, envelope jsonb)
     ON CONFLICT (id) DO NOTHING`,
    JSON.stringify(rows),
    now,
  );
}
