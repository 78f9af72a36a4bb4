-- 000008 down: removes access keys, capabilities and bundles

DROP TABLE access_key_bundles;
DROP TABLE bundle_caps;
DROP TABLE bundles;
DROP TABLE access_key_caps;
DROP TABLE capabilities;
DROP TABLE access_keys;
