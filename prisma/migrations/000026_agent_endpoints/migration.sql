-- 000026 (compatible with code >= 0.1.0): webhooks of agents that run elsewhere, and what is delivered to them

CREATE TABLE agent_webhooks (
  id                text        PRIMARY KEY CHECK (starts_with(id, 'hook_')),
  agent_id          uuid        NOT NULL UNIQUE REFERENCES agents (id) ON DELETE CASCADE,
  url               text        NOT NULL,
  secret            text        NOT NULL,
  old_secret        text,
  old_secret_until  timestamptz,
  status            text        NOT NULL DEFAULT 'active'
                                CONSTRAINT agent_webhooks_status_check CHECK (status IN ('active', 'disabled')),
  disabled_reason   text,
  concurrency       integer     NOT NULL DEFAULT 4
                                CONSTRAINT agent_webhooks_concurrency_check CHECK (concurrency BETWEEN 1 AND 50),
  timeout_ms        integer     NOT NULL DEFAULT 10000
                                CONSTRAINT agent_webhooks_timeout_ms_check CHECK (timeout_ms BETWEEN 500 AND 30000),
  answer_ms         integer     NOT NULL DEFAULT 300000
                                CONSTRAINT agent_webhooks_answer_ms_check CHECK (answer_ms BETWEEN 1000 AND 3600000),
  give_up_after_ms  integer     NOT NULL DEFAULT 86400000
                                CONSTRAINT agent_webhooks_give_up_after_ms_check CHECK (give_up_after_ms BETWEEN 1000 AND 86400000),
  last_delivered_at timestamptz,
  last_failed_at    timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE agent_webhooks IS
  'Where agents that run elsewhere are told of what they are to do, one place for each';
COMMENT ON COLUMN agent_webhooks.id                IS 'TypeID hook_…';
COMMENT ON COLUMN agent_webhooks.agent_id          IS 'The agent';
COMMENT ON COLUMN agent_webhooks.url               IS 'Where it is told';
COMMENT ON COLUMN agent_webhooks.secret            IS 'What deliveries are signed with, sealed under SECRETS_KEK';
COMMENT ON COLUMN agent_webhooks.old_secret        IS 'The secret before it, sealed; deliveries are signed with both for a while';
COMMENT ON COLUMN agent_webhooks.old_secret_until  IS 'Until when the old secret signs, too';
COMMENT ON COLUMN agent_webhooks.status            IS 'active or disabled; a disabled one gets nothing until it is put anew';
COMMENT ON COLUMN agent_webhooks.disabled_reason   IS 'Why it is disabled: a code';
COMMENT ON COLUMN agent_webhooks.concurrency       IS 'How many requests may be under way at once';
COMMENT ON COLUMN agent_webhooks.timeout_ms        IS 'How long one request may take, in milliseconds';
COMMENT ON COLUMN agent_webhooks.answer_ms         IS
  'How long it has for the answer after it has taken a delivery, in milliseconds; it can ask for more time';
COMMENT ON COLUMN agent_webhooks.give_up_after_ms  IS 'For how long a delivery is tried, in milliseconds';
COMMENT ON COLUMN agent_webhooks.last_delivered_at IS 'When it last took something';
COMMENT ON COLUMN agent_webhooks.last_failed_at    IS 'When it last did not';
COMMENT ON COLUMN agent_webhooks.created_at        IS 'When the row was made';
COMMENT ON COLUMN agent_webhooks.updated_at        IS 'When somebody last changed it';

CREATE TABLE agent_webhook_deliveries (
  id              text        PRIMARY KEY CHECK (starts_with(id, 'dlv_')),
  webhook_id      text        NOT NULL REFERENCES agent_webhooks (id) ON DELETE CASCADE,
  run_id          text        NOT NULL REFERENCES agent_runs (id) ON DELETE CASCADE,
  run             jsonb       NOT NULL,
  state           text        NOT NULL DEFAULT 'queued'
                              CONSTRAINT agent_webhook_deliveries_state_check CHECK (state IN ('queued', 'sending', 'delivered', 'dead', 'retried', 'dropped')),
  attempts        integer     NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  lease_token     uuid,
  leased_until    timestamptz,
  last_status     integer,
  last_error      text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz
);

CREATE INDEX agent_webhook_deliveries_due_idx        ON agent_webhook_deliveries (webhook_id, next_attempt_at) WHERE state IN ('queued', 'sending');
CREATE INDEX agent_webhook_deliveries_webhook_id_id_idx ON agent_webhook_deliveries (webhook_id, id);
CREATE INDEX agent_webhook_deliveries_run_id_idx     ON agent_webhook_deliveries (run_id);

COMMENT ON TABLE agent_webhook_deliveries IS
  'Runs on their way to webhooks: one row for each time that a run was taken up. Without what was asked, which stays in Matrix';
COMMENT ON COLUMN agent_webhook_deliveries.id              IS 'TypeID dlv_…, the same in every try: the header webhook-id';
COMMENT ON COLUMN agent_webhook_deliveries.webhook_id      IS 'Where it goes';
COMMENT ON COLUMN agent_webhook_deliveries.run_id          IS 'The run';
COMMENT ON COLUMN agent_webhook_deliveries.run             IS 'The run as it was claimed: ids, and the token of its lease';
COMMENT ON COLUMN agent_webhook_deliveries.state           IS
  'queued, sending, delivered; dead: given up; retried: given up, and asked again; dropped: the run was cancelled, withdrawn or taken up by somebody else';
COMMENT ON COLUMN agent_webhook_deliveries.attempts        IS 'How often it was sent';
COMMENT ON COLUMN agent_webhook_deliveries.next_attempt_at IS 'Not to be sent before';
COMMENT ON COLUMN agent_webhook_deliveries.lease_token     IS 'The process that sends it';
COMMENT ON COLUMN agent_webhook_deliveries.leased_until    IS 'When that process counts as dead';
COMMENT ON COLUMN agent_webhook_deliveries.last_status     IS 'The HTTP status of the last answer';
COMMENT ON COLUMN agent_webhook_deliveries.last_error      IS 'Why the last try did not work';
COMMENT ON COLUMN agent_webhook_deliveries.created_at      IS 'When the run was taken up';
COMMENT ON COLUMN agent_webhook_deliveries.finished_at     IS 'When it was delivered or given up';
