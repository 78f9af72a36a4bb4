-- 000021 (compatible with code >= 0.1.0): agents edit, redact and react

ALTER TABLE matrix.sends
  ADD COLUMN kind            text NOT NULL DEFAULT 'message'
                             CONSTRAINT sends_kind_check CHECK (kind IN ('message', 'edit', 'reaction', 'reaction_removal', 'redaction')),
  ADD COLUMN message_id      uuid,
  ADD COLUMN target_send_id  uuid REFERENCES matrix.sends (id) ON DELETE SET NULL,
  ADD COLUMN target_event_id text,
  ADD CONSTRAINT sends_message_id_check CHECK ((kind = 'message') = (message_id IS NULL));

CREATE INDEX sends_message_id_idx     ON matrix.sends (message_id)     WHERE message_id IS NOT NULL;
CREATE INDEX sends_target_send_id_idx ON matrix.sends (target_send_id) WHERE target_send_id IS NOT NULL;

COMMENT ON COLUMN matrix.sends.kind IS
  'message, or what it does to a message: edit, reaction, reaction_removal, redaction';
COMMENT ON COLUMN matrix.sends.message_id IS
  'The message that it is about; null for a message. It may not be in messages yet';
COMMENT ON COLUMN matrix.sends.target_send_id IS
  'The send whose event it changes; it waits for the id of that event';
COMMENT ON COLUMN matrix.sends.target_event_id IS
  'The event that it changes, if the bridge did not send it';
