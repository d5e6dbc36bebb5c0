-- Claims that cost the same whatever waits. Workers ask now and then which tenants have something due, choose among
-- them by themselves, and take the chosen tenants' shards.

-- What share of a busy machine a tenant has beside the others, by its tier.
CREATE TABLE tier (
    name          text PRIMARY KEY,
    weight        float8 NOT NULL CHECK (weight > 0)
);
INSERT INTO tier VALUES ('enterprise', 8), ('paid', 4), ('free', 1);
ALTER TABLE tenant ADD FOREIGN KEY (tier) REFERENCES tier;

-- What waited for a retry goes before what is new.
ALTER TABLE shard ADD COLUMN fresh boolean NOT NULL GENERATED ALWAYS AS (items IS NULL) STORED;

-- A claim moves a shard from one partial index to another, so each index costs something at each claim.
DROP INDEX shard_fresh;
DROP INDEX shard_waiting;
DROP INDEX shard_unfinished;
DROP INDEX shard_taken;
CREATE INDEX shard_due ON shard (lane, priority, tenant, fresh, due_at, id) WHERE state = 'ready';
CREATE INDEX shard_open ON shard (campaign, fresh, due_at, id) WHERE state <> 'done';
CREATE INDEX shard_taken ON shard (worker) WHERE state = 'taken';

-- Streams are many, and most of them have nothing to do: who looks after campaigns does not walk them.
DROP INDEX campaign_active;
CREATE INDEX campaign_active ON campaign (state) WHERE state NOT IN ('finished', 'cancelled') AND NOT stream;
CREATE INDEX campaign_scheduled ON campaign (due_at) WHERE state = 'scheduled';
CREATE INDEX campaign_cancelling ON campaign (tenant, priority) WHERE state = 'cancelling';
CREATE INDEX campaign_running ON campaign (tenant, priority) WHERE state = 'running';

-- When a stream is looked at, whether it has ended: an hour after its day at first.
ALTER TABLE campaign ADD COLUMN look_at timestamptz NOT NULL
    DEFAULT ((date_trunc('day', now() AT TIME ZONE 'UTC') + interval '25 hours') AT TIME ZONE 'UTC');
CREATE INDEX campaign_stream_look ON campaign (look_at) WHERE stream AND state IN ('running', 'paused');

DROP FUNCTION claim_shards(bigint, smallint, int);
DROP FUNCTION tier_weight(text);

-- The tenants that have something due by then, by priority, and in how many microseconds it is due. One index descent
-- for each tenant that has anything waiting, however much that is. A tenant whose campaigns are all paused or resting is
-- named too: its claim finds that out. Sequential plans look good to a planner that has seen an empty table, and are a
-- hundred times slower soon after; here and in the claim.
CREATE FUNCTION waiting_work(p_lane smallint, p_within interval)
RETURNS TABLE (priority smallint, tenant int, weight_milli bigint, due_in bigint) LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE head AS (
        (SELECT s.priority, s.tenant, s.fresh, s.due_at FROM shard s
          WHERE s.lane = p_lane AND s.state = 'ready'
          ORDER BY s.priority, s.tenant, s.fresh, s.due_at LIMIT 1)
        UNION ALL
        SELECT n.* FROM head h CROSS JOIN LATERAL (
               SELECT s.priority, s.tenant, s.fresh, s.due_at FROM shard s
                WHERE s.lane = p_lane AND s.state = 'ready' AND (s.priority, s.tenant, s.fresh) > (h.priority, h.tenant, h.fresh)
                ORDER BY s.priority, s.tenant, s.fresh, s.due_at LIMIT 1) n
    ), waiting AS (
        SELECT h.priority, h.tenant, min(h.due_at) AS due FROM (
               SELECT h.priority, h.tenant, h.due_at FROM head h WHERE h.due_at <= now() + p_within
               UNION ALL
               SELECT c.priority, c.tenant, now() FROM campaign c WHERE c.state = 'cancelling') h
         GROUP BY h.priority, h.tenant
    )
    SELECT w.priority, w.tenant, (r.weight * 1000)::bigint,
           (extract(epoch FROM greatest(w.due, now()) - now()) * 1000000)::bigint
      FROM waiting w JOIN tenant t ON t.id = w.tenant JOIN tier r ON r.name = t.tier;
