-- 000024 (compatible with code >= 0.1.0): a queue of runs, what triggers agents where, schedules and budgets against loops

ALTER TABLE agent_runs
  ADD COLUMN seq               bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  ADD COLUMN channel_id        uuid REFERENCES channels (id) ON DELETE CASCADE,
  ADD COLUMN trigger_kind      text NOT NULL DEFAULT 'mention'
                               CONSTRAINT agent_runs_trigger_kind_check CHECK (trigger_kind IN ('mention', 'reply', 'direct', 'command', 'keyword', 'schedule', 'reaction', 'api')),
  ADD COLUMN trigger_key       text,
  ADD COLUMN asker             text,
  ADD COLUMN thread_root       text,
  ADD COLUMN hop               integer NOT NULL DEFAULT 0 CONSTRAINT agent_runs_hop_check CHECK (hop >= 0),
  ADD COLUMN causation_id      text,
  ADD COLUMN runtime           text NOT NULL DEFAULT 'builtin'
                               CONSTRAINT agent_runs_runtime_check CHECK (runtime IN ('builtin', 'external')),
  ADD COLUMN attempts          integer NOT NULL DEFAULT 0,
  ADD COLUMN next_attempt_at   timestamptz,
  ADD COLUMN lease_token       text,
  ADD COLUMN leased_until      timestamptz,
  ADD COLUMN leased_by         text,
  ADD COLUMN started_at        timestamptz,
  ADD COLUMN input_tokens      integer,
  ADD COLUMN output_tokens     integer,
  ADD COLUMN cost_usd          numeric(18, 8),
  ADD COLUMN error_sentence    text,
  ADD COLUMN cancelled_by      text,
  ADD COLUMN answer_message_id uuid;

UPDATE agent_runs r
   SET channel_id = (SELECT s.channel_id FROM agent_sessions s WHERE s.id = r.session_id),
       trigger_key = COALESCE(r.trigger_event_id, r.id),
       causation_id = COALESCE(r.trigger_event_id, r.id),
       asker = r.input ->> 'sender',
       started_at = r.created_at,
       status = CASE WHEN r.status IN ('completed', 'failed') THEN r.status ELSE 'failed' END,
       error = CASE WHEN r.status IN ('completed', 'failed') THEN r.error ELSE 'interrupted' END,
       finished_at = COALESCE(r.finished_at, r.created_at);

ALTER TABLE agent_runs
  ALTER COLUMN trigger_key SET NOT NULL,
  ADD CONSTRAINT agent_runs_status_check CHECK (status IS NOT NULL AND status IN ('queued', 'started', 'completed', 'failed', 'cancelled')),
  ADD CONSTRAINT agent_runs_agent_id_trigger_key_key UNIQUE (agent_id, trigger_key),
  DROP CONSTRAINT agent_runs_agent_id_trigger_event_id_key;

CREATE INDEX agent_runs_open_idx              ON agent_runs (agent_id, channel_id, seq) WHERE status IN ('queued', 'started');
CREATE INDEX agent_runs_channel_id_idx        ON agent_runs (channel_id, id);
CREATE INDEX agent_runs_agent_id_idx          ON agent_runs (agent_id, id);
CREATE INDEX agent_runs_trigger_event_id_idx  ON agent_runs (trigger_event_id);
CREATE INDEX agent_runs_answer_message_id_idx ON agent_runs (answer_message_id) WHERE answer_message_id IS NOT NULL;

COMMENT ON TABLE agent_runs IS
  'Runs of agents: what triggered each, where it stands, what it cost, what became of it. One for each agent and trigger';
COMMENT ON COLUMN agent_runs.seq               IS 'Order of asking; within a channel an agent answers in this order';
COMMENT ON COLUMN agent_runs.channel_id        IS 'The channel it is asked in and answers in';
COMMENT ON COLUMN agent_runs.trigger_kind      IS 'mention, reply, direct, command, keyword, schedule, reaction or api';
COMMENT ON COLUMN agent_runs.trigger_key       IS
  'What triggered it: a Matrix event id, schedule:<id>:<time> or api:<key>; one run for each agent and key';
