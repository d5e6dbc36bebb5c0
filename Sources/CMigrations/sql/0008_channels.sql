-- Which channel each message really went by: what goes by an alternate channel is reported and priced as such.

ALTER TABLE ledger ADD COLUMN channel smallint;
UPDATE ledger l SET channel = c.channel FROM campaign c WHERE c.id = l.campaign;
ALTER TABLE ledger ALTER COLUMN channel SET NOT NULL;

ALTER TABLE late_outcome ADD COLUMN channel smallint;
UPDATE late_outcome o SET channel = c.channel FROM campaign c WHERE c.id = o.campaign;
ALTER TABLE late_outcome ALTER COLUMN channel SET NOT NULL;

ALTER TABLE rollup_delta ADD COLUMN channel smallint;
UPDATE rollup_delta r SET channel = c.channel FROM campaign c WHERE c.id = r.campaign;
ALTER TABLE rollup_delta ALTER COLUMN channel SET NOT NULL;

ALTER TABLE rollup ADD COLUMN channel smallint;
UPDATE rollup r SET channel = c.channel FROM campaign c WHERE c.id = r.campaign;
ALTER TABLE rollup DROP CONSTRAINT rollup_pkey;
ALTER TABLE rollup ADD PRIMARY KEY (bucket, campaign, channel, provider, state, country, currency);

-- Takes in what fenced workers learnt, one answer a message and call. It settles a doubt that was recorded for
-- the same or an earlier attempt: a message that ended as unknown is corrected; one that was sent again
-- meanwhile keeps its state, and the earlier attempt its cost. A refusal settles only a doubt that stands alone. What
-- finds no doubt yet waits (its shard may be paused), looked at often at first and then once an hour, for three days.
-- States: 4 unknown, 5 failed, 6 sent.
CREATE OR REPLACE FUNCTION apply_late_outcomes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM late_outcome WHERE at > now() - interval '10 minutes' OR extract(minute FROM now()) = 0) THEN
        RETURN 0;
    END IF;
    -- Receipts correct messages too, one after the other with this.
    IF NOT pg_try_advisory_xact_lock(hashtext('herald corrections')) THEN RETURN 0; END IF;
    -- What says nothing new: the ledger has the same answer, or the row is no answer. Nor does the reference of
    -- an answer that is there: a provider that honours our keys took one message and named it twice.
    DELETE FROM late_outcome o
     WHERE o.at < now() - interval '3 days' OR o.state NOT IN (5, 6)
        OR EXISTS (SELECT FROM ledger l WHERE l.message = o.message AND l.slice >= o.slice
                      AND l.state = o.state
                      AND (l.attempt = o.attempt
                           OR l.provider = o.provider AND l.reference = o.reference AND o.reference <> ''));
    WITH answer AS (
        SELECT DISTINCT ON (o.message) o.* FROM late_outcome o ORDER BY o.message, o.state DESC, o.attempt
    ), doubt AS (
        SELECT a.message, a.attempt, a.state, count(*) AS doubts,
               bool_or(l.final) AND NOT EXISTS (SELECT FROM ledger k WHERE k.message = a.message AND k.slice >= a.slice AND k.was = 4) AS ended_unknown
          FROM answer a JOIN ledger l ON l.message = a.message AND l.slice >= a.slice AND l.state = 4
         GROUP BY a.message, a.attempt, a.state, a.slice
        HAVING bool_or(l.attempt <= a.attempt)
           -- While the message is on its way again, nobody knows yet whose reference comes back.
           AND EXISTS (SELECT FROM ledger f WHERE f.message = a.message AND f.slice >= a.slice AND f.final)
    ), taken AS (
        DELETE FROM late_outcome o USING doubt d
         WHERE o.message = d.message AND o.attempt = d.attempt AND o.state = d.state
        RETURNING o.*, d.ended_unknown, d.doubts
    ), settled AS (
        SELECT DISTINCT ON (message) *, ended_unknown AND (state = 6 OR doubts = 1) AS corrects FROM taken
    ), written AS (
        INSERT INTO ledger (message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments,
                            state, final, was, country, currency, reason, reference, recipient, channel)
        SELECT message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments, state, corrects,
               CASE WHEN corrects THEN 4 ELSE 0 END, country, currency, reason, reference, recipient, channel
          FROM settled WHERE corrects OR state = 6
        RETURNING *
    ), counted AS (
        INSERT INTO rollup_delta
        SELECT report_bucket(at), campaign, provider, state, country, currency,
               count(*) FILTER (WHERE final), count(*) FILTER (WHERE was = 0), sum(segments), sum(cost), channel
          FROM written GROUP BY 1, 2, 3, 4, 5, 6, channel
        UNION ALL
        SELECT report_bucket(at), campaign, provider, was, country, '', -count(*), 0, 0, 0, channel
          FROM written WHERE was <> 0 GROUP BY 1, 2, 3, 4, 5, channel
    )
    SELECT count(*) INTO v_rows FROM written;
    RETURN v_rows;
END $$;

-- Folds the deltas together. One at a time; a second caller goes away empty-handed.
CREATE OR REPLACE FUNCTION compact_rollups(p_limit int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('herald rollups')) THEN RETURN 0; END IF;
    WITH d AS (
        DELETE FROM rollup_delta WHERE ctid IN (SELECT ctid FROM rollup_delta LIMIT p_limit) RETURNING *
    ), summed AS (
        SELECT bucket, campaign, provider, state, country, currency, channel, count(*) AS rows,
               sum(messages)::bigint AS messages, sum(attempts)::bigint AS attempts,
               sum(segments)::bigint AS segments, sum(cost)::bigint AS cost
          FROM d GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), stored AS (
        INSERT INTO rollup AS r (bucket, campaign, channel, provider, state, country, currency, messages, attempts, segments, cost)
        SELECT bucket, campaign, channel, provider, state, country, currency, messages, attempts, segments, cost FROM summed
        ON CONFLICT (bucket, campaign, channel, provider, state, country, currency) DO UPDATE
        SET messages = r.messages + excluded.messages, attempts = r.attempts + excluded.attempts,
            segments = r.segments + excluded.segments, cost = r.cost + excluded.cost
    )
    SELECT coalesce(sum(rows), 0) INTO v_rows FROM summed;
    RETURN v_rows;
END $$;
