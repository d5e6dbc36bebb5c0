-- The steps of a shard's life that must be one statement.

CREATE FUNCTION tier_weight(p_tier text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE p_tier WHEN 'enterprise' THEN 4.0 WHEN 'paid' THEN 2.0 ELSE 1.0 END $$;

-- Takes up to p_limit shards that are due, or whose campaign is cancelled: urgent campaigns first, then the
-- tenant that has least in work for its weight, and within a campaign what waited for a retry before what is new.
-- Two branches, so that each finds its due shards by index, however many wait for later.
CREATE FUNCTION claim_shards(p_worker bigint, p_lane smallint, p_limit int)
RETURNS SETOF shard LANGUAGE plpgsql AS $$
BEGIN
    -- A worker that was declared dead gets nothing: nobody would look after it any more.
    PERFORM FROM worker WHERE id = p_worker FOR KEY SHARE;
    IF NOT FOUND THEN RETURN; END IF;
    RETURN QUERY
    WITH busy AS (
        SELECT tenant, count(*) AS taken FROM shard WHERE state = 'taken' GROUP BY tenant
    ), candidate AS (
        SELECT c.id, c.priority, coalesce(b.taken, 0) / tier_weight(t.tier) AS share,
               CASE c.state WHEN 'cancelling' THEN 'infinity' ELSE now() END AS due
          FROM campaign c JOIN tenant t ON t.id = c.tenant LEFT JOIN busy b ON b.tenant = c.tenant
         WHERE c.state = 'running' AND c.not_before <= now() OR c.state = 'cancelling'
         ORDER BY c.priority, share, c.id
    ), picked AS (
        SELECT s.id
          FROM candidate c CROSS JOIN LATERAL (
               SELECT * FROM (
                   SELECT id, 0 AS kind, due_at FROM shard
                    WHERE campaign = c.id AND lane = p_lane AND state = 'ready' AND items IS NOT NULL AND due_at <= c.due
                    ORDER BY due_at, id LIMIT p_limit FOR UPDATE SKIP LOCKED) waited
               UNION ALL
               SELECT * FROM (
                   SELECT id, 1 AS kind, due_at FROM shard
                    WHERE campaign = c.id AND lane = p_lane AND state = 'ready' AND items IS NULL AND due_at <= c.due
                    ORDER BY due_at, id LIMIT p_limit FOR UPDATE SKIP LOCKED) fresh) s
         ORDER BY c.priority, c.share, c.id, s.kind, s.due_at, s.id
         LIMIT p_limit
    )
    UPDATE shard s SET state = 'taken', worker = p_worker, token = s.token + 1
     WHERE s.id IN (SELECT id FROM picked)
    RETURNING s.*;
END $$;

-- Closes a window and opens the next, unless the campaign no longer runs. The token is checked here and
-- last, after everything else of the transaction: a worker that lost its lease stores nothing. So is the
-- place from which the step starts: a step that is repeated after a broken connection counts once.
CREATE FUNCTION move_window(p_shard bigint, p_token bigint, p_from int, p_closed int, p_open int, p_horizon xid8)
RETURNS TABLE (opened int, campaign_state text, horizon xid8, reloads text, changed bytea)
LANGUAGE plpgsql AS $$
DECLARE
    v_campaign bigint;
    v_tenant   int;
    v_n        int;
BEGIN
    horizon := pg_snapshot_xmin(pg_current_snapshot());
    SELECT s.campaign, s.tenant, s.n, c.state INTO v_campaign, v_tenant, v_n, campaign_state
      FROM shard s JOIN campaign c ON c.id = s.campaign WHERE s.id = p_shard;
    opened := CASE WHEN campaign_state = 'running' THEN p_open ELSE p_closed END;
    SELECT coalesce(string_agg(p.xid::text, ',') FILTER (WHERE p.hash IS NULL), ''), coalesce(string_agg(p.hash, ''), '')
      INTO reloads, changed
      FROM policy_change p
     WHERE p.xid >= p_horizon AND (p.tenant = v_tenant OR p.tenant IS NULL);
    IF EXISTS (SELECT FROM policy_pruned p WHERE p.horizon > p_horizon) THEN
        reloads := reloads || CASE reloads WHEN '' THEN '' ELSE ',' END || '0';
    END IF;
    UPDATE shard s
       SET closed = p_closed, opened = move_window.opened, crashes = CASE WHEN p_closed > p_from THEN 0 ELSE s.crashes END,
           state = CASE WHEN p_closed = s.n THEN 'done' WHEN campaign_state = 'paused' THEN 'ready' ELSE s.state END,
           worker = CASE WHEN p_closed = s.n OR campaign_state = 'paused' THEN NULL ELSE s.worker END
     WHERE s.id = p_shard AND s.token = p_token AND s.state = 'taken' AND s.closed = p_from;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the shard was taken over' USING ERRCODE = 'HR001';
    END IF;
    RETURN NEXT;
END $$;

-- Puts recipients that must wait into a shard of their own. Those that workers died over take the count along.
CREATE FUNCTION add_retry_shard(p_shard bigint, p_due timestamptz, p_items bytea, p_n int, p_crashes int)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO shard (id, campaign, tenant, lane, tier, priority, due_at, body, ids, items, n, crashes)
    SELECT -nextval('retry_shard'), campaign, tenant, lane, tier, priority, p_due, body, ids, p_items, p_n, p_crashes
      FROM shard WHERE id = p_shard
$$;

-- Campaigns whose time has come start; those overdue beyond their limit are held and say so. Campaigns
-- without unfinished shards end. Returns how many changed.
CREATE FUNCTION advance_campaigns() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_changed int := 0;
    v_rows    int;
BEGIN
    UPDATE campaign SET state = 'held',
           note = 'It was due at ' || to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC and nothing could start it within its limit of '
                  || overdue_limit || '. `herald campaign resume ' || id || '` starts it now.'
     WHERE state = 'scheduled' AND due_at < clock_timestamp() - overdue_limit;
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;

    UPDATE campaign SET state = 'running', started_at = clock_timestamp()
     WHERE state = 'scheduled' AND due_at <= clock_timestamp();
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;

    UPDATE campaign c SET finished_at = clock_timestamp(),
           state = CASE c.state WHEN 'cancelling' THEN 'cancelled' ELSE 'finished' END
     WHERE c.state IN ('running', 'paused', 'cancelling') AND NOT (c.stream AND c.day >= (now() - interval '1 hour')::date)
       AND NOT EXISTS (SELECT FROM shard s WHERE s.campaign = c.id AND s.state <> 'done');
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;
    RETURN v_changed;
END $$;

-- Takes in what fenced workers learnt, one answer a message and call. It settles a doubt that was recorded for
-- the same or an earlier attempt: a message that ended as unknown is corrected; one that was sent again
-- meanwhile keeps its state, and the earlier attempt its cost. A refusal settles only a doubt that stands alone. What
-- finds no doubt yet waits (its shard may be paused), looked at often at first and then once an hour, for three days.
-- States: 4 unknown, 5 failed, 6 sent.
CREATE FUNCTION apply_late_outcomes() RETURNS bigint LANGUAGE plpgsql AS $$
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
                            state, final, was, country, currency, reason, reference, recipient)
        SELECT message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments, state, corrects,
               CASE WHEN corrects THEN 4 ELSE 0 END, country, currency, reason, reference, recipient
          FROM settled WHERE corrects OR state = 6
        RETURNING *
    ), counted AS (
        INSERT INTO rollup_delta
        SELECT report_bucket(at), campaign, provider, state, country, currency,
               count(*) FILTER (WHERE final), count(*) FILTER (WHERE was = 0), sum(segments), sum(cost)
          FROM written GROUP BY 1, 2, 3, 4, 5, 6
        UNION ALL
        SELECT report_bucket(at), campaign, provider, was, country, '', -count(*), 0, 0, 0
          FROM written WHERE was <> 0 GROUP BY 1, 2, 3, 4, 5
    )
    SELECT count(*) INTO v_rows FROM written;
    RETURN v_rows;
