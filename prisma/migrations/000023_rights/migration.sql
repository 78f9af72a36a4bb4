-- 000023 (compatible with code >= 0.1.0): quotas and what was used of them, freezes, and the microDAO of audit entries

CREATE TABLE quotas (
  subject_kind text        NOT NULL CHECK (subject_kind IN ('key', 'agent')),
  subject_id   text        NOT NULL,
  what         text        NOT NULL CHECK (what IN ('messages', 'runs', 'tokens', 'money')),
  period       text        NOT NULL CHECK (period IN ('minute', 'hour', 'day')),
  amount       numeric     CHECK (amount >= 0),
  set_by       text        NOT NULL,
  set_at       timestamptz NOT NULL,

  PRIMARY KEY (subject_kind, subject_id, what, period)
);

COMMENT ON TABLE quotas IS
  'How much keys and agents may use in a minute, an hour or a day';
COMMENT ON COLUMN quotas.subject_kind IS 'key or agent';
COMMENT ON COLUMN quotas.subject_id   IS 'ak_… of a key, uuid of an agent, or * for all that have no row of their own';
COMMENT ON COLUMN quotas.what         IS 'messages, runs, tokens of language models, or money in US dollars';
COMMENT ON COLUMN quotas.period       IS 'minute, hour or day; each begins when the clock does, in UTC';
COMMENT ON COLUMN quotas.amount       IS 'At most so much; null means without limit, whatever holds for all';
COMMENT ON COLUMN quotas.set_by       IS 'Actor that set it';
COMMENT ON COLUMN quotas.set_at       IS 'When it was set';

CREATE TABLE quota_usage (
  subject_kind text        NOT NULL CHECK (subject_kind IN ('key', 'agent')),
  subject_id   text        NOT NULL,
  what         text        NOT NULL CHECK (what IN ('messages', 'runs', 'tokens', 'money')),
  minute_start timestamptz NOT NULL,
  minute_used  numeric     NOT NULL,
  hour_start   timestamptz NOT NULL,
  hour_used    numeric     NOT NULL,
  day_start    timestamptz NOT NULL,
  day_used     numeric     NOT NULL,

  PRIMARY KEY (subject_kind, subject_id, what)
);

COMMENT ON TABLE quota_usage IS
  'What a key or an agent has used in the minute, the hour and the day of its latest use; one row, so that it is spent once';
COMMENT ON COLUMN quota_usage.subject_kind IS 'key or agent';
COMMENT ON COLUMN quota_usage.subject_id   IS 'ak_… of a key, uuid of an agent';
COMMENT ON COLUMN quota_usage.what         IS 'messages, runs, tokens or money';
COMMENT ON COLUMN quota_usage.minute_start IS 'The minute that is counted';
COMMENT ON COLUMN quota_usage.minute_used  IS 'Used in that minute';
COMMENT ON COLUMN quota_usage.hour_start   IS 'The hour that is counted';
COMMENT ON COLUMN quota_usage.hour_used    IS 'Used in that hour';
COMMENT ON COLUMN quota_usage.day_start    IS 'The day that is counted';
COMMENT ON COLUMN quota_usage.day_used     IS 'Used on that day';

CREATE TABLE freezes (
  id          uuid        PRIMARY KEY,
  channel_id  uuid        UNIQUE REFERENCES channels (id) ON DELETE CASCADE,
  microdao_id uuid        UNIQUE REFERENCES microdaos (id) ON DELETE CASCADE,
  reason      text        NOT NULL,
  frozen_by   text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT freezes_one_target_check CHECK (num_nonnulls(channel_id, microdao_id) = 1)
);

COMMENT ON TABLE freezes IS
  'Channels and microDAOs in which agents may do nothing for now; what people say there is mirrored as ever';
COMMENT ON COLUMN freezes.id          IS 'UUIDv7 made by the application';
COMMENT ON COLUMN freezes.channel_id  IS 'The channel that is frozen';
COMMENT ON COLUMN freezes.microdao_id IS 'The microDAO that is frozen, with all of its channels';
COMMENT ON COLUMN freezes.reason      IS 'Why, in the words of whoever froze it';
COMMENT ON COLUMN freezes.frozen_by   IS 'Actor that froze it';
COMMENT ON COLUMN freezes.created_at  IS 'Since when';

ALTER TABLE audit_log ADD COLUMN microdao_id uuid;

CREATE INDEX audit_log_microdao_id_created_at_id_idx ON audit_log (microdao_id, created_at, id);
CREATE INDEX audit_log_actor_id_created_at_id_idx    ON audit_log (actor_id, created_at, id);

COMMENT ON COLUMN audit_log.microdao_id IS
  'The microDAO concerned; no foreign key, so that the entry outlives it. Empty in entries of before 000023';
