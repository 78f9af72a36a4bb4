-- 000038 down: removes the power levels that rooms are to have and have not yet; roles that were given stay as the rooms say

DROP TABLE matrix.wanted_powers;
