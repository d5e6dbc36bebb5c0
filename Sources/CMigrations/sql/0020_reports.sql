-- What finance's reports need besides: cost centres, rates of exchange, and when what was sent has arrived.

ALTER TABLE source ADD COLUMN cost_centre text NOT NULL DEFAULT '' CHECK (length(cost_centre) <= 64);

-- What one unit of a currency is worth in another from a day on, until a later rate. For reports alone: nothing is ever
-- booked by it.
CREATE TABLE exchange_rate (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_currency text NOT NULL CHECK (from_currency ~ '^[A-Z]{3}$'),
    to_currency   text NOT NULL CHECK (to_currency ~ '^[A-Z]{3}$' AND to_currency <> from_currency),
    day           date NOT NULL,
    rate          bigint NOT NULL CHECK (rate > 0), -- in units of 10^-10
    UNIQUE (from_currency, to_currency, day)
);

-- What receipts changed, by the time at which the message was sent: the rollups count a receipt when it came, a report of
-- deliveries counts it for the day of its message. Receipts are applied by one process at a time, so rows are added to in
-- place.
CREATE TABLE receipt_rollup (
    sent          timestamptz NOT NULL,             -- the quarter of an hour of the attempt
    booked        timestamptz NOT NULL,             -- that of the receipt
    campaign      bigint NOT NULL,
    channel       smallint NOT NULL,
    provider      int NOT NULL,
    state         smallint NOT NULL,
    latency       smallint NOT NULL,                -- eighths of a doubling of a millisecond; -1: the state that was left
    country       text NOT NULL,
    messages      bigint NOT NULL,
    PRIMARY KEY (sent, booked, campaign, channel, provider, state, latency, country)
);
CREATE INDEX receipt_rollup_booked ON receipt_rollup (booked);

ALTER TABLE receipt_rollup ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON receipt_rollup TO herald_tenant USING (campaign IN (SELECT id FROM campaign));
GRANT SELECT ON receipt_rollup TO herald_tenant;
