-- 000021 down: removes edits, reactions and redactions from the queue; what was sent stays in the rooms

DELETE FROM matrix.sends WHERE kind <> 'message';

ALTER TABLE matrix.sends
  DROP COLUMN kind,
  DROP COLUMN message_id,
  DROP COLUMN target_send_id,
  DROP COLUMN target_event_id;
