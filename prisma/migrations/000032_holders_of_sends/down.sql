-- 000032 down: removes which process has a message in hand

ALTER TABLE matrix.sends DROP COLUMN leased_by;

COMMENT ON COLUMN agent_runs.leased_by IS 'The worker that holds it, for people who look';
