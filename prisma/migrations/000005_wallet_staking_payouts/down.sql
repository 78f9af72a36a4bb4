-- 000005 down: removes wallets, staked RINGK and payouts

DROP TABLE payouts;
DROP TABLE staking_ringk;
DROP TABLE wallets;
