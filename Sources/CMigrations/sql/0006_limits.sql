-- Limits that processes share, and how each of them sees each provider.

-- A limit's own clock, in seconds: the database's, but a settlement moves it by one second at most and never back, so
-- that a jump of the wall clock neither ends a lease early nor keeps it for ever.
CREATE TABLE provider_limit (
    provider    int NOT NULL,
    destination text NOT NULL CHECK (destination ~ '^([A-Z]{2})?$'),   -- '': the account as a whole
    clock       float8 NOT NULL DEFAULT 0,
    seen        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (provider, destination)
) WITH (fillfactor = 50);

-- Who may send how much. Rates are millionths of a message a second; those of one limit never exceed it together.
CREATE TABLE provider_limit_share (
    provider    int NOT NULL,
    destination text NOT NULL,
    process     bigint NOT NULL,                    -- a random number for each process
    wanted      bigint NOT NULL CHECK (wanted >= 0),
    rate        bigint NOT NULL CHECK (rate >= 0),
    since       float8 NOT NULL,                    -- on the limit's clock: since when it has any
    until       float8 NOT NULL,                    -- and until when, if it does not settle again
    PRIMARY KEY (provider, destination, process)
) WITH (fillfactor = 50);
CREATE INDEX provider_limit_share_process ON provider_limit_share (process);

-- One process settles all its limits: says what it wants of each and gets its share for the next seconds.
--
-- Who wants little gets it, the others share the rest evenly. What is there to give is what nobody else holds: a
-- process that gets less than it had says so by settling, and only then is the difference free. Below about one
-- message for each process and second, one of them has the whole limit, for five seconds if others wait.
--
-- A lease ends three seconds after its settlement; processes use it for two. Limits are taken in order, so that
-- two settlements never wait for each other in a circle.
CREATE FUNCTION settle_limits(p_process bigint, p_providers bigint[], p_destinations text[], p_limits bigint[], p_wanted bigint[])
RETURNS TABLE (provider int, destination text, rate bigint, processes int) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    k        record;
    v_clock  float8;
    v_others int;           -- processes that have a lease, or wait for one
    v_given  bigint;        -- what they hold
    v_holder bigint;        -- the first of those that hold something
    v_waits  boolean;
    v_mine   bigint;
    v_since  float8;
    v_level  numeric;
    v_spare  numeric;
BEGIN
    FOR k IN SELECT p.provider::int, p.destination, p.most, p.wanted
               FROM unnest(p_providers, p_destinations, p_limits, p_wanted) AS p(provider, destination, most, wanted)
              ORDER BY 1, 2
    LOOP
        INSERT INTO provider_limit AS l (provider, destination) VALUES (k.provider, k.destination)
        ON CONFLICT (provider, destination) DO UPDATE
        SET clock = l.clock + least(greatest(extract(epoch FROM clock_timestamp() - l.seen), 0), 1), seen = clock_timestamp()
        RETURNING l.clock INTO v_clock;

        DELETE FROM provider_limit_share s
         WHERE s.provider = k.provider AND s.destination = k.destination AND s.until < v_clock;
        SELECT count(*), coalesce(sum(s.rate), 0), min(s.process) FILTER (WHERE s.rate > 0), coalesce(bool_or(s.wanted > 0), false)
          INTO v_others, v_given, v_holder, v_waits
          FROM provider_limit_share s
         WHERE s.provider = k.provider AND s.destination = k.destination AND s.process <> p_process;
        SELECT s.rate, s.since INTO v_mine, v_since FROM provider_limit_share s
         WHERE s.provider = k.provider AND s.destination = k.destination AND s.process = p_process;
        v_mine := coalesce(v_mine, 0);

        processes := v_others + 1;
        IF v_others > 0 AND processes * 1000000::bigint > k.most THEN
            rate := CASE
                WHEN v_mine = 0 AND v_given > 0 THEN 0
                WHEN v_mine = 0 AND k.wanted = 0 AND v_waits THEN 0
                WHEN v_mine > 0 AND v_holder < p_process THEN 0
                WHEN v_mine > 0 AND v_waits AND (k.wanted = 0 OR v_clock - v_since >= 5) THEN 0
                ELSE greatest(k.most - v_given, 0) END;
        ELSE
            -- The level up to which everybody gets what he wants: where the first who wants more stands.
            SELECT f.level INTO v_level FROM (
                SELECT d.wanted, row_number() OVER w AS place,
                       (k.most - coalesce(sum(d.wanted) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))
                       / (processes - row_number() OVER w + 1) AS level
                  FROM (SELECT s.wanted, s.process FROM provider_limit_share s
                         WHERE s.provider = k.provider AND s.destination = k.destination AND s.process <> p_process
                        UNION ALL SELECT k.wanted, p_process) d
                WINDOW w AS (ORDER BY d.wanted, d.process)) f
             WHERE f.wanted >= f.level ORDER BY f.place LIMIT 1;
            IF v_level IS NULL THEN
                SELECT k.most - k.wanted - coalesce(sum(s.wanted), 0) INTO v_spare FROM provider_limit_share s
                 WHERE s.provider = k.provider AND s.destination = k.destination AND s.process <> p_process;
                v_level := k.wanted + v_spare / processes;
            ELSE
                v_level := least(v_level, k.wanted);
            END IF;
            rate := greatest(least(floor(v_level)::bigint, k.most - v_given), 0);
        END IF;

        INSERT INTO provider_limit_share AS s (provider, destination, process, wanted, rate, since, until)
        VALUES (k.provider, k.destination, p_process, k.wanted, rate, v_clock, v_clock + 3)
        ON CONFLICT (provider, destination, process) DO UPDATE
        SET wanted = excluded.wanted, rate = excluded.rate, until = excluded.until,
            since = CASE WHEN s.rate > 0 THEN s.since ELSE excluded.since END;
        provider := k.provider;
        destination := k.destination;
        RETURN NEXT;
    END LOOP;
END $$;

-- How each process sees each provider, for people who look. Old lines go with the next new one.
CREATE TABLE provider_health (
    provider    int NOT NULL,
    process     bigint NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    state       text NOT NULL CHECK (state IN ('closed', 'open', 'probing', 'returning', 'out')),
    lasting     bigint NOT NULL,                    -- microseconds in this state
    score       smallint NOT NULL CHECK (score BETWEEN 0 AND 1000),
    share       smallint NOT NULL CHECK (share BETWEEN 0 AND 100),
    rate        bigint NOT NULL,                    -- thousandths of a message a second, over ten seconds
    error_share int NOT NULL,                       -- millionths
    timeout_share int NOT NULL,
    latency_p50_us bigint,
    latency_p99_us bigint,
    in_flight   int NOT NULL,
    allowed     int NOT NULL,                       -- calls at a time
    learnt_limit int,                               -- messages a second, from refusals
    PRIMARY KEY (provider, process)
) WITH (fillfactor = 50);
