-- 000015 (compatible with code >= 0.1.0): rooms through their life: upgrades, rooms without the bridge, channels made for an alias

ALTER TABLE matrix.rooms
  ADD COLUMN generation  smallint NOT NULL DEFAULT 0,
  ADD COLUMN replaced_at timestamptz,
  ADD COLUMN detached_at timestamptz;

COMMENT ON COLUMN matrix.rooms.generation  IS 'How many rooms the channel had before this one';
COMMENT ON COLUMN matrix.rooms.replaced_at IS
  'When its successor took its place: the time of the tombstone. What is said here later still belongs to the channel';
COMMENT ON COLUMN matrix.rooms.detached_at IS
  'Since when none of the bridge''s users is in the room: the homeserver pushes nothing of it any more';

CREATE TABLE matrix.room_upgrades (
  room_id            text        NOT NULL REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  successor_room_id  text        NOT NULL,
  tombstone_event_id text        NOT NULL,
  tombstone_ts       bigint      NOT NULL,
  sender             text        NOT NULL,
  status             text        NOT NULL DEFAULT 'following'
                                 CHECK (status IN ('following', 'waiting', 'done', 'ignored')),
  reason             text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (room_id, successor_room_id)
);

CREATE INDEX room_upgrades_successor_room_id_idx ON matrix.room_upgrades (successor_room_id);
CREATE INDEX room_upgrades_open_idx ON matrix.room_upgrades (updated_at) WHERE status IN ('following', 'waiting');

COMMENT ON TABLE matrix.room_upgrades IS
  'Tombstones of mirrored rooms and how far the bridge has followed them. following → done, or waiting for an invitation, or ignored';
COMMENT ON COLUMN matrix.room_upgrades.room_id            IS 'The room with the tombstone';
COMMENT ON COLUMN matrix.room_upgrades.successor_room_id  IS 'The room that the tombstone points to';
COMMENT ON COLUMN matrix.room_upgrades.tombstone_event_id IS 'The tombstone';
COMMENT ON COLUMN matrix.room_upgrades.tombstone_ts       IS 'When it was set, in milliseconds since 1970';
COMMENT ON COLUMN matrix.room_upgrades.sender             IS 'Who set it: Matrix id. The new room is joined by way of this user''s server';
COMMENT ON COLUMN matrix.room_upgrades.status             IS
  'following, waiting (the bridge may not join the new room yet), done or ignored';
COMMENT ON COLUMN matrix.room_upgrades.reason             IS 'Why it waits or is ignored';
COMMENT ON COLUMN matrix.room_upgrades.created_at         IS 'When the tombstone was seen';
COMMENT ON COLUMN matrix.room_upgrades.updated_at         IS 'When following it was last tried';

-- Tombstones that came before anybody followed them.
INSERT INTO matrix.room_upgrades (room_id, successor_room_id, tombstone_event_id, tombstone_ts, sender)
SELECT r.room_id, t.content ->> 'replacement_room', t.event_id, t.origin_server_ts, t.sender
  FROM matrix.rooms r
 CROSS JOIN LATERAL (
   SELECT e.* FROM matrix.state_events e
    WHERE e.room_id = r.room_id AND e.type = 'm.room.tombstone' AND e.state_key = ''
    ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) t
 WHERE r.channel_id IS NOT NULL AND r.mirrored AND r.status IN ('joining', 'joined') AND NOT t.redacted
   AND t.content ->> 'replacement_room' LIKE '!_%' AND t.content ->> 'replacement_room' <> r.room_id;

ALTER TABLE microdaos ADD COLUMN alias_channels boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN microdaos.alias_channels IS
  'Whether asking for an address of a channel that does not exist makes the channel and its room';
