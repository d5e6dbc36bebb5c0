-- What sources are told by themselves: who wants to know what, what there was to tell, and what is still to be told to whom.
-- Kinds of events: the state that a message came to (1 rejected to 10 complained), 16 a campaign finished, 17 was cancelled,
-- 0 a test. An endpoint's `events` has one bit for each.

CREATE TABLE webhook_endpoint (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        int NOT NULL REFERENCES tenant,
    source        int,                              -- null: whatever source of the tenant's
    url           text NOT NULL CHECK (octet_length(url) <= 2048),
    events        int NOT NULL CHECK (events > 0),
    secret        bytea NOT NULL,                   -- sealed
    former_secret bytea,                            -- the one before, which signs beside it for a while
    former_until  timestamptz,
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    label         text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    failing_since timestamptz,                      -- nothing arrived since
    failures      int NOT NULL DEFAULT 0,           -- in a row
    rest_until    timestamptz NOT NULL DEFAULT '-infinity',
    delivered     bigint NOT NULL DEFAULT 0,
    delivered_at  timestamptz,
    last_status   int NOT NULL DEFAULT 0,           -- of the last failure; 0: no answer came
    disabled_at   timestamptz,
    note          text NOT NULL DEFAULT '',         -- why the last one failed, or why it was disabled
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    CHECK ((former_secret IS NULL) = (former_until IS NULL)),
    CHECK ((state = 'disabled') = (disabled_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX webhook_endpoint_tenant ON webhook_endpoint (tenant);

-- Whether somebody wants to know; also whoever is disabled, because it can be told him later.
CREATE FUNCTION webhooks_wanted(p_tenant int, p_source int) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(bit_or(e.events), 0) FROM webhook_endpoint e
     WHERE e.tenant = p_tenant AND (e.source IS NULL OR e.source = p_source)
$$;

-- What there is to tell, written in the transaction of the ledger's row or the campaign's change. Personal data is
-- in none of it. Cut by days; `stored_at` is the database's clock, `at` that of who saw it happen.
CREATE SEQUENCE webhook_event_number;
CREATE TABLE webhook_event (
    id            bigint NOT NULL DEFAULT nextval('webhook_event_number'),
    at            timestamptz NOT NULL,
    stored_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    campaign      bigint NOT NULL,
    message       bigint,                           -- null: about the campaign
    tenant        int NOT NULL,
    source        int,
    day           int NOT NULL,
    kind          smallint NOT NULL,
    facts         json NOT NULL
) PARTITION BY LIST (day);
CREATE INDEX webhook_event_id ON webhook_event (id);
CREATE INDEX webhook_event_stored ON webhook_event USING brin (stored_at) WITH (pages_per_range = 16, autosummarize = on);

-- What waits to be told to one endpoint; gone once it was. A row that was taken up is due again after the lease, so that
-- nothing is lost with a process. What was given up stays as long as its event.
CREATE TABLE webhook_delivery (
    endpoint      int NOT NULL,
    subject       bigint NOT NULL,                  -- the message, or the campaign below zero: told of in order
    event         bigint NOT NULL,
    day           int NOT NULL,
    tenant        int NOT NULL,
    due_at        timestamptz NOT NULL,
    queued_at     timestamptz NOT NULL,
    attempts      int NOT NULL DEFAULT 0,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'given up')),
    PRIMARY KEY (endpoint, subject, event)
) WITH (fillfactor = 70);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint, due_at, event) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_given_up ON webhook_delivery (endpoint) WHERE state = 'given up';

-- Each event goes into the queue of every endpoint that wants it, whoever wrote it.
CREATE FUNCTION queue_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    INSERT INTO webhook_delivery (endpoint, subject, event, day, tenant, due_at, queued_at)
    SELECT e.id, coalesce(n.message, -n.campaign), n.id, n.day, n.tenant, v_now, v_now
      FROM fresh n JOIN webhook_endpoint e
        ON e.tenant = n.tenant AND e.state = 'active' AND (e.source IS NULL OR e.source = n.source) AND e.events >> n.kind & 1 = 1;
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_event_is_queued AFTER INSERT ON webhook_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_webhooks();

-- A campaign's end, whoever brought it about. Streams end by the calendar, which is no news.
CREATE FUNCTION tell_campaign_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_kind smallint := CASE NEW.state WHEN 'finished' THEN 16 ELSE 17 END;
    v_day  int;
