-- 000015 down: removes what is known of room upgrades and of rooms without the bridge; channels stay with the room they have

ALTER TABLE microdaos DROP COLUMN alias_channels;
DROP TABLE matrix.room_upgrades;
ALTER TABLE matrix.rooms
  DROP COLUMN detached_at,
  DROP COLUMN replaced_at,
  DROP COLUMN generation;
