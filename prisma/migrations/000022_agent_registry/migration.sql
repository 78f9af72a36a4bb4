-- 000022 (compatible with code >= 0.1.0): the registry of agents: their settings, who asked for them, who decided what about them

ALTER TABLE agent_blueprints
  ADD COLUMN system_prompt text,
  ADD COLUMN config        jsonb       CONSTRAINT agent_blueprints_config_check CHECK (jsonb_typeof(config) = 'object'),
  ADD COLUMN microdao_id   uuid        REFERENCES microdaos (id),
  ADD COLUMN created_at    timestamptz NOT NULL DEFAULT now();

CREATE INDEX agent_blueprints_microdao_id_idx   ON agent_blueprints (microdao_id);
CREATE INDEX agent_blueprints_created_at_id_idx ON agent_blueprints (created_at, id);

COMMENT ON COLUMN agent_blueprints.system_prompt IS 'What its agents are told before anything else';
COMMENT ON COLUMN agent_blueprints.config        IS 'Settings that its agents start with, as in agents.config';
COMMENT ON COLUMN agent_blueprints.microdao_id   IS 'The microDAO whose it is; null means that everybody may use it';
COMMENT ON COLUMN agent_blueprints.created_at    IS 'When the row was made';

CREATE INDEX agents_created_at_id_idx ON agents (created_at, id);

CREATE TABLE agent_requests (
  agent_id     uuid        PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
  user_id      uuid        REFERENCES users (id) ON DELETE SET NULL,
  reason       text,
  channel_id   uuid        REFERENCES channels (id) ON DELETE SET NULL,
  send_id      uuid        UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX agent_requests_user_id_idx    ON agent_requests (user_id);
CREATE INDEX agent_requests_channel_id_idx ON agent_requests (channel_id);

COMMENT ON TABLE agent_requests IS
  'Requests for agents, and where they were told; the agent''s status says whether one was decided, agent_changes by whom';
COMMENT ON COLUMN agent_requests.agent_id   IS 'The agent that was asked for';
COMMENT ON COLUMN agent_requests.user_id    IS 'The person who asked; null when a program or an agent did';
COMMENT ON COLUMN agent_requests.reason     IS 'What for, in the words of whoever asked';
COMMENT ON COLUMN agent_requests.channel_id IS 'The channel in which the request was told; null when there is none';
COMMENT ON COLUMN agent_requests.send_id IS
  'The row of matrix.sends that told of it, and the message with the same id; reactions to it decide';
COMMENT ON COLUMN agent_requests.created_at IS 'When it was made';

CREATE TABLE agent_changes (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'agc_')),
  agent_id   uuid        NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  action     text        NOT NULL
                         CHECK (action IN ('registered', 'requested', 'approved', 'refused', 'suspended', 'activated', 'revoked', 'edited')),
  before     text,
  after      text        NOT NULL,
  actor_id   text        NOT NULL,
  actor_kind text        NOT NULL CHECK (actor_kind IN ('user', 'agent', 'service', 'embassy')),
  reason     text,
  data       jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX agent_changes_agent_id_created_at_id_idx ON agent_changes (agent_id, created_at, id);

COMMENT ON TABLE agent_changes IS
  'The life of each agent: what was decided about it, by whom, why and when; rows are only ever added';
COMMENT ON COLUMN agent_changes.id         IS 'TypeID agc_…';
COMMENT ON COLUMN agent_changes.agent_id   IS 'The agent';
COMMENT ON COLUMN agent_changes.action IS
  'registered (active at once), requested, approved, refused, suspended, activated, revoked or edited';
COMMENT ON COLUMN agent_changes.before     IS 'Its status before; null when there was no agent';
COMMENT ON COLUMN agent_changes.after      IS 'Its status from then on';
COMMENT ON COLUMN agent_changes.actor_id   IS 'Who did it: prefixed id; no foreign key, so that the row outlives them';
COMMENT ON COLUMN agent_changes.actor_kind IS 'user, agent, service or embassy';
COMMENT ON COLUMN agent_changes.reason     IS 'Why, in the words of whoever did it';
COMMENT ON COLUMN agent_changes.data       IS 'Which fields were edited, or where it was decided; never prompts';
COMMENT ON COLUMN agent_changes.created_at IS 'When it happened';

CREATE TABLE registry_requests (
  idempotency_scope text        NOT NULL,
  idempotency_key   text        NOT NULL,
  request_hash      bytea       NOT NULL,
  resource_id       uuid        NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (idempotency_scope, idempotency_key)
);

COMMENT ON TABLE registry_requests IS
  'Requests that made an agent or a blueprint and can be repeated safely';
COMMENT ON COLUMN registry_requests.idempotency_scope IS 'Whose idempotency key it is, and for what';
COMMENT ON COLUMN registry_requests.idempotency_key   IS 'The same scope and key is the same request, for ever';
COMMENT ON COLUMN registry_requests.request_hash      IS 'SHA-256 of what was asked for';
COMMENT ON COLUMN registry_requests.resource_id       IS 'The agent or blueprint that was made';
COMMENT ON COLUMN registry_requests.created_at        IS 'When it was made';

ALTER TABLE matrix.ghosts
  ADD COLUMN device_id  text,
  ADD COLUMN retired_at timestamptz,
  ADD COLUMN room_names jsonb;

COMMENT ON COLUMN matrix.ghosts.device_id IS
  'The device without keys that it sends as, so that the homeserver remembers its transaction ids over restarts';
COMMENT ON COLUMN matrix.ghosts.retired_at IS
  'When it had left every room after its agent was revoked';
COMMENT ON COLUMN matrix.ghosts.room_names IS
  'Names of its own in single rooms, by room id, while its profile is being changed: they are put back afterwards';
