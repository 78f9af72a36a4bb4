-- 000031 down: removes in which room an event was said, and which state events are overruled

ALTER TABLE messages         DROP COLUMN matrix_room_id;
ALTER TABLE matrix.edits      DROP COLUMN room_id;
ALTER TABLE matrix.reactions  DROP COLUMN room_id;
ALTER TABLE matrix.redactions DROP COLUMN room_id;

ALTER TABLE matrix.state_events  DROP COLUMN overruled;
ALTER TABLE matrix.member_events DROP COLUMN overruled;
