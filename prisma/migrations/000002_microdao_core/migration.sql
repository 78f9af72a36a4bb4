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

COMMENT ON TABLE microdaos IS
  'Communities: each owns channels, teams and agents, and may have a Matrix space';
COMMENT ON COLUMN microdaos.id              IS 'UUIDv7 made by the application; shown as md_…';
COMMENT ON COLUMN microdaos.external_id     IS 'Readable number for people and logs, e.g. microdao:7';
COMMENT ON COLUMN microdaos.name            IS 'Name for people';
COMMENT ON COLUMN microdaos.owner_user_id   IS 'The user who answers for it';
COMMENT ON COLUMN microdaos.matrix_space_id IS 'Room id of its Matrix space, when it has one';
COMMENT ON COLUMN microdaos.plan            IS 'Entitlement plan; decides the bundle.plan.* that applies';
COMMENT ON COLUMN microdaos.tenant_id IS
  'Tenant it belongs to; the tenant registry comes with 000011 and brings the foreign key';
COMMENT ON COLUMN microdaos.created_at      IS 'When the row was made';

CREATE TABLE microdao_members (
  id          uuid        PRIMARY KEY,
  microdao_id uuid        NOT NULL REFERENCES microdaos (id),
  user_id     uuid        NOT NULL REFERENCES users (id),
  role        text        NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
  created_at  timestamptz NOT NULL DEFAULT now(),

  UNIQUE (microdao_id, user_id)
);

CREATE INDEX microdao_members_user_id_idx ON microdao_members (user_id);

COMMENT ON TABLE microdao_members IS
  'Who belongs to which microDAO, and as what';
COMMENT ON COLUMN microdao_members.id          IS 'UUIDv7 made by the application';
COMMENT ON COLUMN microdao_members.microdao_id IS 'The microDAO';
COMMENT ON COLUMN microdao_members.user_id     IS 'The member';
COMMENT ON COLUMN microdao_members.role IS
  'owner, admin, member or guest; stands for the bundles Owner, Guardian, Member and Visitor';
COMMENT ON COLUMN microdao_members.created_at  IS 'Member since';

