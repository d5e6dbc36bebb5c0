-- A slice's indexes, said in one place, with filters that err once in a thousand ranges and no longer once in a hundred:
-- a recipient's history asks the filter of each range of the open slice, and half of the time went into ranges that
-- were read for nothing. A filter grows by half, and is there only until its slice is sealed.
CREATE FUNCTION index_ledger_slice(p_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE INDEX ON %I USING brin (message int8_minmax_multi_ops, search int8_bloom_ops (n_distinct_per_range = -0.2, false_positive_rate = 0.001), reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)', p_name);
    EXECUTE format('CREATE INDEX ON %I USING brin (at) WITH (pages_per_range = 32)', p_name);
    -- What went wrong is asked for by campaign and is few rows among many: without this, a campaign's end reads it all.
    EXECUTE format('CREATE INDEX ON %I (message) INCLUDE (state, reason) WHERE reason <> ''''', p_name);
END $$;

CREATE OR REPLACE FUNCTION make_ledger_slice(p_salt bytea) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_number int;
    v_name   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald ledger slice'));
    SELECT coalesce(max(number), 0) + 1 INTO v_number FROM ledger_slice;
    v_name := format('ledger_%s', lpad(v_number::text, 6, '0'));
    EXECUTE format('CREATE TABLE %I (LIKE ledger, CHECK (slice = %s))', v_name, v_number);
    PERFORM index_ledger_slice(v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, v_number);
    PERFORM protect_ledger_slice(v_name);
    INSERT INTO ledger_slice (number, salt, state) VALUES (v_number, p_salt, 'ahead');
    RETURN v_number;
END $$;

CREATE OR REPLACE FUNCTION end_slice_return(p_number int, p_salt bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_name text := 'ledger_' || lpad(p_number::text, 6, '0');
BEGIN
    PERFORM index_ledger_slice(v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, p_number);
    PERFORM protect_ledger_slice(v_name);
    INSERT INTO ledger_slice (number, salt, state, opened_at, closed_at, restored_at)
    SELECT number, p_salt, 'closed', opened_at, closed_at, clock_timestamp() FROM ledger_archive WHERE number = p_number;
    DELETE FROM ledger_archive WHERE number = p_number;
END $$;
