-- Old slices as files: what the database keeps of them.

-- A slice is in ledger_slice or here, never in both: rows are moved in one transaction.
CREATE TABLE ledger_archive (
    number       int PRIMARY KEY,
    path         text NOT NULL,
    bytes        bigint NOT NULL,
    rows         bigint NOT NULL,
    rows_sha256  bytea NOT NULL,
    at_from      timestamptz NOT NULL,
    at_to        timestamptz NOT NULL,
    message_from bigint NOT NULL,
    message_to   bigint NOT NULL,
    opened_at    timestamptz,
    closed_at    timestamptz NOT NULL,
    archived_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The sums of its rows, as the proof needs them.
CREATE TABLE ledger_archive_count (
    slice       int NOT NULL REFERENCES ledger_archive ON DELETE CASCADE,
    bucket      timestamptz NOT NULL,
    campaign    bigint NOT NULL,
    channel     smallint NOT NULL,
    provider    int NOT NULL,
    state       smallint NOT NULL,
    was         smallint NOT NULL,
    country     text NOT NULL,
    currency    text NOT NULL,
    rows        bigint NOT NULL,
    ends        bigint NOT NULL,
    segments    bigint NOT NULL,
    cost        bigint NOT NULL
);
CREATE INDEX ledger_archive_count_slice ON ledger_archive_count (slice);
CREATE INDEX ledger_archive_count_campaign ON ledger_archive_count (campaign);

-- What went wrong in it, for the reports of exceptions.
CREATE TABLE ledger_archive_reason (
    slice       int NOT NULL REFERENCES ledger_archive ON DELETE CASCADE,
    bucket      timestamptz NOT NULL,
    tenant_of   int NOT NULL,
    campaign    bigint NOT NULL,
    channel     smallint NOT NULL,
    provider    int NOT NULL,
    state       smallint NOT NULL,
    reason      text NOT NULL,
    messages    bigint NOT NULL
);
CREATE INDEX ledger_archive_reason_slice ON ledger_archive_reason (slice);
CREATE INDEX ledger_archive_reason_bucket ON ledger_archive_reason USING brin (bucket);

-- One that came back is left alone for a while.
ALTER TABLE ledger_slice ADD COLUMN restored_at timestamptz;

-- A table for rows that come back; what follows the loading is apart, because indexes are built quicker over what is there.
CREATE FUNCTION begin_slice_return(p_number int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE ledger, CHECK (slice = %s))', 'ledger_' || lpad(p_number::text, 6, '0'), p_number);
END $$;

CREATE FUNCTION end_slice_return(p_number int, p_salt bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_name text := 'ledger_' || lpad(p_number::text, 6, '0');
BEGIN
    EXECUTE format('CREATE INDEX ON %I USING brin (message int8_minmax_multi_ops, search int8_bloom_ops (n_distinct_per_range = -0.2), reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)', v_name);
    EXECUTE format('CREATE INDEX ON %I USING brin (at) WITH (pages_per_range = 32)', v_name);
    EXECUTE format('CREATE INDEX ON %I (message) INCLUDE (state, reason) WHERE reason <> ''''', v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, p_number);
    PERFORM protect_ledger_slice(v_name);
    INSERT INTO ledger_slice (number, salt, state, opened_at, closed_at, restored_at)
    SELECT number, p_salt, 'closed', opened_at, closed_at, clock_timestamp() FROM ledger_archive WHERE number = p_number;
    DELETE FROM ledger_archive WHERE number = p_number;
END $$;

-- How long things are kept, as somebody set it; what is not here is as the program or its environment says.
CREATE TABLE retention (
    what    text PRIMARY KEY,
    days    int NOT NULL CHECK (days > 0),
    set_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

SELECT audit_table('retention', 'retention', 'what');
