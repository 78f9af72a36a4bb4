import { type DomainEvent, eventId, storedEnvelopeOf } from "../kernel/events.ts";
import { runParts } from "./compound-statement.ts";
import type { DbClient, StatementPart } from "./tx.ts";

/** What a transaction says at its end, and what it writes along with that. */
export interface Telling {
  readonly events: readonly DomainEvent[];
  /** uuids of channels whose names and topics may not be told any more. */
  readonly blanks: readonly string[];
  readonly others: Readonly<Record<string, StatementPart<unknown>>>;
}

/**
 * Writes a transaction's events to `outbox_events`, and takes out of older ones what may not be told any more, in one
 * statement. An event's id follows from what it tells, so telling the same thing twice leaves one row.
 */
export async function writeOutbox(
  db: DbClient,
  { events, blanks, others }: Telling,
  now: Date,
): Promise<void> {
  await runParts(db, {
    ...others,
    ...(events.length > 0 && { told: eventsPart(events, now) }),
    ...(blanks.length > 0 && { blanked: blanksPart(blanks) }),
  });
}

function eventsPart(events: readonly DomainEvent[], now: Date): StatementPart<number> {
  const rows = events.map((event) => ({
    id: eventId(event),
    topic: event.topic,
    key: event.about ?? event.key,
    envelope: storedEnvelopeOf(event),
  }));
  return {
    params: [JSON.stringify(rows), now.toISOString()],
    ctes: ($) => `
      told AS (
        INSERT INTO outbox_events (id, topic, event_key, payload, created_at)
        SELECT r.id, r.topic, r.key, r.envelope, ${$(1)}::timestamptz
          FROM jsonb_to_recordset(${$(0)}::jsonb) AS r(id text, topic text, key text, envelope jsonb)
        ON CONFLICT (id) DO NOTHING
        RETURNING id)`,
    result: () => "SELECT count(*)::int FROM told",
  };
}

/** Sent or not: the names are copies of what somebody wanted gone. */
function blanksPart(channelIds: readonly string[]): StatementPart<number> {
  return {
    params: [channelIds],
    ctes: ($) => `
      blanked AS (
        UPDATE outbox_events
           SET payload = jsonb_set(payload, '{payload}',
                           payload -> 'payload' || '{"name": null, "topic": null, "avatar_url": null}')
         WHERE topic = ANY (ARRAY['channel.created'::text, 'channel.updated'::text]) AND event_key = ANY(${$(0)}::text[])
        RETURNING id)`,
    result: () => "SELECT count(*)::int FROM blanked",
  };
}
