-- 000016 (compatible with code >= 0.1.0): rooms that the bridge makes, and the rooms of spaces

ALTER TABLE channels ALTER COLUMN matrix_room_id DROP NOT NULL;
ALTER TABLE channels DROP CONSTRAINT channels_status_check;
ALTER TABLE channels ADD CONSTRAINT channels_status_check
  CHECK (status IN ('creating', 'failed', 'active', 'unlinked', 'archived'));
ALTER TABLE channels ADD CONSTRAINT channels_room_check
  CHECK (matrix_room_id IS NOT NULL OR status IN ('creating', 'failed'));

COMMENT ON COLUMN channels.matrix_room_id IS
  'Room it mirrors now, e.g. !abc:example.org (from room version 12 on without a server part); null until the bridge has made it';
COMMENT ON COLUMN channels.status IS
  'creating (the bridge makes its room), failed (the homeserver refused that), active, unlinked (no longer mirrored, data kept) or archived';

-- No foreign key to channels or microdaos in id: it is the one or the other.
CREATE TABLE matrix.new_rooms (
  id                uuid        PRIMARY KEY,
  kind              text        NOT NULL CHECK (kind IN ('channel', 'space')),
  microdao_id       uuid        NOT NULL REFERENCES microdaos (id) ON DELETE CASCADE,
  wanted            jsonb       NOT NULL,
  state             text        NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'made', 'done', 'failed')),
  room_id           text,
  tried_at          timestamptz,
  leased_until      timestamptz,
  error             text,
  idempotency_scope text,
  idempotency_key   text,
  request_hash      bytea       NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),

  UNIQUE (idempotency_scope, idempotency_key)
);

CREATE INDEX new_rooms_microdao_id_idx ON matrix.new_rooms (microdao_id);
CREATE INDEX new_rooms_open_idx ON matrix.new_rooms (updated_at) WHERE state IN ('wanted', 'made');

COMMENT ON TABLE matrix.new_rooms IS
  'Rooms that the bridge was asked to make, for channels and as spaces of microDAOs. wanted → made → done, or failed';
COMMENT ON COLUMN matrix.new_rooms.id                IS 'The channel, or the microDAO whose space it is';
COMMENT ON COLUMN matrix.new_rooms.kind              IS 'channel or space';
COMMENT ON COLUMN matrix.new_rooms.microdao_id       IS 'The microDAO';
COMMENT ON COLUMN matrix.new_rooms.wanted            IS 'Name, topic, visibility, and the Matrix ids of those to be invited';
COMMENT ON COLUMN matrix.new_rooms.state IS
  'wanted, made (the room exists), done (it is mirrored and everybody invited) or failed';
COMMENT ON COLUMN matrix.new_rooms.room_id           IS 'The Matrix room, once it is made';
COMMENT ON COLUMN matrix.new_rooms.tried_at IS
  'When the homeserver was asked to make it and gave no usable answer yet; the room may be there or still come';
COMMENT ON COLUMN matrix.new_rooms.leased_until      IS 'Until when one process works on it';
COMMENT ON COLUMN matrix.new_rooms.error             IS 'Why it failed, in the homeserver''s words';
COMMENT ON COLUMN matrix.new_rooms.idempotency_scope IS 'Whose idempotency key it is';
COMMENT ON COLUMN matrix.new_rooms.idempotency_key   IS 'The same scope and key is the same request, for ever';
COMMENT ON COLUMN matrix.new_rooms.request_hash      IS 'SHA-256 of what was asked for';
COMMENT ON COLUMN matrix.new_rooms.created_at        IS 'When it was asked for';
COMMENT ON COLUMN matrix.new_rooms.updated_at        IS 'When it last went a step further or was tried';

ALTER TABLE matrix.rooms ADD COLUMN space_read_at timestamptz;

COMMENT ON COLUMN matrix.rooms.space_read_at IS
  'For a space: when the reading of its state began that its children are from';

CREATE TABLE matrix.space_children (
  space_id  text    NOT NULL REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  room_id   text    NOT NULL,
  via       text[]  NOT NULL,
  order_key text,
  suggested boolean NOT NULL DEFAULT false,
  added_by  text    NOT NULL,
  added_ts  bigint  NOT NULL,
  waiting   text,

  PRIMARY KEY (space_id, room_id)
);

CREATE INDEX space_children_room_id_idx ON matrix.space_children (room_id);

COMMENT ON TABLE matrix.space_children IS
  'The rooms and spaces in each space, as its m.space.child events say now; those without servers are not in it';
COMMENT ON COLUMN matrix.space_children.space_id  IS 'The space';
COMMENT ON COLUMN matrix.space_children.room_id   IS 'The room or space in it';
COMMENT ON COLUMN matrix.space_children.via       IS 'Servers to join it by';
COMMENT ON COLUMN matrix.space_children.order_key IS 'Its place: those with a key come first, by key';
COMMENT ON COLUMN matrix.space_children.suggested IS 'Whether the space''s admins recommend it';
COMMENT ON COLUMN matrix.space_children.added_by  IS 'Who put it there: Matrix id';
COMMENT ON COLUMN matrix.space_children.added_ts  IS 'When, in milliseconds since 1970; the order among those without a key';
COMMENT ON COLUMN matrix.space_children.waiting   IS 'Why it is no channel yet, in the homeserver''s words; null when it is one, or a space';
