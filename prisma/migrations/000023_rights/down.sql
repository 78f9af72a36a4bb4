-- 000023 down: removes quotas, what was used of them, and freezes; the audit log forgets which microDAO an entry concerned

ALTER TABLE audit_log DROP COLUMN microdao_id;
DROP INDEX audit_log_actor_id_created_at_id_idx;

DROP TABLE freezes;
DROP TABLE quota_usage;
DROP TABLE quotas;