COMMENT ON COLUMN agent_runs.trigger_event_id  IS 'The Matrix event that it answers; null when nobody wrote one';
COMMENT ON COLUMN agent_runs.status            IS 'queued, started, completed, failed or cancelled';
COMMENT ON COLUMN agent_runs.asker             IS 'The Matrix id of whoever asks; null when nobody waits';
COMMENT ON COLUMN agent_runs.thread_root       IS 'The Matrix event that the thread began with, if it was asked in one';
COMMENT ON COLUMN agent_runs.hop               IS 'How many runs of agents led to this one: 0 when a person asks';
COMMENT ON COLUMN agent_runs.causation_id      IS 'What the chain of runs began with';
COMMENT ON COLUMN agent_runs.runtime           IS 'builtin: the bridge asks the model; external: a program of somebody else';
COMMENT ON COLUMN agent_runs.attempts          IS 'How often it was begun';
COMMENT ON COLUMN agent_runs.next_attempt_at   IS 'Not to be begun before';
COMMENT ON COLUMN agent_runs.lease_token       IS 'Who holds it now; a result without it is not taken';
COMMENT ON COLUMN agent_runs.leased_until      IS 'When whoever holds it counts as dead';
COMMENT ON COLUMN agent_runs.leased_by         IS 'The worker that holds it, for people who look';
COMMENT ON COLUMN agent_runs.created_at        IS 'When it was asked for';
COMMENT ON COLUMN agent_runs.started_at        IS 'When it was first begun';
COMMENT ON COLUMN agent_runs.input             IS 'What it was asked with, by ids; words only if they came by the API or a schedule';
COMMENT ON COLUMN agent_runs.input_tokens      IS 'Tokens that the model read';
COMMENT ON COLUMN agent_runs.output_tokens     IS 'Tokens that the model wrote';
COMMENT ON COLUMN agent_runs.cost_usd          IS 'What it cost, in US dollars';
COMMENT ON COLUMN agent_runs.error             IS 'Why it failed or was cancelled, a code';
COMMENT ON COLUMN agent_runs.error_sentence    IS 'The same for people, as the room is told';
COMMENT ON COLUMN agent_runs.cancelled_by      IS 'Who cancelled it';
COMMENT ON COLUMN agent_runs.answer_message_id IS 'The message it answered with; it may not be in messages yet';

-- One session at a time for an agent in a channel.
UPDATE agent_sessions s SET status = 'closed'
 WHERE s.status <> 'closed'
   AND EXISTS (SELECT 1 FROM agent_sessions o
                WHERE o.agent_id = s.agent_id AND o.channel_id = s.channel_id AND o.status <> 'closed' AND o.id > s.id);
CREATE UNIQUE INDEX agent_sessions_open_idx ON agent_sessions (agent_id, channel_id) WHERE status <> 'closed';

CREATE TABLE agent_channel_settings (
  agent_id       uuid        NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  channel_id     uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  on_mention     boolean     NOT NULL DEFAULT true,
  on_name        boolean     NOT NULL DEFAULT false,
  on_reply       boolean     NOT NULL DEFAULT true,
  on_direct      boolean     NOT NULL DEFAULT true,
  on_command     boolean     NOT NULL DEFAULT true,
  keywords       text[]      NOT NULL DEFAULT '{}' CONSTRAINT agent_channel_settings_keywords_check CHECK (cardinality(keywords) <= 20),
  reaction_keys  text[]      NOT NULL DEFAULT '{}' CONSTRAINT agent_channel_settings_reaction_keys_check CHECK (cardinality(reaction_keys) <= 20),
  who            text        NOT NULL DEFAULT 'everybody' CONSTRAINT agent_channel_settings_who_check CHECK (who IN ('everybody', 'members')),
  answers_agents boolean,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (agent_id, channel_id)
);

CREATE INDEX agent_channel_settings_channel_id_idx ON agent_channel_settings (channel_id);

COMMENT ON TABLE agent_channel_settings IS
  'What an agent reacts to in a channel. Without a row: mentions, replies, direct messages and commands, of everybody';
