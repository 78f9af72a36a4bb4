-- 000037 down: forgets which run a message that grows answers; it then ends by silence when the run ends

ALTER TABLE matrix.streams DROP COLUMN run_id;