END $$;

-- Takes shards of these tenants and priorities, up to so many each and p_limit in all, in the order in which they are
-- named: retries before what is new, then by due time. What
-- a cancelled campaign has left is taken whenever it is due. The first shards of a tenant mostly belong to campaigns that run;
-- where too many of them don't (it is paused, or rests), its running campaigns are gone through one by one.
CREATE FUNCTION claim_shards(p_worker bigint, p_lane smallint, p_priorities smallint[], p_tenants int[], p_counts int[], p_limit int)
RETURNS SETOF shard LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
DECLARE
    v_taken bigint[] := '{}';
    v_found bigint[];
    v_head  bigint[];
    v_open  bigint[];
    v_ahead int;
    v_count int;
BEGIN
    -- A worker that was declared dead gets nothing: nobody would look after it any more.
    PERFORM FROM worker WHERE id = p_worker FOR KEY SHARE;
    IF NOT FOUND THEN RETURN; END IF;
    FOR i IN 1 .. cardinality(p_tenants) LOOP
        v_count := least(p_counts[i], p_limit - cardinality(v_taken));
        EXIT WHEN v_count = 0;
        v_found := '{}';
        IF EXISTS (SELECT FROM campaign c WHERE c.tenant = p_tenants[i] AND c.priority = p_priorities[i] AND c.state = 'cancelling') THEN
            v_found := ARRAY(
                SELECT s.id FROM campaign c CROSS JOIN LATERAL (
                       SELECT s.id FROM shard s WHERE s.campaign = c.id AND s.lane = p_lane AND s.state = 'ready'
                        LIMIT v_count FOR UPDATE SKIP LOCKED) s
                 WHERE c.tenant = p_tenants[i] AND c.priority = p_priorities[i] AND c.state = 'cancelling'
                 LIMIT v_count);
        END IF;
        IF cardinality(v_found) < v_count THEN
            v_ahead := v_count + 24;
            v_head := ARRAY(
                SELECT s.id FROM shard s
                 WHERE s.lane = p_lane AND s.priority = p_priorities[i] AND s.tenant = p_tenants[i] AND NOT s.fresh
                   AND s.state = 'ready' AND s.due_at <= now()
                 ORDER BY s.due_at, s.id LIMIT v_ahead)
              || ARRAY(
                SELECT s.id FROM shard s
                 WHERE s.lane = p_lane AND s.priority = p_priorities[i] AND s.tenant = p_tenants[i] AND s.fresh
                   AND s.state = 'ready' AND s.due_at <= now()
                 ORDER BY s.due_at, s.id LIMIT v_ahead);
            v_open := ARRAY(
                SELECT s.id FROM shard s
                 WHERE s.id = ANY (v_head) AND s.state = 'ready'
                   AND (SELECT c.state = 'running' AND c.not_before <= now() FROM campaign c WHERE c.id = s.campaign)
                 ORDER BY s.fresh, s.due_at, s.id LIMIT v_count - cardinality(v_found)
                   FOR UPDATE SKIP LOCKED);
            IF cardinality(v_found) + cardinality(v_open) < v_count AND cardinality(v_head) >= v_ahead THEN
                v_open := v_open || ARRAY(
                    SELECT s.id FROM campaign c CROSS JOIN LATERAL (
                           SELECT * FROM (
                               SELECT r.id, r.fresh, r.due_at FROM shard r
                                WHERE r.campaign = c.id AND NOT r.fresh AND r.lane = p_lane AND r.state = 'ready' AND r.due_at <= now()
                                ORDER BY r.due_at, r.id LIMIT v_count FOR UPDATE SKIP LOCKED) retries
                           UNION ALL
                           SELECT * FROM (
                               SELECT f.id, f.fresh, f.due_at FROM shard f
                                WHERE f.campaign = c.id AND f.fresh AND f.lane = p_lane AND f.state = 'ready' AND f.due_at <= now()
                                ORDER BY f.due_at, f.id LIMIT v_count FOR UPDATE SKIP LOCKED) fresh) s
                     WHERE c.tenant = p_tenants[i] AND c.priority = p_priorities[i] AND c.state = 'running' AND c.not_before <= now()
                       AND s.id <> ALL (v_open)
                     ORDER BY s.fresh, s.due_at, s.id
                     LIMIT v_count - cardinality(v_found) - cardinality(v_open));
            END IF;
            v_found := v_found || v_open;
        END IF;
        v_taken := v_taken || v_found;
    END LOOP;
    RETURN QUERY
    UPDATE shard s SET state = 'taken', worker = p_worker, token = s.token + 1
     WHERE s.id = ANY (v_taken) AND s.state = 'ready'
    RETURNING s.*;
