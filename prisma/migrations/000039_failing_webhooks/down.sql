-- 000039 down: forgets which webhooks take nothing; each question finds out by itself again

ALTER TABLE agent_webhooks
  DROP COLUMN failing_since,
  DROP COLUMN failing_delivery,
  DROP COLUMN down;