BEGIN
    IF webhooks_wanted(NEW.tenant, NEW.source) >> v_kind & 1 = 1 THEN
        v_day := (current_day_part('webhook_event')).day;
        INSERT INTO webhook_event (at, campaign, tenant, source, day, kind, facts)
        SELECT clock_timestamp(), NEW.id, NEW.tenant, NEW.source, v_day, v_kind,
               json_build_object('recipients', NEW.recipients, 'states', coalesce(
                   (SELECT json_object_agg(s.state, s.messages) FROM (
                        SELECT r.state, sum(r.messages) AS messages FROM (
                               SELECT state, messages FROM rollup WHERE campaign = NEW.id
                               UNION ALL SELECT state, messages FROM rollup_delta WHERE campaign = NEW.id) r
                         GROUP BY r.state HAVING sum(r.messages) > 0) s), '{}'::json));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER campaign_end_is_told AFTER UPDATE OF state ON campaign
    FOR EACH ROW WHEN (NEW.state IN ('finished', 'cancelled') AND OLD.state <> NEW.state AND NOT NEW.stream)
    EXECUTE FUNCTION tell_campaign_end();

-- Tells of corrections that were just written to the ledger, as far as somebody wants to know. Each has the state that it
-- gave way to; 0 or less where there was none.
CREATE FUNCTION tell_corrections(p_messages bigint[], p_at bigint[], p_states int[], p_facts text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- First: a part can't be made while rows are being written.
    v_day int := (current_day_part('webhook_event')).day;
BEGIN
    INSERT INTO webhook_event (at, campaign, message, tenant, source, day, kind, facts)
    SELECT 'epoch'::timestamptz + u.at * interval '1 microsecond', c.id, u.message, c.tenant, c.source, v_day, u.state, u.facts::json
      FROM unnest(p_messages, p_at, p_states, p_facts) WITH ORDINALITY u (message, at, state, facts, place)
      JOIN campaign c ON c.id = u.message >> 35
     WHERE webhooks_wanted(c.tenant, c.source) >> u.state & 1 = 1
     ORDER BY u.place;
END $$;

-- Takes up what is due, at most so many: for each endpoint as many as it may have under way beside those that this
-- process has already (p_busy), for one that fails a single one, and of those so many in all. Of each subject only
-- the earliest event; those behind it wait until it is told or given up.
CREATE FUNCTION claim_webhooks(p_limit int, p_each int, p_failing int, p_endpoints int[], p_busy int[], p_lease interval)
RETURNS SETOF webhook_delivery LANGUAGE plpgsql AS $$
DECLARE
    k          record;
    v_now      timestamptz := clock_timestamp();
    v_left     int := p_limit;
    v_failing  int := p_failing;
    v_room     int;
    v_taken    int := 0;
    v_subjects bigint[];
    v_events   bigint[];
BEGIN
    FOR k IN
        SELECT e.id, e.failing_since IS NOT NULL AS fails, coalesce(b.busy, 0) AS busy
          FROM webhook_endpoint e LEFT JOIN unnest(p_endpoints, p_busy) b (id, busy) ON b.id = e.id
         WHERE e.state = 'active' AND e.rest_until <= v_now
           AND EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'waiting' AND d.due_at <= v_now)
         ORDER BY 2, 3, random()
    LOOP
        v_room := least(v_left, CASE WHEN k.fails THEN least(1 - k.busy, v_failing) ELSE p_each - k.busy END);
        CONTINUE WHEN v_room <= 0;
        v_taken := 0;
        -- Again where all that was found has to wait: a crowd of those must not hide the others.
        FOR try IN 1..5 LOOP
            SELECT array_agg(l.subject), array_agg(l.event) INTO v_subjects, v_events FROM (
                SELECT d.subject, d.event FROM webhook_delivery d
                 WHERE d.endpoint = k.id AND d.state = 'waiting' AND d.due_at <= v_now
                 ORDER BY d.due_at, d.event LIMIT v_room * 2 + 200 FOR UPDATE SKIP LOCKED) l;
            EXIT WHEN v_subjects IS NULL;
            -- A statement of its own: it sees what was told before these were locked.
            RETURN QUERY
            WITH locked AS (
                SELECT l.subject, l.event, l.place, (
                       SELECT b.due_at FROM webhook_delivery b WHERE b.endpoint = k.id AND b.subject = l.subject AND b.event < l.event
                          AND b.state = 'waiting' ORDER BY b.event LIMIT 1) AS ahead
                  FROM unnest(v_subjects, v_events) WITH ORDINALITY l (subject, event, place)
            ), head AS (
                SELECT * FROM locked WHERE ahead IS NULL ORDER BY place LIMIT v_room
            ), aside AS (
                -- Out of the way, as long as the earlier one; whoever tells of that brings it back.
                UPDATE webhook_delivery d SET due_at = greatest(l.ahead, v_now + p_lease)
                  FROM locked l WHERE l.ahead IS NOT NULL AND d.endpoint = k.id AND d.subject = l.subject AND d.event = l.event
            )
            UPDATE webhook_delivery d SET due_at = v_now + p_lease, attempts = d.attempts + 1
              FROM head h WHERE d.endpoint = k.id AND d.subject = h.subject AND d.event = h.event
            RETURNING d.*;
            GET DIAGNOSTICS v_taken = ROW_COUNT;
            EXIT WHEN v_taken > 0;
        END LOOP;
        v_left := v_left - v_taken;
        IF k.fails THEN v_failing := v_failing - v_taken; END IF;
        EXIT WHEN v_left <= 0;
    END LOOP;
