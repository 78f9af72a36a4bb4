-- 000001 down: removes users and their sessions

DROP TABLE sessions;
DROP TABLE users;
DROP SEQUENCE user_number;
