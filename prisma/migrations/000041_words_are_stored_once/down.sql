-- 000041 down: events have their words again, and what an edit said is found by its index

UPDATE outbox_events o SET payload = e.envelope - '{event_id,domain,type,version}'::text[]
  FROM outbox_envelopes e
 WHERE e.id = o.id AND o.topic IN ('chat.message.created', 'chat.message.updated', 'chat.reaction.added');

DROP VIEW outbox_envelopes;
DROP FUNCTION type_id(text, uuid);

CREATE INDEX outbox_events_edits_idx ON outbox_events (event_key) WHERE topic = 'chat.message.updated';

COMMENT ON COLUMN outbox_events.payload IS
  'The rest of the envelope: ts, actor, payload, meta. event_id is id, type is topic, trace_id is event_key if meta has none';
