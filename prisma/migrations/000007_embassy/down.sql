-- 000007 down: removes the embassy's identities and webhooks, and the oracles

DROP TABLE oracles;
DROP TABLE embassy_webhooks;
DROP TABLE embassy_identities;