COMMENT ON COLUMN agent_channel_settings.agent_id       IS 'The agent';
COMMENT ON COLUMN agent_channel_settings.channel_id     IS 'The channel';
COMMENT ON COLUMN agent_channel_settings.on_mention     IS 'Whether being mentioned asks it';
COMMENT ON COLUMN agent_channel_settings.on_name        IS 'Whether its display name in the text of a message asks it';
COMMENT ON COLUMN agent_channel_settings.on_reply       IS 'Whether a reply to what it said asks it';
COMMENT ON COLUMN agent_channel_settings.on_direct      IS 'Whether everything asks it that is said in a room of it and one person';
COMMENT ON COLUMN agent_channel_settings.on_command     IS 'Whether !<code> asks it';
COMMENT ON COLUMN agent_channel_settings.keywords       IS 'Words that ask it, case-folded';
COMMENT ON COLUMN agent_channel_settings.reaction_keys  IS 'Reactions that ask it about the message they are on';
COMMENT ON COLUMN agent_channel_settings.who            IS 'everybody in the channel may ask it, or members of the microDAO';
COMMENT ON COLUMN agent_channel_settings.answers_agents IS 'Whether other agents may ask it; null: as the agent is configured';
COMMENT ON COLUMN agent_channel_settings.created_at     IS 'When the row was made';
COMMENT ON COLUMN agent_channel_settings.updated_at     IS 'When it was last changed';

CREATE TABLE agent_schedules (
  id          text        PRIMARY KEY CHECK (starts_with(id, 'sched_')),
  agent_id    uuid        NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  channel_id  uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  cron        text        NOT NULL,
  time_zone   text        NOT NULL DEFAULT 'UTC',
  prompt      text        NOT NULL,
  enabled     boolean     NOT NULL DEFAULT true,
  next_due_at timestamptz,
  last_due_at timestamptz,
  created_by  text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX agent_schedules_agent_id_channel_id_idx ON agent_schedules (agent_id, channel_id);
CREATE INDEX agent_schedules_channel_id_idx          ON agent_schedules (channel_id);
CREATE INDEX agent_schedules_due_idx                 ON agent_schedules (next_due_at) WHERE enabled;

COMMENT ON TABLE agent_schedules IS 'Times at which an agent is asked something by itself';
COMMENT ON COLUMN agent_schedules.id          IS 'TypeID sched_…';
COMMENT ON COLUMN agent_schedules.agent_id    IS 'The agent';
COMMENT ON COLUMN agent_schedules.channel_id  IS 'The channel it answers in';
COMMENT ON COLUMN agent_schedules.cron        IS 'When, as a cron expression of five or six fields';
COMMENT ON COLUMN agent_schedules.time_zone   IS 'The time zone of that expression, as Europe/Kyiv';
COMMENT ON COLUMN agent_schedules.prompt      IS 'What it is asked';
COMMENT ON COLUMN agent_schedules.enabled     IS 'Whether it fires';
COMMENT ON COLUMN agent_schedules.next_due_at IS 'When it fires next; null: never again';
COMMENT ON COLUMN agent_schedules.last_due_at IS 'The due time that it fired for last';
COMMENT ON COLUMN agent_schedules.created_by  IS 'Who made it';
COMMENT ON COLUMN agent_schedules.created_at  IS 'When the row was made';

CREATE TABLE agent_budgets (
  scope         text          NOT NULL CONSTRAINT agent_budgets_scope_check CHECK (scope IN ('pair', 'room', 'agent')),
  subject       text          NOT NULL,
  used_at       timestamptz[] NOT NULL DEFAULT '{}',
  resting_until timestamptz,
  touched_at    timestamptz   NOT NULL,

  PRIMARY KEY (scope, subject)
);

CREATE INDEX agent_budgets_touched_at_idx ON agent_budgets (touched_at);

COMMENT ON TABLE agent_budgets IS
  'How often agents were asked lately, so that loops and floods end; rows that are a day old are removed';
COMMENT ON COLUMN agent_budgets.scope         IS 'pair (who asks whom), room or agent';
COMMENT ON COLUMN agent_budgets.subject       IS 'Whose budget it is: the ids that the scope names';
COMMENT ON COLUMN agent_budgets.used_at       IS 'When it was used lately';
COMMENT ON COLUMN agent_budgets.resting_until IS 'Until when nothing is answered, because it was used up';
COMMENT ON COLUMN agent_budgets.touched_at    IS 'When the row was last written';

ALTER TABLE channels ADD COLUMN listened_to boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN channels.listened_to IS
  'Whether messages that name no agent may concern one: keywords, names, reactions, or one person alone with agents';
