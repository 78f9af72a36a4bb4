-- 000004 (compatible with code >= 0.1.0): agent blueprints, agents, their sessions and runs

CREATE TABLE agent_blueprints (
  id           uuid  PRIMARY KEY,
  code         text  NOT NULL UNIQUE,
  description  text,
  model        text  NOT NULL,
  capabilities jsonb
);

COMMENT ON TABLE agent_blueprints IS
  'Kinds of agents: which model they use and what they can do';
COMMENT ON COLUMN agent_blueprints.id           IS 'UUIDv7 made by the application';
COMMENT ON COLUMN agent_blueprints.code         IS 'Name for programs, e.g. sofia_prime';
COMMENT ON COLUMN agent_blueprints.description  IS 'What an agent of this kind is for';
COMMENT ON COLUMN agent_blueprints.model        IS 'Language model, e.g. gpt-4.1, or echo for the offline one';
COMMENT ON COLUMN agent_blueprints.capabilities IS 'Tools and permissions that its agents start with';

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

COMMENT ON TABLE agents IS
  'Agents; each can be a Matrix user of its own. The bridge itself is agent:bridge';
COMMENT ON COLUMN agents.id            IS 'UUIDv7 made by the application; shown as ag_…';
COMMENT ON COLUMN agents.external_id   IS 'Name for programs, e.g. agent:sofia';
COMMENT ON COLUMN agents.name          IS 'Name for people; its display name in Matrix';
COMMENT ON COLUMN agents.kind          IS 'system, assistant, node or quest';
COMMENT ON COLUMN agents.microdao_id   IS 'The microDAO it works for; null means everywhere';
COMMENT ON COLUMN agents.team_id       IS 'The team it works for';
COMMENT ON COLUMN agents.owner_user_id IS 'The user who answers for it';
COMMENT ON COLUMN agents.matrix_id     IS 'Its Matrix user id, e.g. @dao_sofia:example.org';
COMMENT ON COLUMN agents.blueprint_id  IS 'What kind of agent it is';
COMMENT ON COLUMN agents.avatar_url    IS 'Its picture, an mxc:// address';
COMMENT ON COLUMN agents.status        IS 'requested, active, suspended or revoked; only active agents act';
COMMENT ON COLUMN agents.config        IS 'Settings of this one agent, over those of the blueprint';
COMMENT ON COLUMN agents.created_at    IS 'When the row was made';

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

COMMENT ON TABLE agent_sessions IS
  'Stretches of time in which an agent takes part in a channel';
COMMENT ON COLUMN agent_sessions.id               IS 'UUIDv7 made by the application';
COMMENT ON COLUMN agent_sessions.agent_id         IS 'The agent';
COMMENT ON COLUMN agent_sessions.channel_id       IS 'The channel';
COMMENT ON COLUMN agent_sessions.started_at       IS 'When it began';
COMMENT ON COLUMN agent_sessions.last_activity_at IS 'When the agent last read or wrote in it';
COMMENT ON COLUMN agent_sessions.status           IS 'active, idle or closed';

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

COMMENT ON TABLE agent_runs IS
  'Single answers of agents: what triggered them, what went in, what came out';
COMMENT ON COLUMN agent_runs.id               IS 'TypeID run_…';
COMMENT ON COLUMN agent_runs.agent_id         IS 'The agent';
COMMENT ON COLUMN agent_runs.session_id       IS 'The session it happened in';
COMMENT ON COLUMN agent_runs.trigger_event_id IS 'Matrix event that asked for it; one run for each agent and event';
COMMENT ON COLUMN agent_runs.status           IS 'Where it stands, e.g. started, completed, failed';
COMMENT ON COLUMN agent_runs.model            IS 'Language model that was used';
COMMENT ON COLUMN agent_runs.input            IS 'What the model was given';
COMMENT ON COLUMN agent_runs.output           IS 'What the model gave back';
COMMENT ON COLUMN agent_runs.usage            IS 'Tokens and costs';
COMMENT ON COLUMN agent_runs.error            IS 'Why it failed';
COMMENT ON COLUMN agent_runs.created_at       IS 'When it began';
COMMENT ON COLUMN agent_runs.finished_at      IS 'When it ended';

-- The tables of 000002 that name agents can refer to them only from here on.
ALTER TABLE channels        ADD FOREIGN KEY (created_by_agent_id) REFERENCES agents (id);
ALTER TABLE channel_members ADD FOREIGN KEY (member_agent_id)     REFERENCES agents (id);
ALTER TABLE messages        ADD FOREIGN KEY (sender_agent_id)     REFERENCES agents (id);
