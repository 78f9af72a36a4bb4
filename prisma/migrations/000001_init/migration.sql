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

COMMENT ON TABLE users IS
  'Everyone the platform knows: people of this homeserver and of others, with or without an account here';
COMMENT ON COLUMN users.id IS
  'UUID; that of a Matrix user is derived from the Matrix id, so it is the same whichever event came first. Shown as u_…';
COMMENT ON COLUMN users.external_id      IS 'Readable number for people and logs, e.g. user:93';
COMMENT ON COLUMN users.matrix_id IS
  'Full Matrix user id, e.g. @alice:example.org; null for accounts without Matrix';
COMMENT ON COLUMN users.handle           IS 'Short name with its sign, e.g. @alice';
COMMENT ON COLUMN users.email            IS 'Null for people who exist only in Matrix';
COMMENT ON COLUMN users.display_name     IS 'Global profile name, as last seen in a membership event';
COMMENT ON COLUMN users.avatar_url       IS 'Global profile picture, an mxc:// address';
COMMENT ON COLUMN users.profile_ts IS
  'origin_server_ts (milliseconds since 1970) of the event the profile comes from; the latest wins';
COMMENT ON COLUMN users.profile_event_id IS 'Event the profile comes from; decides between equal times';
COMMENT ON COLUMN users.created_at       IS 'When the row was made';
COMMENT ON COLUMN users.last_login_at    IS 'Last login with an account; null when there was none';

CREATE TABLE sessions (
  session_id text        PRIMARY KEY CHECK (starts_with(session_id, 'ses_')),
  user_id    uuid        REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);

COMMENT ON TABLE sessions IS
  'Login sessions of users';
COMMENT ON COLUMN sessions.session_id IS 'TypeID ses_…';
COMMENT ON COLUMN sessions.user_id    IS 'Whose session; goes with the user';
COMMENT ON COLUMN sessions.created_at IS 'When it began';
COMMENT ON COLUMN sessions.expires_at IS 'When it ends by itself; null means never';