END $$;

-- Forgets changes of policy that are an hour old, except those that a stored filter does not hold yet.
CREATE FUNCTION prune_policy_changes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
    v_last xid8;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('herald policy changes')) THEN RETURN 0; END IF;
    WITH gone AS (
        DELETE FROM policy_change p
         WHERE p.at < now() - interval '1 hour' AND p.xid < pg_snapshot_xmin(pg_current_snapshot())
           AND NOT EXISTS (SELECT FROM suppression_filter f
                            WHERE f.tenant = p.tenant AND p.hash IS NOT NULL AND p.xid >= f.horizon)
        RETURNING p.xid
    )
    SELECT count(*), max(xid::text::numeric)::text::xid8 INTO v_rows, v_last FROM gone;
    IF v_rows > 0 THEN
        UPDATE policy_pruned SET horizon = (v_last::text::numeric + 1)::text::xid8 WHERE horizon <= v_last;
    END IF;
    RETURN v_rows;
END $$;

-- Folds the deltas together. One at a time; a second caller goes away empty-handed.
CREATE FUNCTION compact_rollups(p_limit int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('herald rollups')) THEN RETURN 0; END IF;
    WITH d AS (
        DELETE FROM rollup_delta WHERE ctid IN (SELECT ctid FROM rollup_delta LIMIT p_limit) RETURNING *
    ), summed AS (
        SELECT bucket, campaign, provider, state, country, currency, count(*) AS rows,
               sum(messages)::bigint AS messages, sum(attempts)::bigint AS attempts,
               sum(segments)::bigint AS segments, sum(cost)::bigint AS cost
          FROM d GROUP BY 1, 2, 3, 4, 5, 6
    ), stored AS (
        INSERT INTO rollup AS r (bucket, campaign, provider, state, country, currency, messages, attempts, segments, cost)
        SELECT bucket, campaign, provider, state, country, currency, messages, attempts, segments, cost FROM summed
        ON CONFLICT (bucket, campaign, provider, state, country, currency) DO UPDATE
        SET messages = r.messages + excluded.messages, attempts = r.attempts + excluded.attempts,
            segments = r.segments + excluded.segments, cost = r.cost + excluded.cost
    )
    SELECT coalesce(sum(rows), 0) INTO v_rows FROM summed;
    RETURN v_rows;
END $$;
