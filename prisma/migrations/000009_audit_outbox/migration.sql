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
CREATE INDEX outbox_events_unprocessed_idx ON outbox_events (created_at, id) WHERE processed = false;
