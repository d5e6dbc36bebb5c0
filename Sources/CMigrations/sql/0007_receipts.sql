-- What providers answered and what they told later: the log of calls, their callbacks, bounces, and dead letters.

-- Tables that are cut by the day on which a row was stored, by the database's clock. A day's rows go with its
-- partition. The day is a column of its own, not a range of times: a clock that jumps finds a place all the same.
CREATE TABLE day_part (
    parent      text NOT NULL,
    day         int NOT NULL,                       -- 20261231
    salt        bytea NOT NULL,                     -- the day's key is derived with it, where rows are sealed
    PRIMARY KEY (parent, day)
);

CREATE FUNCTION day_number(p_at timestamptz) RETURNS int LANGUAGE sql STABLE AS
$$ SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYYMMDD')::int $$;

-- Makes the partitions of today and the two days after it. Attaching one that was made apart locks nobody out.
CREATE FUNCTION make_day_parts(p_parent text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_day  int;
    v_name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald day parts'));
    FOR ahead IN 0..2 LOOP
        v_day := day_number(clock_timestamp() + make_interval(days => ahead));
        CONTINUE WHEN EXISTS (SELECT FROM day_part WHERE parent = p_parent AND day = v_day);
        v_name := format('%s_%s', p_parent, v_day);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (day = %s))', v_name, p_parent, v_day);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', p_parent, v_name, v_day);
        INSERT INTO day_part VALUES (p_parent, v_day, uuid_send(gen_random_uuid()));
    END LOOP;
END $$;

-- The part that rows go to now: today's, or the nearest there is where the clock was moved.
CREATE FUNCTION current_day_part(p_parent text) RETURNS day_part LANGUAGE plpgsql AS $$
DECLARE
    v_part day_part;
BEGIN
    FOR try IN 1..2 LOOP
        SELECT * INTO v_part FROM day_part WHERE parent = p_parent
         ORDER BY day > day_number(clock_timestamp()), abs(day - day_number(clock_timestamp())) LIMIT 1;
        IF FOUND THEN RETURN v_part; END IF;
        PERFORM make_day_parts(p_parent);
    END LOOP;
    RETURN v_part;
END $$;

