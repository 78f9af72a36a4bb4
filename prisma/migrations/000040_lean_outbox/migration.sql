-- 000040 (compatible with code >= 0.1.0): an event's payload does not repeat what its columns say, and one index less is kept

COMMENT ON COLUMN outbox_events.payload IS
  'The rest of the envelope: ts, actor, payload, meta. event_id is id, type is topic, trace_id is event_key if meta has none';
COMMENT ON COLUMN outbox_events.event_key IS
  'What it is about, to find it again; also its trace_id, if that is not in the payload';

-- Readers follow the outbox by transaction: what is not published yet is what lies behind their place.
DROP INDEX outbox_events_unprocessed_idx;

COMMENT ON COLUMN matrix.member_events.overruled IS
  'The homeserver knew this event and named an older one, or none, when it was asked for the current members: it is never the latest';
