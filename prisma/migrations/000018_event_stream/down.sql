-- 000018 down: removes the order of the outbox; its rows stay

ALTER TABLE outbox_events DROP COLUMN txid;