END $$;

-- What became of deliveries that were taken up. Results: 0 told, 1 again after p_waits microseconds, 2 given up, 3 there is
-- nothing to tell any more. Who lost a delivery meanwhile changes nothing about it. An endpoint that failed thrice in a row
-- rests; one where nothing arrived for p_patience, or that says it is gone, is disabled, which is returned and audited.
CREATE FUNCTION settle_webhooks(
    p_endpoints int[], p_subjects bigint[], p_events bigint[], p_attempts int[], p_results int[], p_waits bigint[],
    p_statuses int[], p_notes text[], p_patience interval)
RETURNS TABLE (id int, tenant int, url text, note text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM webhook_endpoint e WHERE e.id = ANY (p_endpoints) ORDER BY e.id FOR UPDATE;
    WITH r AS (
        SELECT * FROM unnest(p_endpoints, p_subjects, p_events, p_attempts, p_results) r (endpoint, subject, event, attempt, result)
    )
    DELETE FROM webhook_delivery d USING r
     WHERE r.result IN (0, 3) AND d.endpoint = r.endpoint AND d.subject = r.subject AND d.event = r.event AND d.attempts = r.attempt;
    WITH r AS (
        SELECT * FROM unnest(p_endpoints, p_subjects, p_events, p_attempts, p_results, p_waits) r (endpoint, subject, event, attempt, result, wait)
         WHERE result IN (1, 2)
    )
    UPDATE webhook_delivery d
       SET due_at = v_now + r.wait * interval '1 microsecond', state = CASE r.result WHEN 2 THEN 'given up' ELSE 'waiting' END
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

-- Forgets deliveries whose event is gone, and those of endpoints that were removed.
CREATE FUNCTION prune_webhooks() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_first int := (SELECT min(day) FROM day_part WHERE parent = 'webhook_event');
    v_rows  bigint;
BEGIN
    DELETE FROM webhook_delivery d
     WHERE d.day < v_first OR NOT EXISTS (SELECT FROM webhook_endpoint e WHERE e.id = d.endpoint);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END $$;

-- What the role of a tenant may see; of an endpoint no secret.
GRANT SELECT (id, tenant, source, url, events, former_until, state, label, created_at, failing_since, failures, rest_until,
              delivered, delivered_at, last_status, disabled_at, note) ON webhook_endpoint TO herald_tenant;
GRANT SELECT ON webhook_event, webhook_delivery TO herald_tenant;

-- Takes in what fenced workers learnt, as before, and tells of it.
CREATE OR REPLACE FUNCTION apply_late_outcomes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
    v_day  int;
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
    v_day := (current_day_part('webhook_event')).day;
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
    ), told AS (
        INSERT INTO webhook_event (at, campaign, message, tenant, source, day, kind, facts)
        SELECT w.at, w.campaign, w.message, w.tenant, c.source, v_day, w.state,
               json_build_object('channel', w.channel, 'was', w.was, 'reason', w.reason, 'attempt', w.attempt, 'segments', w.segments,
                                 'cost', w.cost, 'currency', w.currency, 'country', w.country)
          FROM written w JOIN campaign c ON c.id = w.campaign
         WHERE w.final AND webhooks_wanted(c.tenant, c.source) >> w.state & 1 = 1
    )
    SELECT count(*) INTO v_rows FROM written;
    RETURN v_rows;
END $$;
