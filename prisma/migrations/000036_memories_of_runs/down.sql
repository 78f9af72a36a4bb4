-- 000036 down: removes in which run something was remembered

DROP INDEX agent_runs_causation_id_idx;
ALTER TABLE comemory_items DROP COLUMN run_id;
