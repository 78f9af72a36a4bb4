-- 000028 (compatible with code >= 0.1.0): follow-ups that are open or resolved, votes whose poll is not here

ALTER TABLE followups
  ADD COLUMN channel_id        uuid REFERENCES channels (id) ON DELETE CASCADE,
  ADD COLUMN status            text NOT NULL DEFAULT 'open'
                               CONSTRAINT followups_status_check CHECK (status IN ('open', 'resolved')),
  ADD COLUMN note              text NOT NULL DEFAULT '',
  ADD COLUMN assignee_user_id  uuid REFERENCES users (id) ON DELETE SET NULL,
  ADD COLUMN assignee_agent_id uuid REFERENCES agents (id) ON DELETE SET NULL,
  ADD COLUMN reaction_event_id text,
  ADD COLUMN created_by        text NOT NULL DEFAULT 'bridge',
  ADD COLUMN created_by_kind   text NOT NULL DEFAULT 'service',
  ADD COLUMN updated_at        timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN resolved_by       text,
  ADD COLUMN resolved_by_kind  text,
  ADD COLUMN resolved_at       timestamptz,
  ADD CONSTRAINT followups_assignee_check CHECK (num_nonnulls(assignee_user_id, assignee_agent_id) <= 1),
  ADD CONSTRAINT followups_resolved_check CHECK ((status = 'resolved') = (resolved_at IS NOT NULL));

DELETE FROM followups WHERE message_id IS NULL
   OR id <> (SELECT min(f.id) FROM followups f WHERE f.message_id = followups.message_id);
UPDATE followups f SET channel_id = m.channel_id, updated_at = f.created_at FROM messages m WHERE m.id = f.message_id;
ALTER TABLE followups ALTER COLUMN channel_id SET NOT NULL;

DROP INDEX followups_message_id_idx;
ALTER TABLE followups ADD CONSTRAINT followups_message_id_key UNIQUE (message_id);
CREATE INDEX followups_channel_id_idx        ON followups (channel_id, status, created_at, id);
CREATE INDEX followups_assignee_user_id_idx  ON followups (assignee_user_id)  WHERE assignee_user_id IS NOT NULL;
CREATE INDEX followups_assignee_agent_id_idx ON followups (assignee_agent_id) WHERE assignee_agent_id IS NOT NULL;
CREATE INDEX followups_reaction_event_id_idx ON followups (reaction_event_id) WHERE reaction_event_id IS NOT NULL;
CREATE INDEX followups_created_by_idx        ON followups (created_by)        WHERE note <> '';

COMMENT ON TABLE followups IS
  'Messages that somebody is to come back to: marked with a pin in the room, or by the API. One for each message';
COMMENT ON COLUMN followups.message_id        IS 'The message; its follow-up goes with it';
COMMENT ON COLUMN followups.type              IS 'What kind of follow-up, if whoever made it says so';
COMMENT ON COLUMN followups.payload           IS 'What programs add to it, by type';
COMMENT ON COLUMN followups.channel_id        IS 'The channel of the message';
COMMENT ON COLUMN followups.status            IS 'open or resolved';
COMMENT ON COLUMN followups.note              IS 'What is to be done; empty when nobody said, and when the message''s words are not kept';
COMMENT ON COLUMN followups.assignee_user_id  IS 'The person who is to see to it';
COMMENT ON COLUMN followups.assignee_agent_id IS 'The agent that is to see to it';
COMMENT ON COLUMN followups.reaction_event_id IS 'The reaction that made it; taken back, it takes along a follow-up that nobody has touched';
COMMENT ON COLUMN followups.created_by        IS 'Who made it: u_…, ag_…, or the name of a program';
COMMENT ON COLUMN followups.created_by_kind   IS 'user, agent, service or embassy';
COMMENT ON COLUMN followups.updated_at        IS 'When it was last changed; created_at when never';
COMMENT ON COLUMN followups.resolved_by       IS 'Who resolved it, as created_by';
COMMENT ON COLUMN followups.resolved_by_kind  IS 'As created_by_kind';
COMMENT ON COLUMN followups.resolved_at       IS 'When it was resolved; null while it is open';

-- Not a column of matrix.poll_events: that table depends on nothing but the events that were seen.
CREATE TABLE matrix.unseen_polls (
  poll_event_id text NOT NULL,
  channel_id    uuid NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  PRIMARY KEY (poll_event_id, channel_id)
);

CREATE INDEX unseen_polls_channel_id_idx ON matrix.unseen_polls (channel_id);

COMMENT ON TABLE matrix.unseen_polls IS
  'Polls that somebody voted in before they were here; they are asked for like other events that something waits for';
COMMENT ON COLUMN matrix.unseen_polls.poll_event_id IS 'The event that began the poll';
COMMENT ON COLUMN matrix.unseen_polls.channel_id    IS 'The channel';

ALTER TABLE matrix.search_queue ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN matrix.search_queue.queued_at IS 'Since when it waits';