-- Drops the parts that are older than so many days. A reader that holds on to one is not waited for: next time.
CREATE FUNCTION drop_day_parts(p_parent text, p_days int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_day   int;
    v_count int := 0;
BEGIN
    SET LOCAL lock_timeout = '1s';
    FOR v_day IN SELECT day FROM day_part WHERE parent = p_parent AND day < day_number(clock_timestamp() - make_interval(days => p_days)) LOOP
        EXECUTE format('DROP TABLE %I', format('%s_%s', p_parent, v_day));
        DELETE FROM day_part WHERE parent = p_parent AND day = v_day;
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END $$;

-- One row for each call to a provider, stored with the window that it belongs to.
CREATE TABLE call_log (
    at            timestamptz NOT NULL,             -- when the call began, by the worker's clock
    duration_us   bigint NOT NULL,
    campaign      bigint NOT NULL,
    first_message bigint NOT NULL,
    last_message  bigint NOT NULL,                  -- of the same shard: less than 2,048 further
    day           int NOT NULL,
    provider      int NOT NULL,
    messages      int NOT NULL,
    status        int NOT NULL,                     -- HTTP, SMTP or SMPP; 0: no answer
    kind          smallint NOT NULL,                -- the worst outcome among its messages
    attempt       smallint NOT NULL,                -- of its first message
    members       bytea,                            -- one bit a number from the first on; null: all of them
    reply         bytea NOT NULL                    -- the beginning, without personal data; empty after plain success
) PARTITION BY LIST (day);
CREATE INDEX call_log_messages ON call_log USING brin (first_message int8_minmax_multi_ops) WITH (pages_per_range = 16);

-- A message that went out in parts has a reference for each. The ledger finds it by the first; the others lead here.
CREATE TABLE reference_part (
    hash          bigint NOT NULL,                  -- of the reference
    message       bigint NOT NULL,
    provider      int NOT NULL,
    day           int NOT NULL
) PARTITION BY LIST (day);
CREATE INDEX reference_part_hash ON reference_part USING brin (hash int8_bloom_ops) WITH (pages_per_range = 16, autosummarize = on);

-- What providers sent by themselves: receipts, bounces, replies. Kept as it came, sealed under the day's key, because
-- how it is read may have to be corrected later. The same callback again is counted, not stored.
CREATE SEQUENCE callback_number;
CREATE TABLE callback (
    id            bigint NOT NULL DEFAULT nextval('callback_number'),
    received_at   timestamptz NOT NULL,
    due_at        timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when it is looked at next
    provider      int NOT NULL,
    day           int NOT NULL,
    repeats       int NOT NULL DEFAULT 0,
    tries         smallint NOT NULL DEFAULT 0,
    state         text NOT NULL DEFAULT 'new'
                  CHECK (state IN ('new', 'applied', 'parked', 'unreadable', 'expired', 'ignored')),
    digest        bytea NOT NULL,                   -- of provider, URL and body
    note          text NOT NULL DEFAULT '',
    open_events   text NOT NULL DEFAULT '',         -- parked: which of the things it says found no message yet
    sealed        bytea NOT NULL
) PARTITION BY LIST (day);
CREATE INDEX callback_due ON callback (due_at, id) WHERE state IN ('new', 'parked');
CREATE INDEX callback_id ON callback (id);
CREATE INDEX callback_digest ON callback (digest);

-- Soft bounces of the last days, one a message: several of them suppress.
CREATE TABLE soft_bounce (
    tenant        int NOT NULL,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 16),
    message       bigint NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, hash, message)
);
CREATE INDEX soft_bounce_at ON soft_bounce USING brin (at);

-- Whom a reply speaks to: the tenants whose sender it was sent to; where that is nobody's own, every tenant that may
-- send through the account.
CREATE FUNCTION reply_tenants(p_provider int, p_sender text) RETURNS SETOF int LANGUAGE sql STABLE AS $$
    WITH permitted AS (
        SELECT t.id FROM provider p JOIN tenant t ON t.removed_at IS NULL
         WHERE p.id = p_provider
           AND (p.tenant = t.id OR EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id AND g.tenant = t.id)
                OR p.tenant IS NULL AND NOT EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id))
    ), used AS (
        SELECT tenant, provider, value FROM sender
        UNION ALL
        SELECT tenant, NULL, sender FROM route WHERE sender <> '' AND p_provider = ANY (providers)
    ), owner AS (
        SELECT DISTINCT tenant FROM used
         WHERE (provider IS NULL OR provider = p_provider) AND lower(ltrim(value, '+')) = lower(ltrim(p_sender, '+'))
    )
    SELECT id FROM permitted
     WHERE id IN (SELECT tenant FROM owner WHERE tenant IS NOT NULL)
        OR NOT EXISTS (SELECT FROM owner) OR EXISTS (SELECT FROM owner WHERE tenant IS NULL)
$$;

-- Messages that were given up although no provider refused them: their tries are used up, or they can't be worked on.
-- The ledger says how they ended; this is what an operator can replay or lay aside.
CREATE TABLE dead_letter (
    message       bigint NOT NULL,
    at            timestamptz NOT NULL,
    campaign      bigint NOT NULL,
    replay        bigint,                           -- the campaign that sends it again
    tenant        int NOT NULL,
    provider      int NOT NULL,
    attempt       smallint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('exhausted', 'poison')),
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'discarded')),
    reason        text NOT NULL,
    settled_at    timestamptz,
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE INDEX dead_letter_message ON dead_letter (message);
CREATE INDEX dead_letter_open ON dead_letter (campaign, message) WHERE state = 'open';
