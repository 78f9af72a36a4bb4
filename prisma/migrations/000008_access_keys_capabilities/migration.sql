-- 000008 (compatible with code >= 0.1.0): access keys, capabilities, and the bundles that group them

CREATE TABLE access_keys (
  id           text        PRIMARY KEY CHECK (starts_with(id, 'ak_')),
  subject_kind text        NOT NULL CHECK (subject_kind IN ('user', 'agent', 'integration', 'embassy')),
  subject_id   text        NOT NULL,
  team_id      text,
  microdao_id  uuid        REFERENCES microdaos (id),
  name         text        NOT NULL,
  status       text        NOT NULL CHECK (status IN ('active', 'revoked', 'expired')),
  secret_hash  bytea,
  created_by   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  last_used_at timestamptz
);

CREATE INDEX access_keys_subject_kind_subject_id_idx ON access_keys (subject_kind, subject_id);
CREATE INDEX access_keys_microdao_id_idx             ON access_keys (microdao_id);

COMMENT ON TABLE access_keys IS
  'Keys to the API: whose they are and what state they are in. What they allow stands in access_key_caps and access_key_bundles';
COMMENT ON COLUMN access_keys.id           IS 'TypeID ak_…';
COMMENT ON COLUMN access_keys.subject_kind IS 'user, agent, integration or embassy';
COMMENT ON COLUMN access_keys.subject_id   IS 'Who acts with the key: prefixed id of the subject';
COMMENT ON COLUMN access_keys.team_id      IS 'Team the key is limited to; kept when the team goes';
COMMENT ON COLUMN access_keys.microdao_id  IS 'MicroDAO the key is limited to';
COMMENT ON COLUMN access_keys.name         IS 'What the key is for, in words';
COMMENT ON COLUMN access_keys.status       IS 'active, revoked or expired';
COMMENT ON COLUMN access_keys.secret_hash IS
  'Keyed hash (HMAC-SHA256) of the secret; the secret itself is shown once and stored nowhere';
COMMENT ON COLUMN access_keys.created_by   IS 'Actor that made the key';
COMMENT ON COLUMN access_keys.created_at   IS 'When it was made';
COMMENT ON COLUMN access_keys.expires_at   IS 'When it stops working; null means never';
COMMENT ON COLUMN access_keys.last_used_at IS 'When it last opened something';

CREATE TABLE capabilities (
  id          text PRIMARY KEY CHECK (starts_with(id, 'cap_')),
  code        text NOT NULL UNIQUE,
  description text NOT NULL
);

COMMENT ON TABLE capabilities IS
  'Single things that may be allowed';
COMMENT ON COLUMN capabilities.id          IS 'TypeID cap_…';
COMMENT ON COLUMN capabilities.code        IS 'Name in requests and logs, e.g. chat.message.send';
COMMENT ON COLUMN capabilities.description IS 'What it allows, in words';

CREATE TABLE access_key_caps (
  key_id text NOT NULL REFERENCES access_keys (id)  ON DELETE CASCADE,
  cap_id text NOT NULL REFERENCES capabilities (id) ON DELETE CASCADE,

  PRIMARY KEY (key_id, cap_id)
);

CREATE INDEX access_key_caps_cap_id_idx ON access_key_caps (cap_id);

COMMENT ON TABLE access_key_caps IS
  'Capabilities given to a key one by one';
COMMENT ON COLUMN access_key_caps.key_id IS 'The key';
COMMENT ON COLUMN access_key_caps.cap_id IS 'The capability';

CREATE TABLE bundles (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'bundle_')),
  name       text        NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE bundles IS
  'Named sets of capabilities, for roles and for plans';
COMMENT ON COLUMN bundles.id         IS 'TypeID bundle_…';
COMMENT ON COLUMN bundles.name       IS 'Name, e.g. bundle.role.Member, bundle.plan.Premium';
COMMENT ON COLUMN bundles.created_at IS 'When the row was made';

CREATE TABLE bundle_caps (
  bundle_id text NOT NULL REFERENCES bundles (id)      ON DELETE CASCADE,
  cap_id    text NOT NULL REFERENCES capabilities (id) ON DELETE CASCADE,

  PRIMARY KEY (bundle_id, cap_id)
);

CREATE INDEX bundle_caps_cap_id_idx ON bundle_caps (cap_id);

COMMENT ON TABLE bundle_caps IS
  'Which capability is in which bundle';
COMMENT ON COLUMN bundle_caps.bundle_id IS 'The bundle';
COMMENT ON COLUMN bundle_caps.cap_id    IS 'The capability';

CREATE TABLE access_key_bundles (
  key_id    text NOT NULL REFERENCES access_keys (id) ON DELETE CASCADE,
  bundle_id text NOT NULL REFERENCES bundles (id)     ON DELETE CASCADE,

  PRIMARY KEY (key_id, bundle_id)
);

CREATE INDEX access_key_bundles_bundle_id_idx ON access_key_bundles (bundle_id);

COMMENT ON TABLE access_key_bundles IS
  'Bundles given to a key';
COMMENT ON COLUMN access_key_bundles.key_id    IS 'The key';
COMMENT ON COLUMN access_key_bundles.bundle_id IS 'The bundle';
