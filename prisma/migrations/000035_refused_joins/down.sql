-- 000035 down: removes which invitations are refused and how often; those are tried as if for the first time

DROP TABLE matrix.refused_joins;
