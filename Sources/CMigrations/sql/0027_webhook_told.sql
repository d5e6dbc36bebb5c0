-- What stays of a delivery that was done: how many tries it took, what the endpoint answered and when. Without it one could only
-- guess: an endpoint that wanted an event and has none waiting may have been disabled at the time, or have wanted less.
-- Only appended to, cut by days, kept as long as events.
CREATE TABLE webhook_told (
    subject       bigint NOT NULL,                  -- the message, or the campaign below zero
    event         bigint NOT NULL,
    at            timestamptz NOT NULL,
    endpoint      int NOT NULL,
    tenant        int NOT NULL,
    day           int NOT NULL,
    attempts      int NOT NULL,
    status        int NOT NULL                      -- HTTP's
) PARTITION BY LIST (day);
CREATE INDEX webhook_told_subject ON webhook_told USING brin (subject int8_minmax_multi_ops) WITH (pages_per_range = 16, autosummarize = on);
GRANT SELECT ON webhook_told TO herald_tenant;

-- Of what waits or was given up: the last try.
ALTER TABLE webhook_delivery ADD COLUMN tried_at timestamptz, ADD COLUMN status int NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION settle_webhooks(
    p_endpoints int[], p_subjects bigint[], p_events bigint[], p_attempts int[], p_results int[], p_waits bigint[],
    p_statuses int[], p_notes text[], p_patience interval)
RETURNS TABLE (id int, tenant int, url text, note text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
    -- First: a part can't be made while rows are being written.
    v_day int := (current_day_part('webhook_told')).day;
BEGIN
    PERFORM FROM webhook_endpoint e WHERE e.id = ANY (p_endpoints) ORDER BY e.id FOR UPDATE;
    WITH r AS (
        SELECT * FROM unnest(p_endpoints, p_subjects, p_events, p_attempts, p_results, p_statuses) r (endpoint, subject, event, attempt, result, status)
    ), ended AS (
        DELETE FROM webhook_delivery d USING r
         WHERE r.result IN (0, 3) AND d.endpoint = r.endpoint AND d.subject = r.subject AND d.event = r.event AND d.attempts = r.attempt
        RETURNING d.endpoint, d.subject, d.event, d.tenant, d.attempts, r.result, r.status
    )
    INSERT INTO webhook_told (subject, event, at, endpoint, tenant, day, attempts, status)
    SELECT subject, event, v_now, endpoint, tenant, v_day, attempts, status FROM ended WHERE result = 0 ORDER BY event;
    WITH r AS (
        SELECT * FROM unnest(p_endpoints, p_subjects, p_events, p_attempts, p_results, p_waits, p_statuses)
                      r (endpoint, subject, event, attempt, result, wait, status)
         WHERE result IN (1, 2)
    )
    UPDATE webhook_delivery d
       SET due_at = v_now + r.wait * interval '1 microsecond', state = CASE r.result WHEN 2 THEN 'given up' ELSE 'waiting' END,
           tried_at = v_now, status = r.status
      FROM r WHERE d.endpoint = r.endpoint AND d.subject = r.subject AND d.event = r.event AND d.attempts = r.attempt;
    -- What comes next about the same message.
    WITH r AS (
        SELECT DISTINCT endpoint, subject FROM unnest(p_endpoints, p_subjects, p_results) r (endpoint, subject, result) WHERE result <> 1
    ), next AS (
        SELECT r.endpoint, r.subject, n.event FROM r CROSS JOIN LATERAL (
            SELECT d.event, d.due_at, d.attempts FROM webhook_delivery d
             WHERE d.endpoint = r.endpoint AND d.subject = r.subject AND d.state = 'waiting' ORDER BY d.event LIMIT 1) n
         WHERE n.attempts = 0 AND n.due_at > v_now
    )
    UPDATE webhook_delivery d SET due_at = v_now FROM next n
     WHERE d.endpoint = n.endpoint AND d.subject = n.subject AND d.event = n.event;

    RETURN QUERY
    WITH r AS (
        SELECT r.endpoint, count(*) FILTER (WHERE r.result = 0) AS told, count(*) FILTER (WHERE r.result IN (1, 2)) AS failed,
               bool_or(r.status = 410) AS gone,
               (array_agg(r.status ORDER BY r.place DESC) FILTER (WHERE r.result IN (1, 2)))[1] AS status,
               (array_agg(r.note ORDER BY r.place DESC) FILTER (WHERE r.result IN (1, 2)))[1] AS note
          FROM unnest(p_endpoints, p_results, p_statuses, p_notes) WITH ORDINALITY r (endpoint, result, status, note, place)
         GROUP BY r.endpoint HAVING bool_or(r.result <> 3)
    ), judged AS (
        SELECT e.id, r.*, e.failures AS before, e.state = 'active' AND (
                   r.gone OR r.told = 0 AND e.failing_since < v_now - p_patience) AS ends,
               CASE WHEN r.gone THEN 'It answered 410: it is gone.'
                    ELSE 'Nothing arrived there since ' || to_char(e.failing_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC: ' || r.note
                END AS reason
          FROM r JOIN webhook_endpoint e ON e.id = r.endpoint
    ), changed AS (
        UPDATE webhook_endpoint e
           SET delivered = e.delivered + j.told, delivered_at = CASE WHEN j.told > 0 THEN v_now ELSE e.delivered_at END,
               failing_since = CASE WHEN j.told > 0 THEN NULL ELSE coalesce(e.failing_since, v_now) END,
               failures = CASE WHEN j.told > 0 THEN 0 ELSE e.failures + 1 END,
               rest_until = CASE WHEN j.told > 0 OR j.before < 2 THEN '-infinity'
                                 ELSE v_now + (0.5 + random() / 2) * least(300, 5 * 2 ^ least(j.before - 2, 10)) * interval '1 second' END,
               last_status = coalesce(j.status, e.last_status),
               state = CASE WHEN j.ends THEN 'disabled' ELSE e.state END,
               disabled_at = CASE WHEN j.ends THEN v_now ELSE e.disabled_at END,
               note = CASE WHEN j.ends THEN j.reason WHEN e.state = 'disabled' THEN e.note WHEN j.told > 0 THEN '' ELSE coalesce(j.note, e.note) END
          FROM judged j WHERE e.id = j.id
        RETURNING e.id, e.tenant, e.url, e.note, j.ends
    ), audited AS (
        INSERT INTO admin_audit (tenant, actor, origin, action, subject, after)
        SELECT c.tenant, 'herald', 'webhooks', 'webhook.disable', c.id::text, jsonb_build_object('url', c.url, 'note', c.note)
          FROM changed c WHERE c.ends
    )
    SELECT c.id, c.tenant, c.url, c.note FROM changed c WHERE c.ends;
END $$;
