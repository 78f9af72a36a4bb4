-- 000009 down: removes the audit log and the empty outbox; the runner refuses it once the outbox holds rows

DROP TABLE outbox_events;
DROP TABLE audit_log;
