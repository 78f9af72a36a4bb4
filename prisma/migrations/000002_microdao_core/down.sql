-- 000002 down: removes microDAOs, teams, channels, messages, follow-ups and co-memory

DROP TABLE comemory_items;
DROP TABLE followups;
DROP TABLE messages;
DROP TABLE channel_members;
DROP TABLE channels;
DROP TABLE team_members;
DROP TABLE teams;
DROP TABLE microdao_members;
DROP TABLE microdaos;
DROP SEQUENCE microdao_number;

-- The extension stays where an administrator installed it or where other tables use it.
DO $$
BEGIN
  DROP EXTENSION IF EXISTS vector;
EXCEPTION
  WHEN insufficient_privilege OR dependent_objects_still_exist THEN NULL;
END
$$;
