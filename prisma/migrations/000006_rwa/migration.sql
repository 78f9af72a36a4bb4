-- 000006 (compatible with code >= 0.1.0): the inventory of real-world assets

CREATE TABLE rwa_inventory (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'rwa_')),
  team_id    text        REFERENCES teams (id),
  type       text,
  quantity   numeric,
  metadata   jsonb,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX rwa_inventory_team_id_idx ON rwa_inventory (team_id);
