-- 000010 down: removes the bridge's bookkeeping; the mirrored channels, members and messages stay

DROP TABLE matrix.backfills;
DROP TABLE matrix.bridge;
DROP TABLE matrix.ghosts;
DROP TABLE matrix.inbox;
DROP TABLE matrix.sends;
DROP TABLE matrix.redactions;
DROP TABLE matrix.reactions;
DROP TABLE matrix.edits;
DROP TABLE matrix.member_events;
DROP TABLE matrix.state_events;
DROP TABLE matrix.rooms;
DROP SCHEMA matrix;
