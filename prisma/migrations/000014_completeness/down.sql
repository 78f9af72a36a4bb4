-- 000014 down: removes what is known of the rooms' completeness; the mirror stays

DROP TABLE matrix.rebuilt_events;
DROP TABLE matrix.rebuilds;
ALTER TABLE matrix.bridge DROP COLUMN woken_at;
ALTER TABLE matrix.bridge DROP COLUMN wake_room_id;
DROP TABLE matrix.unheard;
DROP TABLE matrix.ledgers;
