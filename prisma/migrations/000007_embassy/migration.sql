-- 000007 (compatible with code >= 0.1.0): the embassy's identities and webhooks, and the oracles

CREATE TABLE embassy_identities (
  id          text  PRIMARY KEY CHECK (starts_with(id, 'emb_')),
  external_id text,
  platform    text,
  metadata    jsonb
);

CREATE TABLE embassy_webhooks (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'hook_')),
  platform   text,
  secret     text,
  url        text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE oracles (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'orc_')),
  platform   text,
  payload    jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
