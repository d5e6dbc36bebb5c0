-- What was sent: one row for each attempt that was billed, is in doubt, or ended its message.
-- Append-only; slices by number, not by time, because clocks step. What becomes known later is a further
-- row that says which state it corrects: messages in a state are its final rows less the rows that were it.

CREATE TABLE ledger (
    message     bigint NOT NULL,
    at          timestamptz NOT NULL,
    cost        bigint NOT NULL,                    -- millionths of the currency's unit
    search      bigint NOT NULL,                    -- the first 8 bytes of the recipient's hash
    reference_hash bigint NOT NULL,                 -- of the provider's reference, by which receipts find it
    campaign    bigint NOT NULL,
    slice       int NOT NULL,
    tenant      int NOT NULL,
    provider    int NOT NULL,                       -- 0: none was called
    attempt     smallint NOT NULL,
    segments    smallint NOT NULL,
    state       smallint NOT NULL,
    final       boolean NOT NULL,                   -- the message ends in this state
    was         smallint NOT NULL,                  -- the final state that this row corrects; 0: none; -1: the cost only
    country     text NOT NULL,
    currency    text NOT NULL,
    reason      text NOT NULL,
    reference   text NOT NULL,
    recipient   bytea NOT NULL                      -- the address, sealed
) PARTITION BY LIST (slice);

CREATE TABLE ledger_slice (
    number      int PRIMARY KEY,
    salt        bytea NOT NULL,                     -- the slice's keys are derived with it
    state       text NOT NULL CHECK (state IN ('ahead', 'open', 'closed')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    opened_at   timestamptz,
    closed_at   timestamptz
);
CREATE UNIQUE INDEX ledger_slice_open ON ledger_slice (state) WHERE state = 'open';

-- What a worker learnt that had lost its shard: rows as for the ledger. They settle the doubt about their
-- messages once the next holder of the shard has recorded it.
CREATE TABLE late_outcome (LIKE ledger);

-- Numbers for reports, appended in the transaction of the rows they count, and folded together later.
CREATE TABLE rollup_delta (
    bucket      timestamptz NOT NULL,               -- a quarter of an hour: every time zone's day starts at one
    campaign    bigint NOT NULL,
    provider    int NOT NULL,
    state       smallint NOT NULL,
    country     text NOT NULL,
    currency    text NOT NULL,
    messages    bigint NOT NULL,                    -- final rows
    attempts    bigint NOT NULL,                    -- rows that correct nothing
    segments    bigint NOT NULL,
    cost        bigint NOT NULL
);
CREATE INDEX rollup_delta_campaign ON rollup_delta (campaign);

CREATE TABLE rollup (LIKE rollup_delta, PRIMARY KEY (bucket, campaign, provider, state, country, currency));
CREATE INDEX rollup_campaign ON rollup (campaign);

-- The quarter of an hour that an instant falls into.
CREATE FUNCTION report_bucket(p_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT to_timestamp(floor(extract(epoch FROM p_at) / 900) * 900) $$;

-- Makes a slice's partition, beside the readers and writers of the others: attaching one that was made and
-- indexed apart locks nobody out. BRIN instead of B-tree: message numbers grow with the rows, and a bloom
-- filter over a random hash costs nothing measurable where a B-tree halves the rate.
CREATE FUNCTION make_ledger_slice(p_salt bytea) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_number int;
    v_name   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald ledger slice'));
    SELECT coalesce(max(number), 0) + 1 INTO v_number FROM ledger_slice;
    v_name := format('ledger_%s', lpad(v_number::text, 6, '0'));
    EXECUTE format('CREATE TABLE %I (LIKE ledger, CHECK (slice = %s))', v_name, v_number);
    EXECUTE format('CREATE INDEX ON %I USING brin (message int8_minmax_multi_ops, search int8_bloom_ops, reference_hash int8_bloom_ops) WITH (pages_per_range = 16)', v_name);
    -- What went wrong is asked for by campaign and is few rows among many: without this, a campaign's end reads it all.
    EXECUTE format('CREATE INDEX ON %I (message) INCLUDE (state, reason) WHERE reason <> ''''', v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, v_number);
    INSERT INTO ledger_slice (number, salt, state) VALUES (v_number, p_salt, 'ahead');
    RETURN v_number;
END $$;
