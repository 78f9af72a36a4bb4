-- 000005 (compatible with code >= 0.1.0): wallets, staked RINGK and payouts

CREATE TABLE wallets (
  user_id uuid PRIMARY KEY REFERENCES users (id),
  address text UNIQUE
);

COMMENT ON TABLE wallets IS
  'Blockchain addresses of users';
COMMENT ON COLUMN wallets.user_id IS 'The user; one wallet each';
COMMENT ON COLUMN wallets.address IS 'The address';

CREATE TABLE staking_ringk (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'stake_')),
  user_id    uuid        REFERENCES users (id),
  amount     numeric     NOT NULL,
  lock_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX staking_ringk_user_id_idx ON staking_ringk (user_id);

COMMENT ON TABLE staking_ringk IS
  'RINGK that users have locked';
COMMENT ON COLUMN staking_ringk.id         IS 'TypeID stake_…';
COMMENT ON COLUMN staking_ringk.user_id    IS 'Who locked it';
COMMENT ON COLUMN staking_ringk.amount     IS 'How much RINGK, exact';
COMMENT ON COLUMN staking_ringk.lock_until IS 'Until when; null means without a term';
COMMENT ON COLUMN staking_ringk.created_at IS 'When it was locked';

CREATE TABLE payouts (
  id         text        PRIMARY KEY CHECK (starts_with(id, 'pay_')),
  user_id    uuid        REFERENCES users (id),
  amount     numeric,
  symbol     text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX payouts_user_id_idx ON payouts (user_id);

COMMENT ON TABLE payouts IS
  'What was paid out to users';
COMMENT ON COLUMN payouts.id         IS 'TypeID pay_…';
COMMENT ON COLUMN payouts.user_id    IS 'Who gets it';
COMMENT ON COLUMN payouts.amount     IS 'How much of the symbol, exact';
COMMENT ON COLUMN payouts.symbol     IS 'In what: KWT, 1T, DAAR …';
COMMENT ON COLUMN payouts.created_at IS 'When the row was made';
