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

CREATE TABLE capabilities (
  id          text PRIMARY KEY CHECK (starts_with(id, 'cap_')),
  code        text NOT NULL UNIQUE,
  description text NOT NULL
);

CREATE TABLE access_key_caps (
  key_id text NOT NULL REFERENCES access_keys (id)  ON DELETE CASCADE,
  cap_id text NOT NULL REFERENCES capabilities (id) ON DELETE CASCADE,

  PRIMARY KEY (key_id, cap_id)
);

CREATE INDEX access_key_caps_cap_id_idx ON access_key_caps (cap_id);

CREATE TABLE bundles (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'bundle_')),
  name       text        NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bundle_caps (
  bundle_id text NOT NULL REFERENCES bundles (id)      ON DELETE CASCADE,
  cap_id    text NOT NULL REFERENCES capabilities (id) ON DELETE CASCADE,

  PRIMARY KEY (bundle_id, cap_id)
);

CREATE INDEX bundle_caps_cap_id_idx ON bundle_caps (cap_id);

CREATE TABLE access_key_bundles (
  key_id    text NOT NULL REFERENCES access_keys (id) ON DELETE CASCADE,
  bundle_id text NOT NULL REFERENCES bundles (id)     ON DELETE CASCADE,

  PRIMARY KEY (key_id, bundle_id)
);

CREATE INDEX access_key_bundles_bundle_id_idx ON access_key_bundles (bundle_id);
