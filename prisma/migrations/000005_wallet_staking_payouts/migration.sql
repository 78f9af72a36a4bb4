-- 000005 (compatible with code >= 0.1.0): wallets, staked RINGK and payouts

CREATE TABLE wallets (
  user_id uuid PRIMARY KEY REFERENCES users (id),
  address text UNIQUE
);

CREATE TABLE staking_ringk (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'stake_')),
  user_id    uuid        REFERENCES users (id),
  amount     numeric     NOT NULL,
  lock_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX staking_ringk_user_id_idx ON staking_ringk (user_id);

CREATE TABLE payouts (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'pay_')),
  user_id    uuid        REFERENCES users (id),
  amount     numeric,
  symbol     text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX payouts_user_id_idx ON payouts (user_id);
