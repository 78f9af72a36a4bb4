-- 000020 down: removes what is known of events that others wait for; what waits goes on waiting

DROP TABLE matrix.parked_targets;
