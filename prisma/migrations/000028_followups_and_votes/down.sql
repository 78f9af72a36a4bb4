-- 000028 down: removes how follow-ups stand, and which polls are missing; that there are follow-ups stays

DROP TABLE matrix.unseen_polls;
ALTER TABLE matrix.search_queue DROP COLUMN queued_at;

ALTER TABLE followups DROP CONSTRAINT followups_message_id_key;
ALTER TABLE followups
  DROP COLUMN channel_id,
  DROP COLUMN status,
  DROP COLUMN note,
  DROP COLUMN assignee_user_id,
  DROP COLUMN assignee_agent_id,
  DROP COLUMN reaction_event_id,
  DROP COLUMN created_by,
  DROP COLUMN created_by_kind,
  DROP COLUMN updated_at,
  DROP COLUMN resolved_by,
  DROP COLUMN resolved_by_kind,
  DROP COLUMN resolved_at;
CREATE INDEX followups_message_id_idx ON followups (message_id);

COMMENT ON TABLE followups IS
  'What agents and tools derive from a message';
COMMENT ON COLUMN followups.message_id IS 'The message; follow-ups go with it';
COMMENT ON COLUMN followups.type       IS 'What kind of follow-up, e.g. agent, tool, summary';
COMMENT ON COLUMN followups.payload    IS 'Its content, by type';
