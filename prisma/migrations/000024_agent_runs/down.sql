-- 000024 down: removes the queue of runs, settings per channel, schedules and budgets; runs that have ended stay

ALTER TABLE channels DROP COLUMN listened_to;

DROP TABLE agent_budgets;
DROP TABLE agent_schedules;
DROP TABLE agent_channel_settings;

DROP INDEX agent_sessions_open_idx;

DROP INDEX agent_runs_trigger_event_id_idx;
DROP INDEX agent_runs_agent_id_idx;

DELETE FROM agent_runs WHERE status NOT IN ('started', 'completed', 'failed');

-- Before, an event could ask an agent once only.
UPDATE agent_runs r SET trigger_event_id = NULL
 WHERE EXISTS (SELECT 1 FROM agent_runs o WHERE o.agent_id = r.agent_id AND o.trigger_event_id = r.trigger_event_id AND o.id < r.id);

ALTER TABLE agent_runs
  DROP CONSTRAINT agent_runs_status_check,
  ADD CONSTRAINT agent_runs_agent_id_trigger_event_id_key UNIQUE (agent_id, trigger_event_id),
  DROP COLUMN seq,
  DROP COLUMN channel_id,
  DROP COLUMN trigger_kind,
  DROP COLUMN trigger_key,
  DROP COLUMN asker,
  DROP COLUMN thread_root,
  DROP COLUMN hop,
  DROP COLUMN causation_id,
  DROP COLUMN runtime,
  DROP COLUMN attempts,
  DROP COLUMN next_attempt_at,
  DROP COLUMN lease_token,
  DROP COLUMN leased_until,
  DROP COLUMN leased_by,
  DROP COLUMN started_at,
  DROP COLUMN input_tokens,
  DROP COLUMN output_tokens,
  DROP COLUMN cost_usd,
  DROP COLUMN error_sentence,
  DROP COLUMN cancelled_by,
  DROP COLUMN answer_message_id;

COMMENT ON TABLE agent_runs IS
  'Single answers of agents: what triggered them, what went in, what came out';
COMMENT ON COLUMN agent_runs.trigger_event_id IS 'Matrix event that asked for it; one run for each agent and event';
COMMENT ON COLUMN agent_runs.status           IS 'Where it stands, e.g. started, completed, failed';
COMMENT ON COLUMN agent_runs.input            IS 'What the model was given';
COMMENT ON COLUMN agent_runs.error            IS 'Why it failed';
COMMENT ON COLUMN agent_runs.created_at       IS 'When it began';
