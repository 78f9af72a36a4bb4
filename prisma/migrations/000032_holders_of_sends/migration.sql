-- 000032 (compatible with code >= 0.1.0): which process has a message in hand, so that others take it back when that dies

ALTER TABLE matrix.sends ADD COLUMN leased_by text;

COMMENT ON COLUMN matrix.sends.leased_by   IS 'Which process had it last, and the number of the advisory lock that it holds while it lives';
COMMENT ON COLUMN agent_runs.leased_by     IS 'Which process or program holds it; a process of the bridge with the number of the advisory lock that it holds while it lives';