END $$;

-- Starts what is due, holds what is overdue beyond its limit and says so, and ends what is done. Streams are left to
-- `end_streams`, but for those that are cancelled. Returns how many changed.
CREATE OR REPLACE FUNCTION advance_campaigns() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_changed int := 0;
    v_rows    int;
BEGIN
    UPDATE campaign SET state = 'held',
           note = 'It was due at ' || to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC and nothing could start it within its limit of '
                  || overdue_limit || '. `herald campaign resume ' || id || '` starts it now.'
     WHERE state = 'scheduled' AND due_at <= clock_timestamp() AND due_at < clock_timestamp() - overdue_limit;
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;

    UPDATE campaign SET state = 'running', started_at = clock_timestamp()
     WHERE state = 'scheduled' AND due_at <= clock_timestamp();
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;

    UPDATE campaign c SET finished_at = clock_timestamp(),
           state = CASE c.state WHEN 'cancelling' THEN 'cancelled' ELSE 'finished' END
     WHERE (c.state IN ('running', 'paused') AND NOT c.stream OR c.state = 'cancelling')
       AND NOT EXISTS (SELECT FROM shard s WHERE s.campaign = c.id AND s.state <> 'done');
    GET DIAGNOSTICS v_rows = ROW_COUNT; v_changed := v_changed + v_rows;
    RETURN v_changed;
END $$;

-- Ends one campaign, if nothing of it is left to do; what a worker asks that finished a shard of it.
CREATE FUNCTION end_campaign(p_campaign bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_rows int;
BEGIN
    UPDATE campaign c SET finished_at = clock_timestamp(),
           state = CASE c.state WHEN 'cancelling' THEN 'cancelled' ELSE 'finished' END
     WHERE c.id = p_campaign AND (c.state IN ('running', 'paused') AND NOT c.stream OR c.state = 'cancelling')
       AND NOT EXISTS (SELECT FROM shard s WHERE s.campaign = c.id AND s.state <> 'done');
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END $$;

-- Ends streams whose day is over, unless something of them waits for later: those are looked at once an hour.
CREATE FUNCTION end_streams(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_rows int;
BEGIN
    WITH over AS (
        SELECT c.id, NOT EXISTS (SELECT FROM shard s WHERE s.campaign = c.id AND s.state <> 'done') AS is_done
          FROM campaign c
         WHERE c.stream AND c.state IN ('running', 'paused') AND c.look_at <= clock_timestamp()
         ORDER BY c.look_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), looked AS (
        UPDATE campaign c
           SET state = CASE WHEN o.is_done THEN 'finished' ELSE c.state END,
               finished_at = CASE WHEN o.is_done THEN clock_timestamp() END,
               look_at = clock_timestamp() + interval '1 hour'
          FROM over o WHERE c.id = o.id
        RETURNING o.is_done
    )
    SELECT count(*) FILTER (WHERE is_done) INTO v_rows FROM looked;
    RETURN v_rows;
END $$;
