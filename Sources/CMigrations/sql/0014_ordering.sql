-- Messages of one source to one recipient under one ordering key start in the order in which they were accepted. Each is
-- a shard of its own. While the one before it is under way it waits, as if it were due later; whoever ends that one makes
-- it due at once. So nothing has to happen for a line to go on after a crash: a turn that nobody gives comes by itself.

-- The last one of each line.
CREATE TABLE order_line (
    key         bytea PRIMARY KEY,                       -- of the source, the recipient and the ordering key
    shard       bigint NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_line_at ON order_line (at);

-- Who waits for whom.
CREATE TABLE shard_turn (
    shard       bigint PRIMARY KEY,
    follows     bigint NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shard_turn_follows ON shard_turn (follows);
CREATE INDEX shard_turn_at ON shard_turn (at);

-- Whether a shard or one of its retries is still under way. Holds what it finds: whoever ends it then sees what this
-- transaction stores.
CREATE FUNCTION hold_if_under_way(p_shard bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM FROM shard WHERE id = p_shard AND state <> 'done' FOR SHARE;
        IF FOUND THEN RETURN true; END IF;
        PERFORM FROM shard WHERE body = p_shard AND items IS NOT NULL AND state <> 'done' FOR SHARE;
        IF FOUND THEN RETURN true; END IF;
        -- One that ended while it was waited for may have left a retry that this snapshot does not know.
        PERFORM FROM shard WHERE body = p_shard AND items IS NOT NULL AND state <> 'done';
        IF NOT FOUND THEN RETURN false; END IF;
    END LOOP;
END $$;

-- Puts shards at the end of their lines; they come sorted by key, so that two processes don't wait for each other, and
-- those of one line in the order of acceptance. Returns those that must wait, and for whom. Called again with the same
-- shards, it says the same.
CREATE FUNCTION take_turns(p_keys bytea[], p_shards bigint[]) RETURNS TABLE (shard bigint, follows bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_last bigint;
BEGIN
    FOR i IN 1 .. cardinality(p_keys) LOOP
        LOOP
            INSERT INTO order_line AS o (key, shard) VALUES (p_keys[i], p_shards[i]) ON CONFLICT DO NOTHING;
            EXIT WHEN FOUND;
            SELECT o.shard INTO v_last FROM order_line o WHERE o.key = p_keys[i] FOR UPDATE;
            CONTINUE WHEN NOT FOUND;
            UPDATE order_line SET shard = p_shards[i], at = now() WHERE key = p_keys[i];
            IF v_last <> p_shards[i] AND (v_last = ANY (p_shards) OR hold_if_under_way(v_last)) THEN
                INSERT INTO shard_turn (shard, follows) VALUES (p_shards[i], v_last) ON CONFLICT DO NOTHING;
            END IF;
            EXIT;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT t.shard, t.follows FROM shard_turn t WHERE t.shard = ANY (p_shards);
END $$;

-- A shard of a line has ended: those that waited for it are due, unless a retry of it is still to come.
CREATE FUNCTION give_turns(p_shard bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_rows int;
BEGIN
    IF EXISTS (SELECT FROM shard WHERE body = p_shard AND items IS NOT NULL AND state <> 'done')
       OR EXISTS (SELECT FROM shard WHERE id = p_shard AND state <> 'done') THEN
        RETURN 0;
    END IF;
    WITH freed AS (DELETE FROM shard_turn t WHERE t.follows = p_shard RETURNING t.shard)
    UPDATE shard s SET due_at = clock_timestamp() FROM freed f
     WHERE s.id = f.shard AND s.state = 'ready' AND s.due_at > clock_timestamp();
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END $$;