CREATE TABLE teams (
  id          text        PRIMARY KEY CHECK (starts_with(id, 't_')),
  microdao_id uuid        NOT NULL REFERENCES microdaos (id),
  name        text        NOT NULL,
  slug        text        NOT NULL UNIQUE,
  mode        text        NOT NULL CHECK (mode IN ('public', 'confidential')),
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX teams_microdao_id_idx ON teams (microdao_id);

COMMENT ON TABLE teams IS
  'Parts of a microDAO with their own members and their own mode';
COMMENT ON COLUMN teams.id          IS 'TypeID t_…';
COMMENT ON COLUMN teams.microdao_id IS 'The microDAO the team is a part of';
COMMENT ON COLUMN teams.name        IS 'Name for people';
COMMENT ON COLUMN teams.slug        IS 'Short name for addresses, unique everywhere';
COMMENT ON COLUMN teams.mode IS
  'public, or confidential: then no plaintext of its channels is stored or published';
COMMENT ON COLUMN teams.created_at  IS 'When the row was made';

CREATE TABLE team_members (
  team_id     text NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role        text NOT NULL CHECK (role IN ('Owner', 'Guardian', 'Member')),
  viewer_type text NOT NULL CHECK (viewer_type IN ('reader', 'commenter', 'contributor')),

  PRIMARY KEY (team_id, user_id)
);

CREATE INDEX team_members_user_id_idx ON team_members (user_id);

COMMENT ON TABLE team_members IS
  'Who belongs to which team, and what they may do there';
COMMENT ON COLUMN team_members.team_id     IS 'The team';
COMMENT ON COLUMN team_members.user_id     IS 'The member';
COMMENT ON COLUMN team_members.role        IS 'Owner, Guardian or Member';
COMMENT ON COLUMN team_members.viewer_type IS 'reader, commenter or contributor';

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

COMMENT ON TABLE channels IS
  'Conversations of a microDAO; each mirrors one Matrix room (after an upgrade: the newest of its chain)';
COMMENT ON COLUMN channels.id                  IS 'UUIDv7 made by the application; shown as c_…';
COMMENT ON COLUMN channels.slug                IS 'Short name for addresses, unique within the microDAO';
COMMENT ON COLUMN channels.name                IS 'Name of the room';
COMMENT ON COLUMN channels.microdao_id         IS 'The microDAO it belongs to';
COMMENT ON COLUMN channels.team_id             IS 'The team it belongs to, when it is not for the whole microDAO';
COMMENT ON COLUMN channels.matrix_room_id IS
  'Room it mirrors now, e.g. !abc:example.org (from room version 12 on without a server part)';
COMMENT ON COLUMN channels.visibility          IS 'public, private, or microdao: every member of the microDAO may join';
COMMENT ON COLUMN channels.topic               IS 'Topic of the room';
COMMENT ON COLUMN channels.avatar_url          IS 'Picture of the room, an mxc:// address';
COMMENT ON COLUMN channels.canonical_alias     IS 'Main alias of the room, e.g. #general:example.org';
COMMENT ON COLUMN channels.join_rule IS
  'Join rule as Matrix names it: public, invite, knock, restricted, knock_restricted';
COMMENT ON COLUMN channels.history_visibility IS
  'History visibility as Matrix names it: invited, joined, shared, world_readable';
COMMENT ON COLUMN channels.room_version        IS 'Version of the Matrix room, e.g. 11';
COMMENT ON COLUMN channels.room_type           IS 'Type of the Matrix room; null for an ordinary room';
COMMENT ON COLUMN channels.encrypted           IS 'Whether the room is end-to-end encrypted; once true it stays true';
COMMENT ON COLUMN channels.status              IS 'active, unlinked (no longer mirrored, data kept) or archived';
COMMENT ON COLUMN channels.unlinked_at         IS 'When mirroring was stopped';
COMMENT ON COLUMN channels.created_by_user_id  IS 'The user who made it, when a user did';
COMMENT ON COLUMN channels.created_by_agent_id IS 'The agent that made it, when an agent did';
COMMENT ON COLUMN channels.created_at          IS 'When the room was made, as far as known, else when the row was';

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

COMMENT ON TABLE channel_members IS
  'Members of channels, past ones included: one row for each user or agent that ever had a membership';
COMMENT ON COLUMN channel_members.id              IS 'UUID made by the application';
COMMENT ON COLUMN channel_members.channel_id      IS 'The channel';
COMMENT ON COLUMN channel_members.member_user_id IS
  'The member when it is a user; exactly one of user and agent is set';
COMMENT ON COLUMN channel_members.member_agent_id IS 'The member when it is an agent';
COMMENT ON COLUMN channel_members.role IS
  'owner, admin, member, guest or agent; follows the power levels of the room';
COMMENT ON COLUMN channel_members.membership      IS 'invite, join, leave, ban or knock, as Matrix has it now';
COMMENT ON COLUMN channel_members.display_name    IS 'Name in this room';
COMMENT ON COLUMN channel_members.avatar_url      IS 'Picture in this room, an mxc:// address';
COMMENT ON COLUMN channel_members.joined_at IS
  'When the present or last stay began; null while only invited or knocking';
COMMENT ON COLUMN channel_members.left_at         IS 'When that stay ended; null while active';

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

COMMENT ON TABLE messages IS
  'One row for each message-like event; the full text stays in Matrix';
COMMENT ON COLUMN messages.id IS
  'UUIDv7: that of its row in matrix.sends, else derived from time and event id, so that every road makes the same row; shown as m_…';
COMMENT ON COLUMN messages.channel_id           IS 'The channel it was said in';
COMMENT ON COLUMN messages.matrix_event_id      IS 'The Matrix event, e.g. $abc';
COMMENT ON COLUMN messages.sender_user_id       IS 'The sender when it is a user; exactly one of user and agent is set';
COMMENT ON COLUMN messages.sender_agent_id      IS 'The sender when it is an agent';
COMMENT ON COLUMN messages.sender_type          IS 'human or agent; agrees with the column that is set';
COMMENT ON COLUMN messages.kind IS
  'text, notice, emote, image, video, audio, voice, file, location, sticker, poll, encrypted, redacted or other';
COMMENT ON COLUMN messages.content_preview IS
  'Plain text of the present version, at most 280 characters as a reader counts; empty when redacted or encrypted';
COMMENT ON COLUMN messages.thread_root_event_id IS 'Event id of the thread it belongs to';
COMMENT ON COLUMN messages.reply_to_event_id    IS 'Event id of the message it answers';
COMMENT ON COLUMN messages.metadata IS
  'What else is worth asking for, as JSON: msgtype, media reference, mentions';
COMMENT ON COLUMN messages.original IS
  'kind, preview and metadata from before the first edit; null when never edited, or when all edits were redacted';
COMMENT ON COLUMN messages.created_at           IS 'When it was sent: origin_server_ts of the event';
COMMENT ON COLUMN messages.edited_at            IS 'When its present version was sent; null when never edited';
COMMENT ON COLUMN messages.redacted_at          IS 'When it was deleted; its texts are cleared then';

CREATE TABLE followups (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'f_')),
  message_id uuid        REFERENCES messages (id) ON DELETE CASCADE,
  type       text,
  payload    jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX followups_message_id_idx ON followups (message_id);

COMMENT ON TABLE followups IS
  'What agents and tools derive from a message';
COMMENT ON COLUMN followups.id         IS 'TypeID f_…';
COMMENT ON COLUMN followups.message_id IS 'The message; follow-ups go with it';
COMMENT ON COLUMN followups.type       IS 'What kind of follow-up, e.g. agent, tool, summary';
COMMENT ON COLUMN followups.payload    IS 'Its content, by type';
COMMENT ON COLUMN followups.created_at IS 'When the row was made';

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

COMMENT ON TABLE comemory_items IS
  'What a team remembers together, found again by meaning';
COMMENT ON COLUMN comemory_items.id             IS 'TypeID comem_…';
COMMENT ON COLUMN comemory_items.team_id        IS 'The team that remembers';
COMMENT ON COLUMN comemory_items.embeddings IS
  'Embedding of the summary, 1536 numbers, compared by cosine distance';
COMMENT ON COLUMN comemory_items.summary        IS 'The thing remembered, in words';
COMMENT ON COLUMN comemory_items.source_message IS 'Message it comes from, m_…';
COMMENT ON COLUMN comemory_items.created_at     IS 'When the row was made';
