-- 000017 (compatible with code >= 0.1.0): votes of polls, and the search of previews

-- What a poll's votes come to is computed when somebody asks: nothing here depends on the order of arrival.
CREATE TABLE matrix.poll_events (
  event_id         text    PRIMARY KEY,
  channel_id       uuid    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  room_id          text    NOT NULL,
  poll_event_id    text    NOT NULL,
  type             text    NOT NULL CHECK (type IN ('response', 'end')),
  sender_id        uuid    NOT NULL,
  sender           text    NOT NULL,
  origin_server_ts bigint  NOT NULL,
  answers          text[]  NOT NULL DEFAULT '{}',
  redacted         boolean NOT NULL DEFAULT false
);

CREATE INDEX poll_events_poll_event_id_idx ON matrix.poll_events (poll_event_id);
CREATE INDEX poll_events_channel_id_idx    ON matrix.poll_events (channel_id);

COMMENT ON TABLE matrix.poll_events IS
  'Responses to polls and ends of polls: which of them count is found out when a poll is read';
COMMENT ON COLUMN matrix.poll_events.event_id         IS 'The Matrix event';
COMMENT ON COLUMN matrix.poll_events.channel_id       IS 'The channel';
COMMENT ON COLUMN matrix.poll_events.room_id          IS 'The Matrix room; its power levels say who may end a poll';
COMMENT ON COLUMN matrix.poll_events.poll_event_id    IS 'The event that began the poll; it may not be here';
COMMENT ON COLUMN matrix.poll_events.type             IS 'response or end';
COMMENT ON COLUMN matrix.poll_events.sender_id        IS 'Who sent it: id of the user or agent';
COMMENT ON COLUMN matrix.poll_events.sender           IS 'Who sent it: Matrix id';
COMMENT ON COLUMN matrix.poll_events.origin_server_ts IS 'When, in milliseconds since 1970';
COMMENT ON COLUMN matrix.poll_events.answers          IS
  'Ids of the answers that a response selects, in its order; empty when it or its poll was redacted';
COMMENT ON COLUMN matrix.poll_events.redacted         IS 'Whether it was taken back; it does not count then';

-- A full-text index on messages would cost every insert as much as all its other indexes together. So a message only
-- leaves a note here, in a table without any index, and a background loop takes the notes and keeps the words.
CREATE TABLE matrix.search_queue (
  message_id uuid NOT NULL
);

COMMENT ON TABLE matrix.search_queue IS
  'Messages whose words are to be made anew: a row for each time that a preview came or changed';
COMMENT ON COLUMN matrix.search_queue.message_id IS 'The message; it may be gone by now';

CREATE TABLE matrix.search_words (
  message_id uuid        PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  channel_id uuid        NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  sender_id  uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  words      tsvector    NOT NULL
);

CREATE INDEX search_words_words_idx      ON matrix.search_words USING gin (words);
CREATE INDEX search_words_channel_id_idx ON matrix.search_words (channel_id);

COMMENT ON TABLE matrix.search_words IS
  'The words of previews, for the search; gone at once when a message is redacted';
COMMENT ON COLUMN matrix.search_words.message_id IS 'The message';
COMMENT ON COLUMN matrix.search_words.channel_id IS 'The channel';
COMMENT ON COLUMN matrix.search_words.sender_id  IS 'Who said it: id of the user or agent';
COMMENT ON COLUMN matrix.search_words.created_at IS 'When it was said: created_at of the message';
COMMENT ON COLUMN matrix.search_words.words      IS
  'Words of the preview in lower case, whatever their language, with their places';

INSERT INTO matrix.search_queue (message_id)
SELECT id FROM messages WHERE redacted_at IS NULL AND content_preview <> '';
