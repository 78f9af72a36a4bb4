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

COMMENT ON TABLE rwa_inventory IS
  'Real-world assets that a team holds. Never rolled back';
COMMENT ON COLUMN rwa_inventory.id         IS 'TypeID rwa_…';
COMMENT ON COLUMN rwa_inventory.team_id    IS 'The team that holds it';
COMMENT ON COLUMN rwa_inventory.type       IS 'What it is, e.g. energy, food, water';
COMMENT ON COLUMN rwa_inventory.quantity   IS 'How much, exact; the unit stands in metadata';
COMMENT ON COLUMN rwa_inventory.metadata   IS 'Unit, place, proof';
COMMENT ON COLUMN rwa_inventory.updated_at IS 'When the quantity was last set';
