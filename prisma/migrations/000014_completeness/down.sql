-- 000014 down: removes what is known of the rooms' completeness; the mirror stays

DROP TABLE matrix.rebuilt_events;
DROP TABLE matrix.rebuilds;
DROP TABLE matrix.unheard;
DROP TABLE matrix.ledgers;
