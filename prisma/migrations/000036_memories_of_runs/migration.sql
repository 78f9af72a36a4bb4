-- 000036 (compatible with code >= 0.1.0): in which run something was remembered, so that it goes with the question

ALTER TABLE comemory_items ADD COLUMN run_id text REFERENCES agent_runs (id) ON DELETE CASCADE;

CREATE INDEX comemory_items_run_id_idx ON comemory_items (run_id);

COMMENT ON COLUMN comemory_items.run_id IS 'The run in which it was remembered: it goes with the message, or the person, that asked';

-- What was remembered and that the tool had done it have one time, for they were one transaction.
UPDATE comemory_items i SET run_id = r.id
  FROM tool_calls t JOIN agent_runs r ON r.id = t.run_id
 WHERE t.tool = 'remember' AND t.status = 'done' AND t.ended_at = i.created_at
   AND r.agent_id = i.agent_id AND r.channel_id = i.channel_id;

-- Runs that agents asked for, by what their chain began with.
CREATE INDEX agent_runs_causation_id_idx ON agent_runs (causation_id) WHERE hop > 0;
