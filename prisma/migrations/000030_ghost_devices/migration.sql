-- 000030 (compatible with code >= 0.1.0): since when agents' users have devices; an agent has one name in all rooms

ALTER TABLE matrix.ghosts
  ADD COLUMN device_since timestamptz,
  ADD CONSTRAINT ghosts_device_since_check CHECK (device_since IS NULL OR device_id IS NOT NULL),
  DROP COLUMN room_names;

COMMENT ON COLUMN matrix.ghosts.device_since IS
  'Since when it has its device, also when it was made anew: what was tried before is looked for before it is sent again';
