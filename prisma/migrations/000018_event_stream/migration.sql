-- 000018 (compatible with code >= 0.1.0): an order of the outbox in which nothing comes in behind a reader

-- Rows that are there already keep no value: in which order they were committed is not known any more.
ALTER TABLE outbox_events ADD COLUMN txid bigint;
ALTER TABLE outbox_events ALTER COLUMN txid SET DEFAULT pg_current_xact_id()::text::bigint;

-- All rows of a transaction have one value, so the index takes little room and always grows at its right edge.
CREATE INDEX outbox_events_txid_idx ON outbox_events (txid);

COMMENT ON COLUMN outbox_events.txid IS
  'The transaction that wrote it. Rows below pg_snapshot_xmin(pg_current_snapshot()) are complete: readers go by (txid, id) up to there';
