-- 000019 down: removes retention and the marks of erased people; what was removed stays removed

DROP INDEX outbox_events_channels_idx;
ALTER TABLE matrix.inbox DROP COLUMN target_event_id;
ALTER TABLE users DROP COLUMN erased_at;
ALTER TABLE channels
  DROP COLUMN encrypted_since,
  DROP COLUMN emptied_until,
  DROP COLUMN kept_from,
  DROP COLUMN retention_days;
