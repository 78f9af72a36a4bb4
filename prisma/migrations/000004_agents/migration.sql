-- 000004 (compatible with code >= 0.1.0): agent blueprints, agents, their sessions and runs

CREATE TABLE agent_blueprints (
  id           uuid  PRIMARY KEY,
  code         text  NOT NULL UNIQUE,
  description  text,
  model        text  NOT NULL,
  capabilities jsonb
);

CREATE TABLE agents (
  id            uuid        PRIMARY KEY,
  external_id   text        NOT NULL UNIQUE,
  name          text        NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('system', 'assistant', 'node', 'quest')),
  microdao_id   uuid        REFERENCES microdaos (id),
  team_id       text        REFERENCES teams (id),
  owner_user_id uuid        REFERENCES users (id),
  matrix_id     text        UNIQUE,
  blueprint_id  uuid        NOT NULL REFERENCES agent_blueprints (id),
  avatar_url    text,
  status        text        NOT NULL DEFAULT 'active'
                            CHECK (status IN ('requested', 'active', 'suspended', 'revoked')),
  config        jsonb,
  created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX agents_microdao_id_idx   ON agents (microdao_id);
CREATE INDEX agents_kind_idx          ON agents (kind);
CREATE INDEX agents_team_id_idx       ON agents (team_id);
CREATE INDEX agents_owner_user_id_idx ON agents (owner_user_id);
CREATE INDEX agents_blueprint_id_idx  ON agents (blueprint_id);

CREATE TABLE agent_sessions (
  id               uuid        PRIMARY KEY,
  agent_id         uuid        NOT NULL REFERENCES agents (id),
  channel_id       uuid        NOT NULL REFERENCES channels (id),
  started_at       timestamptz NOT NULL DEFAULT now(),
  last_activity_at timestamptz,
  status           text        NOT NULL CHECK (status IN ('active', 'idle', 'closed'))
);

CREATE INDEX agent_sessions_agent_id_channel_id_idx ON agent_sessions (agent_id, channel_id);
CREATE INDEX agent_sessions_channel_id_idx          ON agent_sessions (channel_id);
CREATE INDEX agent_sessions_status_idx              ON agent_sessions (status);

CREATE TABLE agent_runs (
  id               text        PRIMARY KEY CHECK (starts_with(id, 'run_')),
  agent_id         uuid        REFERENCES agents (id),
  session_id       uuid        REFERENCES agent_sessions (id),
  trigger_event_id text,
  status           text,
  model            text,
  input            jsonb,
  output           jsonb,
  usage            jsonb,
  error            text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,

  UNIQUE (agent_id, trigger_event_id)
);

CREATE INDEX agent_runs_session_id_idx ON agent_runs (session_id);

-- The tables of 000002 that name agents can refer to them only from here on.
ALTER TABLE channels        ADD FOREIGN KEY (created_by_agent_id) REFERENCES agents (id);
ALTER TABLE channel_members ADD FOREIGN KEY (member_agent_id)     REFERENCES agents (id);
ALTER TABLE messages        ADD FOREIGN KEY (sender_agent_id)     REFERENCES agents (id);
