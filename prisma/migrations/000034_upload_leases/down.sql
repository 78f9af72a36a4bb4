-- 000034 down: removes who is taking which file to the homeserver; a file may then be uploaded twice

DROP TABLE matrix.upload_leases;
