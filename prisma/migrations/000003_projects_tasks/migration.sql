-- 000003 (compatible with code >= 0.1.0): projects and their tasks

CREATE TABLE projects (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'p_')),
  team_id    text        REFERENCES teams (id),
  name       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX projects_team_id_idx ON projects (team_id);

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
