-- 000034 (compatible with code >= 0.1.0): who takes a file to the homeserver, so that two processes do not both do it

CREATE TABLE matrix.upload_leases (
  sha256       bytea       NOT NULL CONSTRAINT upload_leases_sha256_check CHECK (octet_length(sha256) = 32),
  content_type text        NOT NULL,
  holder       uuid        NOT NULL,
  leased_until timestamptz NOT NULL,

  PRIMARY KEY (sha256, content_type)
);

COMMENT ON TABLE matrix.upload_leases IS
  'Files that are on their way to the homeserver: others wait for matrix.uploads to have them. Gone when they have arrived';
COMMENT ON COLUMN matrix.upload_leases.sha256       IS 'SHA-256 of the file';
COMMENT ON COLUMN matrix.upload_leases.content_type IS 'Its type by its first bytes';
COMMENT ON COLUMN matrix.upload_leases.holder       IS 'The try that takes it there';
COMMENT ON COLUMN matrix.upload_leases.leased_until IS 'After this whoever took it is dead, and somebody else may';
