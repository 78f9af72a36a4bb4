-- 000007 (compatible with code >= 0.1.0): the embassy's identities and webhooks, and the oracles

CREATE TABLE embassy_identities (
  id          text  PRIMARY KEY CHECK (starts_with(id, 'emb_')),
  external_id text,
  platform    text,
  metadata    jsonb
);

COMMENT ON TABLE embassy_identities IS
  'Who someone is on a partner platform';
COMMENT ON COLUMN embassy_identities.id          IS 'TypeID emb_…';
COMMENT ON COLUMN embassy_identities.external_id IS 'Their id over there';
COMMENT ON COLUMN embassy_identities.platform    IS 'The partner platform, e.g. energy_union, greenfood';
COMMENT ON COLUMN embassy_identities.metadata    IS 'What else the platform says';

CREATE TABLE embassy_webhooks (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'hook_')),
  platform   text,
  secret     text,
  url        text,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE embassy_webhooks IS
  'Where partner platforms want to be told';
COMMENT ON COLUMN embassy_webhooks.id         IS 'TypeID hook_…';
COMMENT ON COLUMN embassy_webhooks.platform   IS 'The partner platform';
COMMENT ON COLUMN embassy_webhooks.secret     IS 'Secret that signs the calls, encrypted with the key SECRETS_KEK';
COMMENT ON COLUMN embassy_webhooks.url        IS 'Address that is called';
COMMENT ON COLUMN embassy_webhooks.created_at IS 'When the row was made';

CREATE TABLE oracles (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'orc_')),
  platform   text,
  payload    jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE oracles IS
  'Readings that partner platforms publish';
COMMENT ON COLUMN oracles.id         IS 'TypeID orc_…';
COMMENT ON COLUMN oracles.platform   IS 'The partner platform';
COMMENT ON COLUMN oracles.payload    IS 'The reading';
COMMENT ON COLUMN oracles.created_at IS 'When it came in';
