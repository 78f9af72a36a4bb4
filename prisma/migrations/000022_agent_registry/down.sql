-- 000022 down: removes the settings of blueprints, requests and the history of agents; agents and their status stay

ALTER TABLE matrix.ghosts
  DROP COLUMN room_names,
  DROP COLUMN retired_at,
  DROP COLUMN device_id;

DROP TABLE registry_requests;
DROP TABLE agent_changes;
DROP TABLE agent_requests;

DROP INDEX agents_created_at_id_idx;

ALTER TABLE agent_blueprints
  DROP COLUMN created_at,
  DROP COLUMN microdao_id,
  DROP COLUMN config,
  DROP COLUMN system_prompt;
