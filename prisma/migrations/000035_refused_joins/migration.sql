-- 000035 (compatible with code >= 0.1.0): invitations that the homeserver does not let one of our users accept, so that they are tried again

CREATE TABLE matrix.refused_joins (
  room_id         text        NOT NULL,
  user_id         text        NOT NULL,
  invite_event_id text,
  tries           smallint    NOT NULL CONSTRAINT refused_joins_tries_check CHECK (tries > 0),
  reason          text        NOT NULL,
  refused_at      timestamptz NOT NULL,
  next_try_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (room_id, user_id)
);

CREATE INDEX refused_joins_given_up_idx ON matrix.refused_joins (refused_at) WHERE next_try_at IS NULL;

COMMENT ON TABLE matrix.refused_joins IS
  'Invitations that were to be accepted and that the homeserver refuses. Gone when the user is in the room or the invitation was taken back, and 30 days after the last try';
COMMENT ON COLUMN matrix.refused_joins.room_id         IS 'The room; it may have no row in matrix.rooms';
COMMENT ON COLUMN matrix.refused_joins.user_id         IS 'Who was invited: Matrix id of the bot or of an agent';
COMMENT ON COLUMN matrix.refused_joins.invite_event_id IS 'The invitation, where it is known. Another one begins anew';
COMMENT ON COLUMN matrix.refused_joins.tries           IS 'How often it was refused';
COMMENT ON COLUMN matrix.refused_joins.reason          IS 'The last refusal: error code and the words of the homeserver';
COMMENT ON COLUMN matrix.refused_joins.refused_at      IS 'When that was';
COMMENT ON COLUMN matrix.refused_joins.next_try_at     IS 'When it is tried again; null when it is not any more: invite again';
COMMENT ON COLUMN matrix.refused_joins.created_at      IS 'When it was refused first';
