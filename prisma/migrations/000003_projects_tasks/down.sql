-- 000003 down: removes projects and their tasks

DROP TABLE tasks;
DROP TABLE projects;
