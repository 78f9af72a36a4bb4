-- 000004 down: removes agents and all that refers to them

ALTER TABLE messages        DROP CONSTRAINT messages_sender_agent_id_fkey;
ALTER TABLE channel_members DROP CONSTRAINT channel_members_member_agent_id_fkey;
ALTER TABLE channels        DROP CONSTRAINT channels_created_by_agent_id_fkey;

DROP TABLE agent_runs;
DROP TABLE agent_sessions;
DROP TABLE agents;
DROP TABLE agent_blueprints;
