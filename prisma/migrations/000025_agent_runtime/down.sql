-- 000025 down: removes language models of microDAOs, calls of tools, where tasks and memories come from

ALTER TABLE tasks
  DROP COLUMN microdao_id,
  DROP COLUMN channel_id,
  DROP COLUMN created_by;

ALTER TABLE comemory_items
  DROP COLUMN channel_id,
  DROP COLUMN agent_id;

DROP TABLE tool_calls;
DROP TABLE language_models;
