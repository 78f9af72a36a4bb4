-- 000009 (compatible with code >= 0.1.0): the audit log and the outbox of domain events

CREATE TABLE audit_log (
  id            text        PRIMARY KEY CHECK (starts_with(id, 'aud_')),
  user_id       text,
  team_id       text,
  actor_id      text,
  actor_kind    text        CHECK (actor_kind IN ('user', 'agent', 'service', 'embassy')),
  action        text,
  resource_kind text,
  resource_id   text,
  request_id    text,
  data          jsonb,
  created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX audit_log_created_at_idx                ON audit_log (created_at);
CREATE INDEX audit_log_resource_kind_resource_id_idx ON audit_log (resource_kind, resource_id);

COMMENT ON TABLE audit_log IS
  'Who did what, and who was refused what; rows are only ever added';
COMMENT ON COLUMN audit_log.id            IS 'TypeID aud_…';
COMMENT ON COLUMN audit_log.user_id IS
  'The user concerned, u_…; no foreign key, so that the entry outlives the user';
COMMENT ON COLUMN audit_log.team_id       IS 'The team concerned, t_…; no foreign key either';
COMMENT ON COLUMN audit_log.actor_id      IS 'Who acted: prefixed id';
COMMENT ON COLUMN audit_log.actor_kind    IS 'user, agent, service or embassy';
COMMENT ON COLUMN audit_log.action        IS 'What was done or tried, e.g. access_key.created';
COMMENT ON COLUMN audit_log.resource_kind IS 'What it was done to, e.g. channel';
COMMENT ON COLUMN audit_log.resource_id   IS 'Which one: prefixed id';
COMMENT ON COLUMN audit_log.request_id    IS 'The request it was part of, as in the logs';
COMMENT ON COLUMN audit_log.data          IS 'Decision, reason and details; never secrets';
COMMENT ON COLUMN audit_log.created_at    IS 'When it happened';

CREATE TABLE outbox_events (
  id           text        PRIMARY KEY CHECK (starts_with(id, 'evt_')),
  topic        text        NOT NULL,
  event_key    text,
  payload      jsonb       NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  processed    boolean     NOT NULL DEFAULT false,
  published_at timestamptz,
  attempts     integer     NOT NULL DEFAULT 0
);

-- The relay reads only what is still to be published, oldest first.
CREATE INDEX outbox_events_unprocessed_idx ON outbox_events (created_at) WHERE processed = false;
-- A redaction takes the preview out of the edits that were told of its message.
CREATE INDEX outbox_events_edits_idx ON outbox_events (event_key) WHERE topic = 'chat.message.updated';

COMMENT ON TABLE outbox_events IS
  'Domain events, written in the transaction of the change they tell of; the relay publishes them at least once';
COMMENT ON COLUMN outbox_events.id           IS 'TypeID evt_…; also what receivers tell duplicates by';
COMMENT ON COLUMN outbox_events.topic        IS 'What happened, e.g. chat.message.created';
COMMENT ON COLUMN outbox_events.event_key IS
  'What makes the event this one: its id follows from topic and key, so the same thing told twice is one row';
COMMENT ON COLUMN outbox_events.payload IS
  'The whole envelope: event_id, ts, domain, type, version, actor, payload, meta';
COMMENT ON COLUMN outbox_events.created_at   IS 'When the change was committed, about';
COMMENT ON COLUMN outbox_events.processed    IS 'Whether it was published';
COMMENT ON COLUMN outbox_events.published_at IS 'When it was published';
COMMENT ON COLUMN outbox_events.attempts     IS 'How often publishing was tried';
