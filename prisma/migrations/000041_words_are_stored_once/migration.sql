-- 000041 (compatible with code >= 0.1.0): what was said is not stored a second time in the events that tell of it

-- Two zero bits and the uuid's 128, five at a time. Source: the TypeID specification 0.3.
CREATE FUNCTION type_id(prefix text, id uuid) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT prefix || '_' || string_agg(
           substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM 5 * place + 1 FOR 5)::int + 1, 1), '' ORDER BY place)
    FROM (SELECT B'00' || ('x' || replace(id::text, '-', ''))::bit(128) AS bits) AS uuid, generate_series(0, 25) AS place
$$;

-- What is said of a message, an edit or a reaction that is not there any more is as if it was redacted.
CREATE VIEW outbox_envelopes AS
SELECT o.txid, o.id, o.topic, o.event_key, o.created_at,
       jsonb_build_object(
         'event_id', o.id, 'domain', split_part(o.topic, '.', 1), 'type', o.topic, 'version', 1,
         'ts', COALESCE(o.payload -> 'ts', to_jsonb(to_char(COALESCE(said.at, o.created_at) AT TIME ZONE 'UTC',
                                                            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))),
         'actor', COALESCE(o.payload -> 'actor', said.actor, '{"id": "bridge", "kind": "service"}'),
         'payload', COALESCE(gone.words, '{}') || (o.payload -> 'payload') || COALESCE(said.words, '{}'),
         'meta', jsonb_build_object('trace_id', o.event_key) || (o.payload -> 'meta')) AS envelope
  FROM outbox_events o
  LEFT JOIN LATERAL (
    VALUES ('chat.message.created', jsonb_build_object(
              'message_id', 'm_' || substr(o.id, length('evt_') + 1), 'matrix_event_id', o.event_key, 'sender_matrix_id', NULL,
              'kind', 'redacted', 'preview', '', 'reply_to_event_id', NULL, 'thread_root_event_id', NULL)),
           ('chat.message.updated', '{"kind": "redacted", "preview": ""}'),
           ('chat.reaction.added', '{"key": ""}')) AS gone (topic, words) ON gone.topic = o.topic
  LEFT JOIN LATERAL (
    SELECT m.created_at AS at,
           CASE WHEN m.sender_user_id IS NOT NULL
                THEN jsonb_build_object('id', type_id('u', m.sender_user_id), 'kind', 'user')
                ELSE jsonb_build_object('id', type_id('ag', m.sender_agent_id), 'kind', 'agent') END AS actor,
           jsonb_build_object(
             'sender_matrix_id', COALESCE(u.matrix_id, a.matrix_id), 'kind', COALESCE(m.original ->> 'kind', m.kind),
             'preview', COALESCE(m.original ->> 'preview', m.content_preview),
             'reply_to_event_id', m.reply_to_event_id, 'thread_root_event_id', m.thread_root_event_id) AS words
      FROM messages m LEFT JOIN users u ON u.id = m.sender_user_id LEFT JOIN agents a ON a.id = m.sender_agent_id
     WHERE o.topic = 'chat.message.created' AND m.matrix_event_id = o.event_key
    UNION ALL
    SELECT NULL, NULL, jsonb_build_object('kind', e.kind, 'preview', e.preview)
      FROM matrix.edits e
     WHERE o.topic = 'chat.message.updated' AND e.event_id = o.payload #>> '{payload,edit_event_id}'
    UNION ALL
    -- Without an edit it is the original that is shown again.
    SELECT NULL, NULL, jsonb_build_object('kind', COALESCE(m.original ->> 'kind', m.kind),
                                          'preview', COALESCE(m.original ->> 'preview', m.content_preview))
      FROM messages m
     WHERE o.topic = 'chat.message.updated' AND m.matrix_event_id = o.event_key
       AND o.payload #>> '{payload,edit_event_id}' IS NULL
    UNION ALL
    SELECT NULL, NULL, jsonb_build_object('key', r.key)
      FROM matrix.reactions r
     WHERE o.topic = 'chat.reaction.added' AND r.event_id = o.event_key
  ) said ON true;

UPDATE outbox_events o
   SET payload = jsonb_build_object('payload', jsonb_build_object('channel_id', o.payload #> '{payload,channel_id}'),
                                    'meta', o.payload -> 'meta')
 WHERE o.topic = 'chat.message.created' AND EXISTS (SELECT FROM messages m WHERE m.matrix_event_id = o.event_key);
UPDATE outbox_events SET payload = payload #- '{payload,kind}' #- '{payload,preview}'
 WHERE topic IN ('chat.message.created', 'chat.message.updated') AND payload -> 'payload' ? 'preview';
UPDATE outbox_events SET payload = payload #- '{payload,key}' WHERE topic = 'chat.reaction.added';

-- What an edit said was taken out of its event by this.
DROP INDEX outbox_events_edits_idx;

COMMENT ON FUNCTION type_id(text, uuid) IS 'A TypeID, as ids are shown outside: type_id(''c'', channels.id) is c_…';
COMMENT ON VIEW outbox_envelopes IS 'What outbox_events tell, whole, with words as they may be shown now';
COMMENT ON COLUMN outbox_envelopes.txid IS 'As in outbox_events';
COMMENT ON COLUMN outbox_envelopes.id IS 'As in outbox_events';
COMMENT ON COLUMN outbox_envelopes.topic IS 'As in outbox_events';
COMMENT ON COLUMN outbox_envelopes.event_key IS 'As in outbox_events';
COMMENT ON COLUMN outbox_envelopes.created_at IS 'As in outbox_events';
COMMENT ON COLUMN outbox_envelopes.envelope IS 'event_id, ts, domain, type, version, actor, payload, meta';
COMMENT ON COLUMN outbox_events.payload IS
  'What of the envelope neither the other columns nor the rows that it tells of say; outbox_envelopes has all of it';
