-- 000031 (compatible with code >= 0.1.0): in which room an event was said, and state events that the homeserver overrules

ALTER TABLE messages         ADD COLUMN matrix_room_id text;
ALTER TABLE matrix.edits      ADD COLUMN room_id text;
ALTER TABLE matrix.reactions  ADD COLUMN room_id text;
ALTER TABLE matrix.redactions ADD COLUMN room_id text;

COMMENT ON COLUMN messages.matrix_room_id IS
  'The Matrix room it was said in: a channel may have had several. Null: recorded before this was written down, in a room of its channel';
COMMENT ON COLUMN matrix.edits.room_id IS
  'The room it was said in: it applies to messages of the same room only. Null as in messages.matrix_room_id';
COMMENT ON COLUMN matrix.reactions.room_id IS
  'The room it was said in: it applies to messages of the same room only. Null as in messages.matrix_room_id';
COMMENT ON COLUMN matrix.redactions.room_id IS
  'The room it was said in: it reaches events of the same room only. Null as in messages.matrix_room_id';

ALTER TABLE matrix.state_events  ADD COLUMN overruled boolean NOT NULL DEFAULT false;
ALTER TABLE matrix.member_events ADD COLUMN overruled boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN matrix.state_events.overruled IS
  'The homeserver knew this event and named an older one, or none, when it was asked for the current state: it is never the latest';
COMMENT ON COLUMN matrix.member_events.overruled IS
  'The homeserver knew this event and named an older one when it was asked for the current members: it is never the latest';
