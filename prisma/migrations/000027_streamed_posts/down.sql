-- 000027 down: removes what is known of growing messages, of parts and of uploaded files; what was sent stays in the rooms

DROP TABLE matrix.uploads;
DROP TABLE matrix.streams;

ALTER TABLE matrix.sends DROP COLUMN part_of;
