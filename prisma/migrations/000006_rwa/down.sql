-- 000006 down: removes the empty inventory; the runner refuses it anywhere once the table holds rows

DROP TABLE rwa_inventory;
