-- 000020 (compatible with code >= 0.1.0): events that others wait for, and what became of looking for them

CREATE TABLE matrix.parked_targets (
  target_event_id text        NOT NULL,
  channel_id      uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  first_seen_at   timestamptz NOT NULL,
  looked_up_at    timestamptz,
  reason          text        CHECK (reason IN ('unavailable', 'not_mirrored')),
  given_up_at     timestamptz,

  PRIMARY KEY (target_event_id, channel_id)
);

CREATE INDEX parked_targets_channel_id_idx ON matrix.parked_targets (channel_id);
CREATE INDEX parked_targets_open_idx ON matrix.parked_targets (first_seen_at) WHERE looked_up_at IS NULL;
CREATE INDEX parked_targets_kept_idx ON matrix.parked_targets (first_seen_at) WHERE given_up_at IS NULL;

COMMENT ON TABLE matrix.parked_targets IS
  'Events that edits, reactions or redactions wait for. Each is asked of the homeserver once; a row goes when nothing waits for it any more';
COMMENT ON COLUMN matrix.parked_targets.target_event_id IS 'The event that is waited for';
COMMENT ON COLUMN matrix.parked_targets.channel_id      IS 'The channel of what waits';
COMMENT ON COLUMN matrix.parked_targets.first_seen_at   IS 'Since when it is known that something waits';
COMMENT ON COLUMN matrix.parked_targets.looked_up_at    IS 'When the homeserver was asked for it; null: not yet';
COMMENT ON COLUMN matrix.parked_targets.reason          IS
  'Why it is not here: unavailable (the homeserver does not give it) or not_mirrored (the mirror does not keep such events)';
COMMENT ON COLUMN matrix.parked_targets.given_up_at     IS 'When what waits for it became dead letters; null: not yet';
