-- Searches that name no campaign: a catalogue of the ledger's slices, and indexes for them.

-- A closed slice takes what corrects its messages, for as long as that comes. It is sealed when it has an index on
-- `search` besides and its rows' times are known; those are looked after for as long as corrections may be frequent.
ALTER TABLE ledger_slice
    ADD COLUMN sealed_at timestamptz,
    ADD COLUMN at_from   timestamptz,
    ADD COLUMN at_to     timestamptz,
    ADD CHECK (sealed_at IS NULL OR state = 'closed' AND at_from IS NOT NULL AND at_to IS NOT NULL);

-- As before, with filters that have room for as many rows as 16 pages hold: with the default one range in ten was read for
-- nothing. And with the rows' times: what was sent between two instants is read without the rest of its slice. Apart from
-- the other index, because both narrow a campaign's hour together, and coarse, because rows are in the order of time nearly.
CREATE OR REPLACE FUNCTION make_ledger_slice(p_salt bytea) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_number int;
    v_name   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald ledger slice'));
    SELECT coalesce(max(number), 0) + 1 INTO v_number FROM ledger_slice;
    v_name := format('ledger_%s', lpad(v_number::text, 6, '0'));
    EXECUTE format('CREATE TABLE %I (LIKE ledger, CHECK (slice = %s))', v_name, v_number);
    EXECUTE format('CREATE INDEX ON %I USING brin (message int8_minmax_multi_ops, search int8_bloom_ops (n_distinct_per_range = -0.2), reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)', v_name);
    EXECUTE format('CREATE INDEX ON %I USING brin (at) WITH (pages_per_range = 32)', v_name);
    -- What went wrong is asked for by campaign and is few rows among many: without this, a campaign's end reads it all.
    EXECUTE format('CREATE INDEX ON %I (message) INCLUDE (state, reason) WHERE reason <> ''''', v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, v_number);
    INSERT INTO ledger_slice (number, salt, state) VALUES (v_number, p_salt, 'ahead');
    RETURN v_number;
END $$;

DO $$
DECLARE
    v_number int;
BEGIN
    FOR v_number IN SELECT number FROM ledger_slice LOOP
        EXECUTE format('CREATE INDEX ON %I USING brin (at) WITH (pages_per_range = 32)', 'ledger_' || lpad(v_number::text, 6, '0'));
    END LOOP;
END $$;

-- The events of one message, for its trace.
CREATE INDEX webhook_event_message ON webhook_event USING brin (message int8_minmax_multi_ops) WITH (pages_per_range = 16, autosummarize = on);
