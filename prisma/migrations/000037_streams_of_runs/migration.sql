-- 000037 (compatible with code >= 0.1.0): which run a message that grows answers, so that it ends with that

ALTER TABLE matrix.streams ADD COLUMN run_id text REFERENCES agent_runs (id) ON DELETE SET NULL;

CREATE INDEX streams_run_id_idx ON matrix.streams (run_id) WHERE run_id IS NOT NULL;

COMMENT ON COLUMN matrix.streams.run_id IS
  'The run that it is said for: only whoever holds that makes it grow, and it ends when that ends. Null: for none';
