-- 000030 down: removes since when agents' users have devices, and brings the unused names in single rooms back

ALTER TABLE matrix.ghosts
  DROP CONSTRAINT ghosts_device_since_check,
  DROP COLUMN device_since,
  ADD COLUMN room_names jsonb;

COMMENT ON COLUMN matrix.ghosts.room_names IS
  'Names of its own in single rooms, by room id, while its profile is being changed: they are put back afterwards';
