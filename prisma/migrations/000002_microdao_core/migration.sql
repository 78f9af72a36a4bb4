-- 000002 (compatible with code >= 0.1.0): microDAOs, teams, channels, messages, follow-ups and co-memory

CREATE EXTENSION IF NOT EXISTS vector;

CREATE SEQUENCE microdao_number;

CREATE TABLE microdaos (
  id              uuid        PRIMARY KEY,
  external_id     text        NOT NULL UNIQUE DEFAULT ('microdao:' || nextval('microdao_number')),
  name            text        NOT NULL,
  owner_user_id   uuid        NOT NULL REFERENCES users (id),
  matrix_space_id text        UNIQUE,
  plan            text        NOT NULL DEFAULT 'Freemium'
                              CHECK (plan IN ('Freemium', 'Casual', 'Premium', 'Platformium')),
  tenant_id       uuid,
  created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX microdaos_owner_user_id_idx ON microdaos (owner_user_id);

CREATE TABLE microdao_members (
  id          uuid        PRIMARY KEY,
  microdao_id uuid        NOT NULL REFERENCES microdaos (id),
  user_id     uuid        NOT NULL REFERENCES users (id),
  role        text        NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
  created_at  timestamptz NOT NULL DEFAULT now(),

  UNIQUE (microdao_id, user_id)
);

CREATE INDEX microdao_members_user_id_idx ON microdao_members (user_id);

CREATE TABLE teams (
  id          text        PRIMARY KEY CHECK (starts_with(id, 't_')),
  microdao_id uuid        NOT NULL REFERENCES microdaos (id),
  name        text        NOT NULL,
  slug        text        NOT NULL UNIQUE,
  mode        text        NOT NULL CHECK (mode IN ('public', 'confidential')),
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX teams_microdao_id_idx ON teams (microdao_id);

CREATE TABLE team_members (
  team_id     text NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role        text NOT NULL CHECK (role IN ('Owner', 'Guardian', 'Member')),
  viewer_type text NOT NULL CHECK (viewer_type IN ('reader', 'commenter', 'contributor')),

  PRIMARY KEY (team_id, user_id)
);

CREATE INDEX team_members_user_id_idx ON team_members (user_id);

CREATE TABLE channels (
  id                  uuid        PRIMARY KEY,
  slug                text        NOT NULL,
  name                text        NOT NULL,
  microdao_id         uuid        NOT NULL REFERENCES microdaos (id),
  team_id             text        REFERENCES teams (id),
  matrix_room_id      text        NOT NULL UNIQUE,
  visibility          text        NOT NULL CHECK (visibility IN ('public', 'private', 'microdao')),
  topic               text,
  avatar_url          text,
  canonical_alias     text,
  join_rule           text,
  history_visibility  text,
  room_version        text,
  room_type           text,
  encrypted           boolean     NOT NULL DEFAULT false,
  status              text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'unlinked', 'archived')),
  unlinked_at         timestamptz,
  created_by_user_id  uuid        REFERENCES users (id),
  created_by_agent_id uuid,
  created_at          timestamptz NOT NULL DEFAULT now(),

  UNIQUE (slug, microdao_id)
);

CREATE INDEX channels_microdao_id_idx         ON channels (microdao_id);
CREATE INDEX channels_team_id_idx             ON channels (team_id);
CREATE INDEX channels_created_by_user_id_idx  ON channels (created_by_user_id);
CREATE INDEX channels_created_by_agent_id_idx ON channels (created_by_agent_id);

CREATE TABLE channel_members (
  id              uuid        PRIMARY KEY,
  channel_id      uuid        NOT NULL REFERENCES channels (id),
  member_user_id  uuid        REFERENCES users (id),
  member_agent_id uuid,
  role            text        NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest', 'agent')),
  membership      text        NOT NULL CHECK (membership IN ('invite', 'join', 'leave', 'ban', 'knock')),
  display_name    text,
  avatar_url      text,
  joined_at       timestamptz DEFAULT now(),
  left_at         timestamptz,

  UNIQUE (channel_id, member_user_id),
  UNIQUE (channel_id, member_agent_id),
  CONSTRAINT channel_members_one_member_check CHECK (num_nonnulls(member_user_id, member_agent_id) = 1)
);

CREATE INDEX channel_members_channel_id_idx      ON channel_members (channel_id);
CREATE INDEX channel_members_member_user_id_idx  ON channel_members (member_user_id);
CREATE INDEX channel_members_member_agent_id_idx ON channel_members (member_agent_id);

CREATE TABLE messages (
  id                   uuid        PRIMARY KEY,
  channel_id           uuid        NOT NULL REFERENCES channels (id),
  matrix_event_id      text        NOT NULL UNIQUE,
  sender_user_id       uuid        REFERENCES users (id),
  sender_agent_id      uuid,
  sender_type          text        NOT NULL CHECK (sender_type IN ('human', 'agent')),
  kind                 text        NOT NULL,
  content_preview      text        NOT NULL,
  thread_root_event_id text,
  reply_to_event_id    text,
  metadata             jsonb,
  original             jsonb,
  created_at           timestamptz NOT NULL DEFAULT now(),
  edited_at            timestamptz,
  redacted_at          timestamptz,

  CONSTRAINT messages_one_sender_check CHECK (num_nonnulls(sender_user_id, sender_agent_id) = 1),
  CONSTRAINT messages_sender_matches_type_check CHECK ((sender_type = 'agent') = (sender_agent_id IS NOT NULL))
);

-- The senders and the relations are null in most rows: partial indexes keep the write path light.
CREATE INDEX messages_channel_id_created_at_id_idx ON messages (channel_id, created_at, id);
CREATE INDEX messages_sender_user_id_idx           ON messages (sender_user_id)       WHERE sender_user_id IS NOT NULL;
CREATE INDEX messages_sender_agent_id_idx          ON messages (sender_agent_id)      WHERE sender_agent_id IS NOT NULL;
CREATE INDEX messages_thread_root_event_id_idx     ON messages (thread_root_event_id) WHERE thread_root_event_id IS NOT NULL;
CREATE INDEX messages_reply_to_event_id_idx        ON messages (reply_to_event_id)    WHERE reply_to_event_id IS NOT NULL;

CREATE TABLE followups (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'f_')),
  message_id uuid        REFERENCES messages (id) ON DELETE CASCADE,
  type       text,
  payload    jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX followups_message_id_idx ON followups (message_id);

CREATE TABLE comemory_items (
  id             text         PRIMARY KEY CHECK (starts_with(id, 'comem_')),
  team_id        text         REFERENCES teams (id),
  embeddings     vector(1536),
  summary        text,
  source_message text,
  created_at     timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX comemory_items_team_id_idx    ON comemory_items (team_id);
CREATE INDEX comemory_items_embeddings_idx ON comemory_items USING hnsw (embeddings vector_cosine_ops);
