-- 000010 (compatible with code >= 0.1.0): the bridge's own bookkeeping, in the schema matrix

CREATE SCHEMA matrix;

CREATE TABLE matrix.rooms (
  room_id             text        PRIMARY KEY,
  channel_id          uuid        REFERENCES channels (id) ON DELETE CASCADE,
  status              text        NOT NULL CHECK (status IN ('joining', 'joined', 'left', 'unlinked')),
  mirrored            boolean     NOT NULL DEFAULT true,
  encrypted           boolean     NOT NULL DEFAULT false,
  creators            text[]      NOT NULL DEFAULT '{}',
  power_users         jsonb       NOT NULL DEFAULT '{}',
  power_default       integer     NOT NULL DEFAULT 0,
  invited_by          text,
  notice_event_id     text,
  predecessor_room_id text,
  successor_room_id   text,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX rooms_channel_id_idx ON matrix.rooms (channel_id);

COMMENT ON TABLE matrix.rooms IS
  'Rooms the bridge was invited to, and how upgrades chain them';
COMMENT ON COLUMN matrix.rooms.room_id             IS 'The Matrix room';
COMMENT ON COLUMN matrix.rooms.channel_id IS
  'The channel it belongs to; several rooms share one after upgrades';
COMMENT ON COLUMN matrix.rooms.status              IS 'joining, joined, left or unlinked';
COMMENT ON COLUMN matrix.rooms.mirrored            IS 'Whether its events become rows';
COMMENT ON COLUMN matrix.rooms.encrypted           IS 'Whether it is end-to-end encrypted';
COMMENT ON COLUMN matrix.rooms.creators IS
  'Users who stand above all power levels (room version 12 and later)';
COMMENT ON COLUMN matrix.rooms.power_users         IS 'Power level of each user that has one of its own, by Matrix id';
COMMENT ON COLUMN matrix.rooms.power_default       IS 'Power level of all others';
COMMENT ON COLUMN matrix.rooms.invited_by          IS 'Who invited the bridge';
COMMENT ON COLUMN matrix.rooms.notice_event_id     IS 'The notice that the bridge posted when it came';
COMMENT ON COLUMN matrix.rooms.predecessor_room_id IS 'The room this one replaced';
COMMENT ON COLUMN matrix.rooms.successor_room_id   IS 'The room that replaced this one';
COMMENT ON COLUMN matrix.rooms.created_at          IS 'When the row was made';
COMMENT ON COLUMN matrix.rooms.updated_at          IS 'When the row was last changed';

-- Every state event that was ever seen, so that "the latest" never depends on the order of arrival.
-- No foreign key to rooms: state may come before its room is known.
CREATE TABLE matrix.state_events (
  event_id         text    PRIMARY KEY,
  room_id          text    NOT NULL,
  type             text    NOT NULL,
  state_key        text    NOT NULL,
  sender           text    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  content          jsonb   NOT NULL,
  redacted         boolean NOT NULL DEFAULT false
);

CREATE INDEX state_events_room_id_type_state_key_origin_server_ts_idx
  ON matrix.state_events (room_id, type, state_key, origin_server_ts);

COMMENT ON TABLE matrix.state_events IS
  'State events seen, those of the kinds the mirror needs; the present state is the latest of each type and key';
COMMENT ON COLUMN matrix.state_events.event_id         IS 'The Matrix event';
COMMENT ON COLUMN matrix.state_events.room_id          IS 'The Matrix room; it may not be known yet';
COMMENT ON COLUMN matrix.state_events.type             IS 'Event type, e.g. m.room.name';
COMMENT ON COLUMN matrix.state_events.state_key        IS 'State key; often empty';
COMMENT ON COLUMN matrix.state_events.sender           IS 'Who set it: Matrix id';
COMMENT ON COLUMN matrix.state_events.origin_server_ts IS
  'When, in milliseconds since 1970; between equal times the greater event id counts as later';
COMMENT ON COLUMN matrix.state_events.content          IS 'Content of the event';
COMMENT ON COLUMN matrix.state_events.redacted         IS 'Whether the event was redacted; its content is cleared then';

CREATE TABLE matrix.member_events (
  event_id         text    PRIMARY KEY,
  room_id          text    NOT NULL,
  user_id          text    NOT NULL,
  sender           text    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  membership       text    NOT NULL CHECK (membership IN ('invite', 'join', 'leave', 'ban', 'knock')),
  display_name     text,
  avatar_url       text,
  is_guest         boolean NOT NULL DEFAULT false,
  redacted         boolean NOT NULL DEFAULT false
);

CREATE INDEX member_events_room_id_user_id_origin_server_ts_idx
  ON matrix.member_events (room_id, user_id, origin_server_ts);

COMMENT ON TABLE matrix.member_events IS
  'Every membership event seen: what the rows of channel_members are made from, in any order of arrival';
COMMENT ON COLUMN matrix.member_events.event_id         IS 'The Matrix event';
COMMENT ON COLUMN matrix.member_events.room_id          IS 'The Matrix room';
COMMENT ON COLUMN matrix.member_events.user_id          IS 'Whose membership: Matrix id';
COMMENT ON COLUMN matrix.member_events.sender           IS 'Who changed it: Matrix id';
COMMENT ON COLUMN matrix.member_events.origin_server_ts IS 'When, in milliseconds since 1970';
COMMENT ON COLUMN matrix.member_events.membership       IS 'invite, join, leave, ban or knock';
COMMENT ON COLUMN matrix.member_events.display_name     IS 'Name in this room';
COMMENT ON COLUMN matrix.member_events.avatar_url       IS 'Picture in this room, an mxc:// address';
COMMENT ON COLUMN matrix.member_events.is_guest         IS 'Whether it is a guest account';
COMMENT ON COLUMN matrix.member_events.redacted IS
  'Whether the event was redacted; name and picture are cleared then';

-- Edits, reactions and redactions share a shape: what they point at may not be here yet, then they are parked.
CREATE TABLE matrix.edits (
  event_id         text    PRIMARY KEY,
  channel_id       uuid    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  target_event_id  text    NOT NULL,
  sender_id        uuid    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  kind             text    NOT NULL,
  preview          text    NOT NULL,
  metadata         jsonb,
  redacted         boolean NOT NULL DEFAULT false,
  parked           boolean NOT NULL
);

CREATE INDEX edits_target_event_id_idx ON matrix.edits (target_event_id);
CREATE INDEX edits_channel_id_idx      ON matrix.edits (channel_id);
CREATE INDEX edits_parked_idx          ON matrix.edits (target_event_id) WHERE parked;

COMMENT ON TABLE matrix.edits IS
  'Edits of messages: the history; the message row carries the latest one that counts';
COMMENT ON COLUMN matrix.edits.event_id         IS 'The editing event';
COMMENT ON COLUMN matrix.edits.channel_id       IS 'The channel';
COMMENT ON COLUMN matrix.edits.target_event_id  IS 'The event it edits';
COMMENT ON COLUMN matrix.edits.sender_id        IS 'Who edited: id of the user or agent';
COMMENT ON COLUMN matrix.edits.origin_server_ts IS 'When, in milliseconds since 1970';
COMMENT ON COLUMN matrix.edits.kind IS
  'Kind of the new content, as in messages.kind; invalid when there was none, then the edit never shows';
COMMENT ON COLUMN matrix.edits.preview          IS 'Preview of the new content; empty when redacted';
COMMENT ON COLUMN matrix.edits.metadata         IS 'Metadata of the new content';
COMMENT ON COLUMN matrix.edits.redacted         IS 'Whether the edit itself was redacted; it does not count then';
COMMENT ON COLUMN matrix.edits.parked           IS 'Whether it waits for its target';

CREATE TABLE matrix.reactions (
  event_id         text    PRIMARY KEY,
  channel_id       uuid    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  target_event_id  text    NOT NULL,
  sender_id        uuid    NOT NULL,
  key              text    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  redacted         boolean NOT NULL DEFAULT false,
  parked           boolean NOT NULL
);

CREATE INDEX reactions_target_event_id_idx ON matrix.reactions (target_event_id);
CREATE INDEX reactions_channel_id_idx      ON matrix.reactions (channel_id);
CREATE INDEX reactions_parked_idx          ON matrix.reactions (target_event_id) WHERE parked;

COMMENT ON TABLE matrix.reactions IS
  'Reactions to messages';
COMMENT ON COLUMN matrix.reactions.event_id         IS 'The reacting event';
COMMENT ON COLUMN matrix.reactions.channel_id       IS 'The channel';
COMMENT ON COLUMN matrix.reactions.target_event_id  IS 'The event it reacts to';
COMMENT ON COLUMN matrix.reactions.sender_id        IS 'Who reacted: id of the user or agent';
COMMENT ON COLUMN matrix.reactions.key              IS 'The reaction, mostly an emoji';
COMMENT ON COLUMN matrix.reactions.origin_server_ts IS 'When, in milliseconds since 1970';
COMMENT ON COLUMN matrix.reactions.redacted         IS 'Whether it was taken back';
COMMENT ON COLUMN matrix.reactions.parked           IS 'Whether it waits for its target';

CREATE TABLE matrix.redactions (
  event_id         text    PRIMARY KEY,
  channel_id       uuid    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  target_event_id  text    NOT NULL,
  sender_id        uuid    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  parked           boolean NOT NULL
);

CREATE INDEX redactions_target_event_id_idx ON matrix.redactions (target_event_id);
CREATE INDEX redactions_channel_id_idx      ON matrix.redactions (channel_id);
CREATE INDEX redactions_parked_idx          ON matrix.redactions (target_event_id) WHERE parked;

COMMENT ON TABLE matrix.redactions IS
  'Redactions seen: tombstones, so that what is deleted stays deleted when it comes again or comes late';
COMMENT ON COLUMN matrix.redactions.event_id         IS 'The redacting event';
COMMENT ON COLUMN matrix.redactions.channel_id       IS 'The channel';
COMMENT ON COLUMN matrix.redactions.target_event_id  IS 'The event it deletes';
COMMENT ON COLUMN matrix.redactions.sender_id        IS 'Who deleted: id of the user or agent';
COMMENT ON COLUMN matrix.redactions.origin_server_ts IS 'When, in milliseconds since 1970';
COMMENT ON COLUMN matrix.redactions.parked           IS 'Whether it waits for its target';

CREATE TABLE matrix.sends (
  id                uuid        PRIMARY KEY,
  seq               bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  txn_id            text        NOT NULL UNIQUE,
  channel_id        uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  room_id           text        NOT NULL,
  sender_matrix_id  text        NOT NULL,
  agent_id          uuid        NOT NULL REFERENCES agents (id),
  event_type        text        NOT NULL,
  content           jsonb,
  idempotency_scope text,
  idempotency_key   text,
  request_hash      bytea,
  state             text        NOT NULL DEFAULT 'queued'
                                CHECK (state IN ('queued', 'sending', 'sent', 'confirmed', 'failed')),
  attempts          integer     NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz NOT NULL DEFAULT now(),
  leased_until      timestamptz,
  first_attempt_at  timestamptz,
  last_error_code   text,
  last_error        text,
  event_id          text        UNIQUE,
  created_at        timestamptz NOT NULL DEFAULT now(),
  sent_at           timestamptz,
  confirmed_at      timestamptz,

  UNIQUE (idempotency_scope, idempotency_key),
  CONSTRAINT sends_idempotency_check CHECK ((idempotency_scope IS NULL) = (idempotency_key IS NULL))
);

-- The queue is read in room order and by due time, and counted by state; rows that are done leave all three indexes.
CREATE INDEX sends_room_order_idx      ON matrix.sends (room_id, seq)     WHERE state IN ('queued', 'sending');
CREATE INDEX sends_next_attempt_at_idx ON matrix.sends (next_attempt_at)  WHERE state IN ('queued', 'sending');
CREATE INDEX sends_state_idx           ON matrix.sends (state)            WHERE state <> 'confirmed';
CREATE INDEX sends_channel_id_idx      ON matrix.sends (channel_id);
CREATE INDEX sends_agent_id_idx        ON matrix.sends (agent_id);

COMMENT ON TABLE matrix.sends IS
  'Events that agents send, from the request to the echo. queued → sending → sent → confirmed, or failed';
COMMENT ON COLUMN matrix.sends.id IS
  'UUIDv7; becomes messages.id, so that request and message are one id';
COMMENT ON COLUMN matrix.sends.seq               IS 'Order of sending within a room';
COMMENT ON COLUMN matrix.sends.txn_id IS
  'Transaction id towards the homeserver; the same on every retry, so that nothing is posted twice';
COMMENT ON COLUMN matrix.sends.channel_id        IS 'The channel';
COMMENT ON COLUMN matrix.sends.room_id           IS 'The room it goes to';
COMMENT ON COLUMN matrix.sends.sender_matrix_id  IS 'Who it is sent as: Matrix id';
COMMENT ON COLUMN matrix.sends.agent_id          IS 'The agent';
COMMENT ON COLUMN matrix.sends.event_type        IS 'Matrix event type';
COMMENT ON COLUMN matrix.sends.content           IS 'Content to send; cleared once confirmed';
COMMENT ON COLUMN matrix.sends.idempotency_scope IS 'Who owns the idempotency key, e.g. the access key';
COMMENT ON COLUMN matrix.sends.idempotency_key IS
  'Key from the Idempotency-Key header; the same key gives the same event for ever';
COMMENT ON COLUMN matrix.sends.request_hash IS
  'SHA-256 of the request, to refuse another request under a used key';
COMMENT ON COLUMN matrix.sends.state             IS 'queued, sending, sent, confirmed (its echo came) or failed';
COMMENT ON COLUMN matrix.sends.attempts          IS 'How often sending was tried';
COMMENT ON COLUMN matrix.sends.next_attempt_at   IS 'Not to be tried before';
COMMENT ON COLUMN matrix.sends.leased_until      IS 'Until when a sender has it; after that another may take it';
COMMENT ON COLUMN matrix.sends.first_attempt_at  IS 'When it was first tried';
COMMENT ON COLUMN matrix.sends.last_error_code   IS 'Matrix error code or our own of the last failure';
COMMENT ON COLUMN matrix.sends.last_error        IS 'The last failure in words';
COMMENT ON COLUMN matrix.sends.event_id          IS 'The event the homeserver made of it';
COMMENT ON COLUMN matrix.sends.created_at        IS 'When it was asked for';
COMMENT ON COLUMN matrix.sends.sent_at           IS 'When the homeserver answered';
COMMENT ON COLUMN matrix.sends.confirmed_at      IS 'When it came back as an event';

CREATE TABLE matrix.inbox (
  id          text        PRIMARY KEY CHECK (starts_with(id, 'dl_')),
  fingerprint bytea       NOT NULL UNIQUE,
  event_id    text,
  room_id     text,
  raw         bytea       NOT NULL,
  source      text        NOT NULL CHECK (source IN ('push', 'backfill', 'snapshot')),
  txn_id      text,
  error_code  text        NOT NULL,
  error       text        NOT NULL,
  attempts    integer     NOT NULL DEFAULT 1,
  status      text        NOT NULL DEFAULT 'dead' CHECK (status IN ('dead', 'retried', 'dropped')),
  received_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz
);

CREATE INDEX inbox_status_received_at_idx ON matrix.inbox (status, received_at);
CREATE INDEX inbox_event_id_idx           ON matrix.inbox (event_id);

COMMENT ON TABLE matrix.inbox IS
  'Dead letters: events that could not be applied, kept raw until someone retries or drops them';
COMMENT ON COLUMN matrix.inbox.id          IS 'TypeID dl_…';
COMMENT ON COLUMN matrix.inbox.fingerprint IS 'SHA-256 of raw; the same event is kept once';
COMMENT ON COLUMN matrix.inbox.event_id    IS 'Its event id, if it has one';
COMMENT ON COLUMN matrix.inbox.room_id     IS 'Its room id, if it has one';
COMMENT ON COLUMN matrix.inbox.raw IS
  'The event as received: JSON in UTF-8, byte for byte, as it may hold what text and jsonb refuse';
COMMENT ON COLUMN matrix.inbox.source      IS 'How it came: push, backfill or snapshot';
COMMENT ON COLUMN matrix.inbox.txn_id      IS 'Transaction it came in, when pushed';
COMMENT ON COLUMN matrix.inbox.error_code  IS 'Declared code of the error';
COMMENT ON COLUMN matrix.inbox.error       IS 'The error in words';
COMMENT ON COLUMN matrix.inbox.attempts    IS 'How often applying was tried';
COMMENT ON COLUMN matrix.inbox.status      IS 'dead, retried (applied since) or dropped';
COMMENT ON COLUMN matrix.inbox.received_at IS 'When it came first';
COMMENT ON COLUMN matrix.inbox.resolved_at IS 'When it was retried with success or dropped';

CREATE TABLE matrix.ghosts (
  matrix_id     text        PRIMARY KEY,
  agent_id      uuid        NOT NULL UNIQUE REFERENCES agents (id) ON DELETE CASCADE,
  registered_at timestamptz,
  display_name  text,
  avatar_url    text,
  parked_reason text,
  created_at    timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE matrix.ghosts IS
  'Matrix users of agents, as registered with the homeserver';
COMMENT ON COLUMN matrix.ghosts.matrix_id     IS 'The Matrix user';
COMMENT ON COLUMN matrix.ghosts.agent_id      IS 'The agent it stands for';
COMMENT ON COLUMN matrix.ghosts.registered_at IS 'When the homeserver had it; null means not yet';
COMMENT ON COLUMN matrix.ghosts.display_name  IS 'Name last set on the homeserver';
COMMENT ON COLUMN matrix.ghosts.avatar_url    IS 'Picture last set on the homeserver, an mxc:// address';
COMMENT ON COLUMN matrix.ghosts.parked_reason IS 'Why it cannot act at present; null means it can';
COMMENT ON COLUMN matrix.ghosts.created_at    IS 'When the row was made';

CREATE TABLE matrix.bridge (
  id               boolean     PRIMARY KEY DEFAULT true CHECK (id),
  appservice_id    text        NOT NULL,
  sender_localpart text        NOT NULL,
  bot_user_id      text        NOT NULL,
  server_name      text        NOT NULL,
  last_txn_id      text,
  last_txn_at      timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE matrix.bridge IS
  'The one row that says which application service this database belongs to; start is refused when it disagrees';
COMMENT ON COLUMN matrix.bridge.id               IS 'Always true: there is one row';
COMMENT ON COLUMN matrix.bridge.appservice_id    IS 'id of the registration';
COMMENT ON COLUMN matrix.bridge.sender_localpart IS 'sender_localpart of the registration';
COMMENT ON COLUMN matrix.bridge.bot_user_id      IS 'Matrix id of the bot';
COMMENT ON COLUMN matrix.bridge.server_name      IS 'Name of the homeserver';
COMMENT ON COLUMN matrix.bridge.last_txn_id      IS 'Last transaction acknowledged; only for diagnosis';
COMMENT ON COLUMN matrix.bridge.last_txn_at      IS 'When that was';
COMMENT ON COLUMN matrix.bridge.created_at       IS 'When the database was first used';

CREATE TABLE matrix.backfills (
  room_id     text        PRIMARY KEY REFERENCES matrix.rooms (room_id) ON DELETE CASCADE,
  status      text        NOT NULL CHECK (status IN ('pending', 'running', 'done', 'failed')),
  next_token  text,
  pages       integer     NOT NULL DEFAULT 0,
  events      bigint      NOT NULL DEFAULT 0,
  error       text,
  started_at  timestamptz,
  finished_at timestamptz,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE matrix.backfills IS
  'How far the history of each room has been read back';
COMMENT ON COLUMN matrix.backfills.room_id     IS 'The Matrix room';
COMMENT ON COLUMN matrix.backfills.status      IS 'pending, running, done or failed';
COMMENT ON COLUMN matrix.backfills.next_token  IS 'Where to go on: token of /messages';
COMMENT ON COLUMN matrix.backfills.pages       IS 'Pages read';
COMMENT ON COLUMN matrix.backfills.events      IS 'Events read';
COMMENT ON COLUMN matrix.backfills.error       IS 'Why it failed';
COMMENT ON COLUMN matrix.backfills.started_at  IS 'When it was started';
COMMENT ON COLUMN matrix.backfills.finished_at IS 'When it reached the beginning';
COMMENT ON COLUMN matrix.backfills.updated_at  IS 'When the last page was stored';
