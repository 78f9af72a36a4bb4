-- 000019 (compatible with code >= 0.1.0): how long what was said is kept, and who has been erased

ALTER TABLE channels
  ADD COLUMN retention_days  integer CONSTRAINT channels_retention_days_check CHECK (retention_days BETWEEN 1 AND 36500),
  ADD COLUMN kept_from       timestamptz,
  ADD COLUMN emptied_until   timestamptz,
  ADD COLUMN encrypted_since timestamptz;

COMMENT ON COLUMN channels.retention_days  IS 'For how many days what was said is kept; null means without limit';
COMMENT ON COLUMN channels.kept_from IS
  'What was said before has been removed and is not stored again, whoever tells of it; it never goes back';
COMMENT ON COLUMN channels.emptied_until IS
  'How far removing has come; behind kept_from while it is at work';
COMMENT ON COLUMN channels.encrypted_since IS
  'The earliest encryption of any of its rooms; of what was said from then on, nothing is stored, encrypted or not';

UPDATE channels c
   SET encrypted_since = e.since
  FROM (SELECT r.channel_id, to_timestamp(min(s.origin_server_ts) / 1000.0) AS since
          FROM matrix.rooms r JOIN matrix.state_events s ON s.room_id = r.room_id
         WHERE s.type = 'm.room.encryption' AND s.state_key = '' GROUP BY r.channel_id) e
 WHERE e.channel_id = c.id;

ALTER TABLE users ADD COLUMN erased_at timestamptz;

COMMENT ON COLUMN users.erased_at IS
  'When this person was last erased: what is told of before is recorded without words, name and picture';

ALTER TABLE matrix.inbox ADD COLUMN target_event_id text;

CREATE INDEX inbox_target_event_id_idx ON matrix.inbox (target_event_id);

COMMENT ON COLUMN matrix.inbox.target_event_id IS
  'The event that it edits or otherwise relates to: when that one is redacted, it goes with it';

-- To find what was told of a channel when its name or topic is redacted.
CREATE INDEX outbox_events_channels_idx ON outbox_events (event_key)
 WHERE topic = ANY (ARRAY['channel.created'::text, 'channel.updated'::text]);
