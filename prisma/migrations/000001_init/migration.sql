-- 000001 (compatible with code >= 0.1.0): users and their sessions

CREATE SEQUENCE user_number;

CREATE TABLE users (
  id               uuid        PRIMARY KEY,
  external_id      text        NOT NULL UNIQUE DEFAULT ('user:' || nextval('user_number')),
  matrix_id        text        UNIQUE,
  handle           text,
  email            text        UNIQUE,
  display_name     text,
  avatar_url       text,
  profile_ts       bigint,
  profile_event_id text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  last_login_at    timestamptz
);

CREATE TABLE sessions (
  session_id text        PRIMARY KEY CHECK (starts_with(session_id, 'ses_')),
  user_id    uuid        REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
