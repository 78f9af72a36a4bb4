-- 000003 (compatible with code >= 0.1.0): projects and their tasks

CREATE TABLE projects (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'p_')),
  team_id    text        REFERENCES teams (id),
  name       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX projects_team_id_idx ON projects (team_id);

COMMENT ON TABLE projects IS
  'Projects of a team';
COMMENT ON COLUMN projects.id         IS 'TypeID p_…';
COMMENT ON COLUMN projects.team_id    IS 'The team';
COMMENT ON COLUMN projects.name       IS 'Name for people';
COMMENT ON COLUMN projects.created_at IS 'When the row was made';

CREATE TABLE tasks (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'task_')),
  project_id text        REFERENCES projects (id),
  title      text        NOT NULL,
  status     text        NOT NULL,
  assignee   uuid        REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX tasks_project_id_idx ON tasks (project_id);
CREATE INDEX tasks_assignee_idx   ON tasks (assignee);

COMMENT ON TABLE tasks IS
  'Pieces of work in a project';
COMMENT ON COLUMN tasks.id         IS 'TypeID task_…';
COMMENT ON COLUMN tasks.project_id IS 'The project';
COMMENT ON COLUMN tasks.title      IS 'What is to be done';
COMMENT ON COLUMN tasks.status     IS 'Where it stands';
COMMENT ON COLUMN tasks.assignee   IS 'The user who does it';
COMMENT ON COLUMN tasks.created_at IS 'When the row was made';
