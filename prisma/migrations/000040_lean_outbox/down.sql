-- 000040 down: every payload is a whole envelope again, and what is not published has its index

UPDATE outbox_events
   SET payload = jsonb_build_object('event_id', id, 'domain', split_part(topic, '.', 1), 'type', topic, 'version', 1)
       || jsonb_set(payload, '{meta,trace_id}', COALESCE(payload #> '{meta,trace_id}', to_jsonb(event_key), 'null'))
 WHERE NOT payload ? 'event_id';

COMMENT ON COLUMN outbox_events.payload IS
  'The whole envelope: event_id, ts, domain, type, version, actor, payload, meta';
COMMENT ON COLUMN outbox_events.event_key IS
  'What makes the event this one: its id follows from topic and key, so the same thing told twice is one row';

CREATE INDEX outbox_events_unprocessed_idx ON outbox_events (created_at) WHERE processed = false;

COMMENT ON COLUMN matrix.member_events.overruled IS
  'The homeserver knew this event and named an older one when it was asked for the current members: it is never the latest';
