-- 000014 (compatible with code >= 0.1.0): what is known of each room's completeness, and rebuilding

-- How far back a room is mirrored is in matrix.backfills; this is the way forward from there.
CREATE TABLE matrix.ledgers (
  room_id           text        PRIMARY KEY REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  head_event_id     text,
  head_ts           bigint,
  gap_token         text,
  gap_head_event_id text,
  gap_head_ts       bigint,
  gap_reached       boolean     NOT NULL DEFAULT false,
  gap_opened_at     timestamptz,
  due_at            timestamptz NOT NULL,
  state_due_at      timestamptz NOT NULL,
  asked_at          timestamptz,
  lease             text,
  leased_until      timestamptz,
  active_at         timestamptz,
  checked_at        timestamptz,
  state_checked_at  timestamptz,
  checks            integer     NOT NULL DEFAULT 0,
  found             bigint      NOT NULL DEFAULT 0,
  error             text,

  CONSTRAINT ledgers_gap_check   CHECK ((gap_token IS NULL) = (gap_opened_at IS NULL)),
  CONSTRAINT ledgers_lease_check CHECK ((lease IS NULL) = (leased_until IS NULL))
);

CREATE INDEX ledgers_due_at_idx        ON matrix.ledgers (due_at);
CREATE INDEX ledgers_gap_opened_at_idx ON matrix.ledgers (gap_opened_at) WHERE gap_token IS NOT NULL;

COMMENT ON TABLE matrix.ledgers IS
  'How far forward each room is mirrored without a hole, and when that was last compared with the homeserver';
COMMENT ON COLUMN matrix.ledgers.room_id           IS 'The Matrix room';
COMMENT ON COLUMN matrix.ledgers.head_event_id IS
  'Newest event up to which nothing is missing, back to where the history has been read; null: never proven';
COMMENT ON COLUMN matrix.ledgers.head_ts           IS 'When that event was sent, in milliseconds since 1970';
COMMENT ON COLUMN matrix.ledgers.gap_token IS
  'Where a check that was begun goes on, a token of /messages; between there and head_event_id events may be missing';
COMMENT ON COLUMN matrix.ledgers.gap_head_event_id IS 'What head_event_id becomes when that check has ended';
COMMENT ON COLUMN matrix.ledgers.gap_head_ts       IS 'When that event was sent, in milliseconds since 1970';
COMMENT ON COLUMN matrix.ledgers.gap_reached       IS 'Whether that check has come past head_event_id';
COMMENT ON COLUMN matrix.ledgers.gap_opened_at     IS 'When that check was begun';
COMMENT ON COLUMN matrix.ledgers.due_at            IS 'When the room is to be compared with the homeserver next';
COMMENT ON COLUMN matrix.ledgers.state_due_at      IS 'When its state and members are';
COMMENT ON COLUMN matrix.ledgers.asked_at          IS 'When a job was last asked for';
COMMENT ON COLUMN matrix.ledgers.lease             IS 'Who is comparing it now';
COMMENT ON COLUMN matrix.ledgers.leased_until      IS 'Until when; after that another may';
COMMENT ON COLUMN matrix.ledgers.active_at         IS 'When a check last met an event that was newer than the head';
COMMENT ON COLUMN matrix.ledgers.checked_at        IS 'When a check last came to its end';
COMMENT ON COLUMN matrix.ledgers.state_checked_at  IS 'When state and members were last compared';
COMMENT ON COLUMN matrix.ledgers.checks            IS 'Checks that came to their end';
COMMENT ON COLUMN matrix.ledgers.found             IS 'Events that checks found missing and put in';
COMMENT ON COLUMN matrix.ledgers.error             IS 'Why the last check did not come to its end';

CREATE TABLE matrix.unheard (
  event_id text        PRIMARY KEY,
  read_at  timestamptz NOT NULL
);

CREATE INDEX unheard_read_at_idx ON matrix.unheard (read_at);

COMMENT ON TABLE matrix.unheard IS
  'Fresh messages that were read back before they were pushed: should they be pushed yet, they are answered like new ones';
COMMENT ON COLUMN matrix.unheard.event_id IS 'The Matrix event';
COMMENT ON COLUMN matrix.unheard.read_at  IS 'When it was read back; the row goes when the event is too old to be answered';

CREATE TABLE matrix.rebuilds (
  room_id    text        PRIMARY KEY REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  next_token text,
  pages      integer     NOT NULL DEFAULT 0,
  events     bigint      NOT NULL DEFAULT 0,
  complete   boolean     NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

COMMENT ON TABLE matrix.rebuilds IS
  'Rooms whose rows are being made anew from the homeserver; the row goes when that is done';
COMMENT ON COLUMN matrix.rebuilds.room_id    IS 'The Matrix room';
COMMENT ON COLUMN matrix.rebuilds.next_token IS 'Where to go on: token of /messages';
COMMENT ON COLUMN matrix.rebuilds.pages      IS 'Pages read';
COMMENT ON COLUMN matrix.rebuilds.events     IS 'Events read';
COMMENT ON COLUMN matrix.rebuilds.complete   IS 'Whether the beginning of the room has been reached';
COMMENT ON COLUMN matrix.rebuilds.started_at IS 'When it was begun';
COMMENT ON COLUMN matrix.rebuilds.updated_at IS 'When the last page was stored';

CREATE TABLE matrix.rebuilt_events (
  room_id  text NOT NULL REFERENCES matrix.rebuilds (room_id) ON DELETE CASCADE,
  event_id text NOT NULL,
  PRIMARY KEY (room_id, event_id)
);

COMMENT ON TABLE matrix.rebuilt_events IS
  'Events that the homeserver gave while a room is being rebuilt: rows of any others would be lost';
COMMENT ON COLUMN matrix.rebuilt_events.room_id  IS 'The Matrix room';
COMMENT ON COLUMN matrix.rebuilt_events.event_id IS 'The Matrix event';
