-- 000039 (compatible with code >= 0.1.0): which webhooks take nothing at the moment, so that not every question finds that out

ALTER TABLE agent_webhooks
  ADD COLUMN failing_since    timestamptz,
  ADD COLUMN failing_delivery text,
  ADD COLUMN down             boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT agent_webhooks_failing_check
    CHECK ((failing_since IS NULL) = (failing_delivery IS NULL) AND (failing_since IS NOT NULL OR NOT down));

COMMENT ON COLUMN agent_webhooks.failing_since    IS 'When the first try failed since it last took one; null: the last one was taken';
COMMENT ON COLUMN agent_webhooks.failing_delivery IS 'The delivery that was tried then';
COMMENT ON COLUMN agent_webhooks.down             IS
  'Whether another delivery has failed since as well: then it is the endpoint, and not what was delivered';
