-- 000027 (compatible with code >= 0.1.0): messages that grow by edits, messages in parts, and files that were uploaded

ALTER TABLE matrix.sends
  ADD COLUMN part_of uuid REFERENCES matrix.sends (id) ON DELETE SET NULL;

CREATE INDEX sends_part_of_idx ON matrix.sends (part_of) WHERE part_of IS NOT NULL;

COMMENT ON COLUMN matrix.sends.part_of IS
  'The send of the first part, when a text that was too long for one message is sent in several';

CREATE TABLE matrix.streams (
  send_id     uuid        PRIMARY KEY REFERENCES matrix.sends (id) ON DELETE CASCADE,
  state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'complete', 'failed', 'cancelled')),
  ended_by    text        CHECK (ended_by IN ('owner', 'silence', 'room')),
  markdown    boolean     NOT NULL,
  msgtype     text        NOT NULL,
  thread_root text,
  body        text,
  shown       integer     NOT NULL DEFAULT 0,
  seq         integer     NOT NULL DEFAULT 0,
  edits       integer     NOT NULL DEFAULT 0,
  started_at  timestamptz NOT NULL,
  edited_at   timestamptz NOT NULL,
  grown_at    timestamptz NOT NULL,
  due_at      timestamptz,
  ended_at    timestamptz,

  CONSTRAINT streams_ended_check CHECK ((state = 'open') = (ended_at IS NULL) AND (state = 'open') = (ended_by IS NULL)),
  CONSTRAINT streams_body_check CHECK (state = 'open' OR (body IS NULL AND due_at IS NULL))
);

CREATE INDEX streams_grown_at_idx ON matrix.streams (grown_at) WHERE state = 'open';
CREATE INDEX streams_due_at_idx ON matrix.streams (due_at) WHERE due_at IS NOT NULL;

COMMENT ON TABLE matrix.streams IS
  'Messages of agents that grow: one message, then edits of it, one final edit. The words are here only as long as the stream is open';
COMMENT ON COLUMN matrix.streams.send_id     IS 'The message, and its send';
COMMENT ON COLUMN matrix.streams.state       IS 'open, or how it ended: complete, failed, cancelled';
COMMENT ON COLUMN matrix.streams.ended_by    IS
  'Who ended it: owner (whoever wrote it), silence (nobody had made it grow for a minute), room (the message was deleted, or nothing may be said there any more)';
COMMENT ON COLUMN matrix.streams.markdown    IS 'Whether the text is Markdown';
COMMENT ON COLUMN matrix.streams.msgtype     IS 'm.text, m.notice or m.emote';
COMMENT ON COLUMN matrix.streams.thread_root IS 'The event of the thread that it belongs to; further parts go there, too';
COMMENT ON COLUMN matrix.streams.body        IS 'The whole text so far; null as soon as it has ended';
COMMENT ON COLUMN matrix.streams.shown       IS 'How many characters of it the newest edit shows';
COMMENT ON COLUMN matrix.streams.seq         IS 'The last piece that was taken; pieces up to it are not taken again';
COMMENT ON COLUMN matrix.streams.edits       IS 'Edits that were queued; 20 at most';
COMMENT ON COLUMN matrix.streams.started_at  IS 'When it was begun';
COMMENT ON COLUMN matrix.streams.edited_at   IS 'When what is shown was queued';
COMMENT ON COLUMN matrix.streams.grown_at    IS 'When its owner was last heard of';
COMMENT ON COLUMN matrix.streams.due_at      IS 'When text that is not shown yet is to be shown; null: there is none';
COMMENT ON COLUMN matrix.streams.ended_at    IS 'When it ended; null: it is open';

CREATE TABLE matrix.uploads (
  sha256       bytea       NOT NULL CONSTRAINT uploads_sha256_check CHECK (octet_length(sha256) = 32),
  content_type text        NOT NULL,
  mxc          text        NOT NULL UNIQUE,
  bytes        bigint      NOT NULL CHECK (bytes >= 0),
  width        integer     CHECK (width > 0),
  height       integer     CHECK (height > 0),
  uploaded_at  timestamptz NOT NULL,

  PRIMARY KEY (sha256, content_type)
);

CREATE INDEX uploads_uploaded_at_idx ON matrix.uploads (uploaded_at);

COMMENT ON TABLE matrix.uploads IS
  'Files that the homeserver took, by what is in them, so that the same file is not uploaded again. Not the files themselves; forgotten after 7 days';
COMMENT ON COLUMN matrix.uploads.sha256       IS 'SHA-256 of the file';
COMMENT ON COLUMN matrix.uploads.content_type IS 'Its type by its first bytes';
COMMENT ON COLUMN matrix.uploads.mxc          IS 'Where it is: mxc://server/id';
COMMENT ON COLUMN matrix.uploads.bytes        IS 'Its size in bytes';
COMMENT ON COLUMN matrix.uploads.width        IS 'Of a picture, in pixels; null when unknown';
COMMENT ON COLUMN matrix.uploads.height       IS 'Of a picture, in pixels; null when unknown';
COMMENT ON COLUMN matrix.uploads.uploaded_at  IS 'When the homeserver took it';
