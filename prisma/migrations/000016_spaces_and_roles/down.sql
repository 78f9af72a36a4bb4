-- 000016 down: removes channels that have no room yet, what is known of rooms to be made, and the rooms of spaces

DROP TABLE matrix.space_children;
ALTER TABLE matrix.rooms DROP COLUMN space_read_at;
DROP TABLE matrix.new_rooms;

DELETE FROM channels WHERE matrix_room_id IS NULL;
ALTER TABLE channels DROP CONSTRAINT channels_room_check;
ALTER TABLE channels DROP CONSTRAINT channels_status_check;
ALTER TABLE channels ADD CONSTRAINT channels_status_check CHECK (status IN ('active', 'unlinked', 'archived'));
ALTER TABLE channels ALTER COLUMN matrix_room_id SET NOT NULL;

COMMENT ON COLUMN channels.matrix_room_id IS
  'Room it mirrors now, e.g. !abc:example.org (from room version 12 on without a server part)';
COMMENT ON COLUMN channels.status IS 'active, unlinked (no longer mirrored, data kept) or archived';
