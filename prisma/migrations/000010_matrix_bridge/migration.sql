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

-- The queue is read in room order and by due time; rows that are done leave both indexes.
CREATE INDEX sends_room_order_idx      ON matrix.sends (room_id, seq)     WHERE state IN ('queued', 'sending');
CREATE INDEX sends_next_attempt_at_idx ON matrix.sends (next_attempt_at)  WHERE state IN ('queued', 'sending');
CREATE INDEX sends_channel_id_idx      ON matrix.sends (channel_id);
CREATE INDEX sends_agent_id_idx        ON matrix.sends (agent_id);

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

CREATE TABLE matrix.ghosts (
  matrix_id     text        PRIMARY KEY,
  agent_id      uuid        NOT NULL UNIQUE REFERENCES agents (id) ON DELETE CASCADE,
  registered_at timestamptz,
  display_name  text,
  avatar_url    text,
  parked_reason text,
  created_at    timestamptz NOT NULL DEFAULT now()
);

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
