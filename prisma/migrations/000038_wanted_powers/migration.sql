-- 000038 (compatible with code >= 0.1.0): power levels that rooms are to have, so that none is lost and the last one counts

CREATE TABLE matrix.wanted_powers (
  room_id      text        NOT NULL REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  user_id      text        NOT NULL,
  level        integer     NOT NULL,
  asked_at     timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz,
  lacking      text,

  PRIMARY KEY (room_id, user_id)
);

-- What nobody has tried since it was asked for is looked for regularly.
CREATE INDEX wanted_powers_open_idx ON matrix.wanted_powers (asked_at) WHERE lacking IS NULL;

COMMENT ON TABLE matrix.wanted_powers IS
  'Power levels that somebody is to have in a room because of a role; gone when the room has them. One process at a time works on a room';
COMMENT ON COLUMN matrix.wanted_powers.room_id      IS 'The room of a channel, or a microDAO''s space';
COMMENT ON COLUMN matrix.wanted_powers.user_id      IS 'Whose level: Matrix id';
COMMENT ON COLUMN matrix.wanted_powers.level        IS 'The level of the role that was given last';
COMMENT ON COLUMN matrix.wanted_powers.asked_at     IS 'When that was';
COMMENT ON COLUMN matrix.wanted_powers.leased_until IS 'Until then whoever works on the room holds it; null when nobody does';
COMMENT ON COLUMN matrix.wanted_powers.lacking      IS
  'What the bridge lacks to give it, in words for people; null when it was not tried yet. In spaces only: it is tried again when their power levels change';
