-- What comes by the API. A stream is a campaign that stays open: all messages that a source sends with one version of a
-- template on one day. What is accepted together becomes a shard of it, so that everything after that is as for a campaign.

ALTER TABLE campaign
    ADD COLUMN stream     boolean NOT NULL DEFAULT false,
    ADD COLUMN day        date,
    ADD COLUMN part       smallint NOT NULL DEFAULT 0,   -- a further stream of the same day, once the places are used up
    ADD COLUMN next_place int NOT NULL DEFAULT 0,        -- shards are numbered from here; taken in blocks
    ADD CHECK (stream = (day IS NOT NULL));
CREATE UNIQUE INDEX stream_of_day ON campaign
    (tenant, day, template, coalesce(source, 0), channel, category, priority, md5(columns), part) WHERE stream;

ALTER TABLE shard
    ADD COLUMN expires_at timestamptz,                   -- null: its campaign's
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN drop_at    timestamptz;                   -- of a stream: from when on nobody needs its recipients
CREATE INDEX shard_retries_of ON shard (body) WHERE items IS NOT NULL;
CREATE INDEX shard_over ON shard (drop_at) WHERE state = 'done' AND drop_at IS NOT NULL;

-- Answers to requests that came with an Idempotency-Key. Decided in the transaction that accepts the messages.
CREATE TABLE idempotency (
    key         bytea PRIMARY KEY,                       -- of the source and its key
    tenant      int NOT NULL,
    body        bytea NOT NULL,                          -- a digest of what was asked
    status      smallint NOT NULL,
    answer      bytea NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_at ON idempotency USING brin (at) WITH (pages_per_range = 16);

-- The same message to the same person once within a time, across requests.
CREATE TABLE dedupe_key (
    key         bytea PRIMARY KEY,
    message     bigint NOT NULL,
    until       timestamptz NOT NULL
);
CREATE INDEX dedupe_key_until ON dedupe_key (until);

-- What a source said about its message and asks back: kept apart, because most messages have none.
CREATE TABLE message_note (
    message     bigint PRIMARY KEY,
    tenant      int NOT NULL,
    source      int,
    reference   text NOT NULL,
    sealed      bytea,                                   -- metadata
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_note_at ON message_note USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX message_note_reference ON message_note (tenant, reference, message DESC) WHERE reference <> '';

-- Takes a block of shard places in today's stream, which is made at the first use. One that was cancelled takes no more.
CREATE FUNCTION take_places(
    p_tenant int, p_source int, p_template int, p_channel smallint, p_category smallint, p_priority smallint,
    p_name text, p_columns text, p_count int)
RETURNS TABLE (campaign bigint, first int, seconds_left int) LANGUAGE plpgsql AS $$
DECLARE
    v_day  date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    v_part int := 0;
BEGIN
    seconds_left := ceil(extract(epoch FROM (v_day + 1)::timestamp AT TIME ZONE 'UTC' - clock_timestamp()));
    LOOP
        UPDATE campaign c SET next_place = c.next_place + p_count
         WHERE c.stream AND c.tenant = p_tenant AND c.day = v_day AND c.template = p_template
           AND coalesce(c.source, 0) = coalesce(p_source, 0) AND c.channel = p_channel AND c.category = p_category
           AND c.priority = p_priority AND md5(c.columns) = md5(p_columns)
           AND c.state IN ('running', 'paused') AND c.next_place + p_count <= 1 << 24
        RETURNING c.id, c.next_place - p_count INTO campaign, first;
        IF FOUND THEN RETURN NEXT; RETURN; END IF;
        SELECT coalesce(max(c.part) + 1, 0) INTO v_part FROM campaign c
         WHERE c.stream AND c.tenant = p_tenant AND c.day = v_day AND c.template = p_template
           AND coalesce(c.source, 0) = coalesce(p_source, 0) AND c.channel = p_channel AND c.category = p_category
           AND c.priority = p_priority AND md5(c.columns) = md5(p_columns);
        INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, due_at, expires_at,
            fingerprint, columns, dedupe, recipients, rejected, duplicates, first_slice, created_at, started_at, stream, day, part)
        SELECT nextval('campaign_number'), p_tenant, p_source, p_template, p_name, p_channel, p_category, p_priority,
            'running', clock_timestamp(), clock_timestamp() + interval '400 days', '', p_columns, 'none', 0, 0, 0,
            coalesce((SELECT min(number) - 1 FROM ledger_slice WHERE ledger_slice.state = 'open'), 0),
            clock_timestamp(), clock_timestamp(), true, v_day, v_part
        ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Stores shards of streams. Those that are to be sent at once by the process that took them come out taken and opened, with
-- what the tenant's policy needs to be as new as this; where that can't be (the stream is paused, the process was
-- declared dead), they wait like any other. Called again with the same numbers, it stores nothing and says the same.
CREATE FUNCTION accept_shards(
    p_worker bigint, p_ids bigint[], p_lanes int[], p_open bool[], p_due bigint[], p_expires bigint[], p_n int[],
    p_sealed bytea[], p_skip bytea[], p_horizons bigint[], p_keep interval)
RETURNS TABLE (id bigint, is_open bool, horizon bigint, reloads text, changed bytea) LANGUAGE plpgsql AS $$
DECLARE
    v_alive bool;
    v_now   bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
BEGIN
    PERFORM FROM worker w WHERE w.id = p_worker FOR KEY SHARE;
    v_alive := FOUND;
    RETURN QUERY
    WITH asked AS (
        SELECT u.*, c.id AS campaign, c.tenant, c.priority, c.category, t.tier, u.wants_open AND v_alive AND c.state = 'running' AS opens
          FROM unnest(p_ids, p_lanes, p_open, p_due, p_expires, p_n, p_sealed, p_skip, p_horizons)
               AS u (shard, lane, wants_open, due, expires, n, sealed, skip, seen)
          JOIN campaign c ON c.id = u.shard >> 24 JOIN tenant t ON t.id = c.tenant
    ), stored AS (
        INSERT INTO shard AS s (id, campaign, tenant, lane, tier, priority, state, due_at, worker, token, body, ids, skip, n,
            opened, expires_at, drop_at)
        SELECT a.shard, a.campaign, a.tenant, a.lane, CASE a.tier WHEN 'enterprise' THEN 0 WHEN 'paid' THEN 1 ELSE 2 END,
               a.priority, CASE WHEN a.opens THEN 'taken' ELSE 'ready' END,
               CASE a.due WHEN 0 THEN clock_timestamp() ELSE to_timestamp(a.due::numeric / 1000000) END,
               CASE WHEN a.opens THEN p_worker END, CASE WHEN a.opens THEN 1 ELSE 0 END, a.shard, a.shard,
               nullif(a.skip, ''), a.n, CASE WHEN a.opens THEN a.n ELSE 0 END, to_timestamp(a.expires::numeric / 1000000),
               to_timestamp(a.expires::numeric / 1000000) - CASE a.category WHEN 1 THEN interval '100 years' ELSE -p_keep END
          FROM asked a
        ON CONFLICT ON CONSTRAINT shard_pkey DO NOTHING
        RETURNING s.id, s.state, s.tenant
    ), bodies AS (
        INSERT INTO shard_body (shard, kind, n, campaign, sealed)
        SELECT a.shard, 0, a.n, a.campaign, a.sealed FROM asked a JOIN stored t ON t.id = a.shard
    )
    SELECT a.shard, CASE WHEN t.id IS NULL THEN k.state = 'taken' AND k.worker = p_worker AND k.token = 1 ELSE t.state = 'taken' END,
           v_now, coalesce(p.reloads, '') || CASE WHEN z.pruned THEN ',0' ELSE '' END, coalesce(p.changed, '')
      FROM asked a LEFT JOIN stored t ON t.id = a.shard LEFT JOIN shard k ON k.id = a.shard
      LEFT JOIN LATERAL (
           SELECT string_agg(c.xid::text, ',') FILTER (WHERE c.hash IS NULL) AS reloads, string_agg(c.hash, '') AS changed
             FROM policy_change c
            WHERE a.opens AND c.xid >= a.seen::text::xid8 AND (c.tenant = a.tenant OR c.tenant IS NULL)) p ON true
      LEFT JOIN LATERAL (
           SELECT EXISTS (SELECT FROM policy_pruned r WHERE r.horizon > a.seen::text::xid8) AS pruned) z ON true;
END $$;

-- Drops what was sent and nobody needs any more: a one-time password at its end, others after some days.
CREATE FUNCTION drop_stream_shards(p_limit int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    WITH over AS (
        SELECT s.id FROM shard s
         WHERE s.state = 'done' AND s.drop_at <= now()
           AND NOT EXISTS (SELECT FROM shard r WHERE r.body = s.id AND r.items IS NOT NULL AND r.state <> 'done')
         ORDER BY s.drop_at LIMIT p_limit
    ), retries AS (
        DELETE FROM shard r USING over o WHERE r.body = o.id AND r.items IS NOT NULL
    ), bodies AS (
        DELETE FROM shard_body b USING over o WHERE b.shard = o.id
    ), shards AS (
        DELETE FROM shard s USING over o WHERE s.id = o.id RETURNING 1
    )
    SELECT count(*) INTO v_rows FROM shards;
    RETURN v_rows;
END $$;

-- Retries end when the messages do.
CREATE OR REPLACE FUNCTION add_retry_shard(p_shard bigint, p_due timestamptz, p_items bytea, p_n int, p_crashes int)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO shard (id, campaign, tenant, lane, tier, priority, due_at, body, ids, items, n, crashes, expires_at, drop_at)
    SELECT -nextval('retry_shard'), campaign, tenant, lane, tier, priority, p_due, body, ids, p_items, p_n, p_crashes, expires_at, NULL
      FROM shard WHERE id = p_shard
$$;

-- Takes one message out of a shard that waits for its time; too late once somebody has taken it up.
CREATE FUNCTION cancel_waiting(p_shard bigint, p_index int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shard s
       SET skip = set_bit(coalesce(s.skip, decode(repeat('00', (s.n + 7) / 8), 'hex')), p_index, 1)
     WHERE s.id = p_shard AND s.state = 'ready' AND s.opened = 0 AND s.due_at > clock_timestamp() AND p_index < s.n
       AND (s.skip IS NULL OR get_bit(s.skip, p_index) = 0);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the message no longer waits' USING ERRCODE = 'HR005';
    END IF;
END $$;
