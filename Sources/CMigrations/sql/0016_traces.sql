-- Messages whose sender follows them by a trace of its own (W3C Trace Context).

-- 25 bytes: the trace, the sender's span, the flags. Only of traces that somebody keeps; such messages have a shard to
-- themselves.
ALTER TABLE shard ADD COLUMN trace bytea CHECK (octet_length(trace) = 25);

-- The trace alone: 16 bytes.
ALTER TABLE call_log ADD COLUMN trace bytea;

-- Another try belongs to the same trace.
CREATE OR REPLACE FUNCTION add_retry_shard(p_shard bigint, p_due timestamptz, p_items bytea, p_n int, p_crashes int)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO shard (id, campaign, tenant, lane, tier, priority, due_at, body, ids, items, n, crashes, expires_at, drop_at, trace)
    SELECT -nextval('retry_shard'), campaign, tenant, lane, tier, priority, p_due, body, ids, p_items, p_n, p_crashes, expires_at, NULL, trace
      FROM shard WHERE id = p_shard
$$;
