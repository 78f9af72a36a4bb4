-- 000025 (compatible with code >= 0.1.0): language models of microDAOs, calls of tools, where tasks and memories come from

CREATE TABLE language_models (
  microdao_id    uuid           NOT NULL REFERENCES microdaos (id) ON DELETE CASCADE,
  name           text           NOT NULL,
  base_url       text           NOT NULL,
  provider_model text           NOT NULL,
  api_key        text,
  input_price    numeric(18, 8) CONSTRAINT language_models_input_price_check CHECK (input_price >= 0),
  output_price   numeric(18, 8) CONSTRAINT language_models_output_price_check CHECK (output_price >= 0),
  is_default     boolean        NOT NULL DEFAULT false,
  created_at     timestamptz    NOT NULL DEFAULT now(),
  updated_at     timestamptz    NOT NULL DEFAULT now(),

  PRIMARY KEY (microdao_id, name)
);

CREATE UNIQUE INDEX language_models_default_idx ON language_models (microdao_id) WHERE is_default;

COMMENT ON TABLE language_models IS 'Language models that the agents of a microDAO may ask, beside the one of the settings';
COMMENT ON COLUMN language_models.microdao_id    IS 'Whose agents may ask it';
COMMENT ON COLUMN language_models.name           IS 'What agents call it (agents.config, agent_blueprints.model)';
COMMENT ON COLUMN language_models.base_url       IS 'Where it is asked: an OpenAI-compatible endpoint, up to and with the version';
COMMENT ON COLUMN language_models.provider_model IS 'What its provider calls it';
COMMENT ON COLUMN language_models.api_key        IS 'The key for the provider, sealed with SECRETS_KEK; null: it needs none';
COMMENT ON COLUMN language_models.input_price    IS 'US dollars for a million tokens that it reads; null: unknown or free';
COMMENT ON COLUMN language_models.output_price   IS 'US dollars for a million tokens that it writes; null: unknown or free';
COMMENT ON COLUMN language_models.is_default     IS 'Whether it is meant by agents whose model is called default';
COMMENT ON COLUMN language_models.created_at     IS 'When the row was made';
COMMENT ON COLUMN language_models.updated_at     IS 'When it was last set';

CREATE TABLE tool_calls (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'call_')),
  run_id     text        NOT NULL REFERENCES agent_runs (id) ON DELETE CASCADE,
  step       integer     NOT NULL,
  position   integer     NOT NULL,
  tool       text        NOT NULL,
  status     text        NOT NULL CONSTRAINT tool_calls_status_check
                         CHECK (status IN ('called', 'waiting', 'approved', 'refused', 'done', 'failed')),
  said       text,
  input      jsonb,
  result     text,
  asked_in   uuid,
  expires_at timestamptz,
  decided_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,

  CONSTRAINT tool_calls_run_id_step_position_key UNIQUE (run_id, step, position)
);

CREATE INDEX tool_calls_asked_in_idx ON tool_calls (asked_in) WHERE asked_in IS NOT NULL;

COMMENT ON TABLE tool_calls IS
  'What agents did with tools while they answered. The words are here only until the run has ended; then it is known what was called and what became of it';
COMMENT ON COLUMN tool_calls.id         IS 'TypeID call_…';
COMMENT ON COLUMN tool_calls.run_id     IS 'The run';
COMMENT ON COLUMN tool_calls.step       IS 'Which answer of the model in this run made the call, from 0';
COMMENT ON COLUMN tool_calls.position   IS 'Which call of that answer it is, from 0';
COMMENT ON COLUMN tool_calls.tool       IS 'The tool';
COMMENT ON COLUMN tool_calls.status     IS
  'called; waiting (for somebody to allow it), approved or refused; done or failed';
COMMENT ON COLUMN tool_calls.said       IS 'What the model said before it called; null as soon as the run has ended';
COMMENT ON COLUMN tool_calls.input      IS 'What it was called with; null as soon as the run has ended';
COMMENT ON COLUMN tool_calls.result     IS 'What the model was told came of it; null as soon as the run has ended';
COMMENT ON COLUMN tool_calls.asked_in   IS 'The message that asks for approval; it may not be in messages yet';
COMMENT ON COLUMN tool_calls.expires_at IS 'When it counts as refused if nobody has allowed it';
COMMENT ON COLUMN tool_calls.decided_by IS 'The Matrix id of whoever allowed or refused it';
COMMENT ON COLUMN tool_calls.created_at IS 'When it was called';
COMMENT ON COLUMN tool_calls.ended_at   IS 'When it was done, had failed or was refused';

ALTER TABLE comemory_items
  ADD COLUMN channel_id uuid REFERENCES channels (id) ON DELETE CASCADE,
  ADD COLUMN agent_id   uuid REFERENCES agents (id);

CREATE INDEX comemory_items_channel_id_idx ON comemory_items (channel_id);
CREATE INDEX comemory_items_agent_id_idx   ON comemory_items (agent_id);

COMMENT ON COLUMN comemory_items.channel_id IS 'The channel in which it was remembered, and in which it is recalled';
COMMENT ON COLUMN comemory_items.agent_id   IS 'The agent that remembered it';

ALTER TABLE tasks
  ADD COLUMN microdao_id uuid REFERENCES microdaos (id),
  ADD COLUMN channel_id  uuid REFERENCES channels (id) ON DELETE SET NULL,
  ADD COLUMN created_by  text;

CREATE INDEX tasks_microdao_id_idx ON tasks (microdao_id);
CREATE INDEX tasks_channel_id_idx  ON tasks (channel_id);

COMMENT ON COLUMN tasks.microdao_id IS 'The microDAO whose task it is; null: that of its project''s team';
COMMENT ON COLUMN tasks.channel_id  IS 'The channel in which it was asked for';
COMMENT ON COLUMN tasks.created_by  IS 'Who made it: u_… or ag_…';
