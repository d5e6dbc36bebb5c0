-- Money budgets: how much a tenant, a source or a campaign may cost, and what is done when that is used up.

-- Nobody folds deltas meanwhile: what went from one table into the other beside the copy below would be in neither.
SELECT pg_advisory_xact_lock(hashtext('herald rollups'));

-- What was booked, by day in the tenant's own zone: the rollups say it by the quarter of an hour and by a dozen
-- dimensions, which is too much to add up every second. What is not folded together yet is in rollup_delta alone.
CREATE TABLE spend (
    tenant        int NOT NULL,
    source        int NOT NULL,                     -- 0: none
    day           date NOT NULL,
    campaign      bigint NOT NULL,                  -- 0: whatever came by the API
    currency      text NOT NULL,
    cost          bigint NOT NULL,
    PRIMARY KEY (tenant, source, day, campaign, currency)
) WITH (fillfactor = 70);
CREATE INDEX spend_campaign ON spend (campaign) WHERE campaign <> 0;
CREATE INDEX spend_day ON spend (tenant, day);

INSERT INTO spend (tenant, source, day, campaign, currency, cost)
SELECT c.tenant, coalesce(c.source, 0), (r.bucket AT TIME ZONE t.time_zone)::date, CASE WHEN c.stream THEN 0 ELSE c.id END, r.currency, sum(r.cost)
  FROM rollup r JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
 WHERE r.cost <> 0 GROUP BY 1, 2, 3, 4, 5;

-- Whoever folds deltas into the rollups takes them along in the same transaction, so that each is counted once, here or there.
CREATE FUNCTION keep_spend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spend AS s (tenant, source, day, campaign, currency, cost)
    SELECT c.tenant, coalesce(c.source, 0), (g.bucket AT TIME ZONE t.time_zone)::date, CASE WHEN c.stream THEN 0 ELSE c.id END, g.currency, sum(g.cost)
      FROM gone g JOIN campaign c ON c.id = g.campaign JOIN tenant t ON t.id = c.tenant
     WHERE g.cost <> 0 GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant, source, day, campaign, currency) DO UPDATE SET cost = s.cost + excluded.cost;
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_delta_is_spent AFTER DELETE ON rollup_delta
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_spend();

-- A budget, and how it stands in the period that `started`. Periods are days, ISO weeks and months of the tenant's zone.
CREATE TABLE budget (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        int NOT NULL REFERENCES tenant,
    source        int,
    campaign      bigint REFERENCES campaign ON DELETE CASCADE,
    period        text NOT NULL CHECK (period IN ('day', 'week', 'month', 'total')),
    amount        bigint NOT NULL CHECK (amount > 0),             -- millionths
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    warn_percent  smallint NOT NULL DEFAULT 80 CHECK (warn_percent BETWEEN 1 AND 100),
    holds_critical boolean NOT NULL DEFAULT false,  -- one-time passwords too
    created_at    timestamptz NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    started       date NOT NULL DEFAULT '-infinity',
    spent         bigint NOT NULL DEFAULT 0,        -- as of the last look
    looked_at     timestamptz NOT NULL DEFAULT '-infinity',
    warned_at     timestamptz,
    held_at       timestamptz,
    held_need     bigint NOT NULL DEFAULT 1,        -- what must be left before anything goes on
    missing       text NOT NULL DEFAULT '',         -- currencies in which something was spent that no rate converts
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    CHECK (source IS NULL OR campaign IS NULL)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX budget_of ON budget (tenant, coalesce(source, 0), coalesce(campaign, 0), period) WHERE removed_at IS NULL;

-- What the workers hold of each: what they may still spend without asking, and what is on its way. It goes with the worker,
-- who may send nothing more from then on: no clock decides.
CREATE TABLE budget_share (
    budget        int NOT NULL REFERENCES budget ON DELETE CASCADE,
    worker        bigint NOT NULL REFERENCES worker ON DELETE CASCADE,
    held          bigint NOT NULL CHECK (held >= 0),
    PRIMARY KEY (budget, worker)
) WITH (fillfactor = 50);
CREATE INDEX budget_share_worker ON budget_share (worker);

-- What became of budgets, for whoever asks later. Once a period each.
CREATE TABLE budget_event (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    budget        int NOT NULL REFERENCES budget ON DELETE CASCADE,
    tenant        int NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('warning', 'held', 'released', 'no_rate')),
    period_start  date NOT NULL,
    spent         bigint NOT NULL,
    amount        bigint NOT NULL,
    note          text NOT NULL
);
CREATE INDEX budget_event_budget ON budget_event (budget, id);

-- The budget that a campaign waits for.
ALTER TABLE campaign ADD COLUMN budget int;
CREATE INDEX campaign_of_budget ON campaign (budget) WHERE budget IS NOT NULL;

-- An amount in another currency by the last rate up to a day; null without one.
CREATE FUNCTION converted(p_micros numeric, p_from text, p_to text, p_day date) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_from = p_to OR p_micros = 0 THEN p_micros ELSE round(p_micros * (
        SELECT e.rate FROM exchange_rate e WHERE e.from_currency = p_from AND e.to_currency = p_to AND e.day <= p_day
         ORDER BY e.day DESC LIMIT 1) / 10000000000) END
$$;

-- The period of a budget that an instant falls into: its first day, the first day after it, and when that begins.
CREATE FUNCTION budget_period(p_period text, p_zone text, p_at timestamptz, OUT first_day date, OUT next_day date, OUT ends_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT CASE p_period WHEN 'total' THEN '-infinity' ELSE date_trunc(p_period, p_at AT TIME ZONE p_zone)::date END,
           CASE p_period WHEN 'total' THEN 'infinity'
                ELSE (date_trunc(p_period, p_at AT TIME ZONE p_zone) + ('1 ' || p_period)::interval)::date END,
           CASE p_period WHEN 'total' THEN 'infinity'
                ELSE (date_trunc(p_period, p_at AT TIME ZONE p_zone) + ('1 ' || p_period)::interval) AT TIME ZONE p_zone END
$$;

-- What was booked in the present periods of these budgets, in their currencies, to the last commit; `missing`: what of it
-- no rate converts, by currency.
CREATE FUNCTION budget_spending(p_budgets int[]) RETURNS TABLE (budget int, spent bigint, missing text)
LANGUAGE sql STABLE AS $$
    WITH b AS (
        SELECT b.id, b.tenant, b.source, b.campaign, b.currency, p.first_day, p.next_day
          FROM budget b JOIN tenant t ON t.id = b.tenant
         CROSS JOIN LATERAL budget_period(b.period, t.time_zone, clock_timestamp()) p
         WHERE b.id = ANY (p_budgets)
    ), pending AS MATERIALIZED (
        SELECT c.tenant, coalesce(c.source, 0) AS source, CASE WHEN c.stream THEN 0 ELSE c.id END AS campaign,
               (d.bucket AT TIME ZONE t.time_zone)::date AS day, d.currency, sum(d.cost) AS cost
          FROM rollup_delta d JOIN campaign c ON c.id = d.campaign JOIN tenant t ON t.id = c.tenant
         WHERE d.cost <> 0 AND c.tenant IN (SELECT tenant FROM b)
         GROUP BY 1, 2, 3, 4, 5
    ), booked AS (
        SELECT b.id, b.currency AS into_currency, s.day, s.currency, s.cost
          FROM b JOIN spend s ON s.tenant = b.tenant AND s.source = b.source AND s.day >= b.first_day AND s.day < b.next_day
         WHERE b.source IS NOT NULL
        UNION ALL
        SELECT b.id, b.currency, s.day, s.currency, s.cost
          FROM b JOIN spend s ON s.campaign = b.campaign AND s.campaign <> 0 AND s.day >= b.first_day AND s.day < b.next_day
         WHERE b.campaign IS NOT NULL
        UNION ALL
        SELECT b.id, b.currency, s.day, s.currency, s.cost
          FROM b JOIN spend s ON s.tenant = b.tenant AND s.day >= b.first_day AND s.day < b.next_day
         WHERE b.source IS NULL AND b.campaign IS NULL
        UNION ALL
        SELECT b.id, b.currency, p.day, p.currency, p.cost
          FROM b JOIN pending p ON p.tenant = b.tenant AND p.day >= b.first_day AND p.day < b.next_day
           AND (b.source IS NULL OR p.source = b.source) AND (b.campaign IS NULL OR p.campaign = b.campaign)
    ), by_day AS (
        SELECT id, into_currency, day, currency, sum(cost) AS cost FROM booked GROUP BY 1, 2, 3, 4
    ), valued AS (
        SELECT id, currency, cost, converted(cost, currency, into_currency, day) AS value FROM by_day
    ), sums AS (
        SELECT id, currency, sum(value) AS value, sum(cost) FILTER (WHERE value IS NULL) AS missing FROM valued GROUP BY 1, 2
    )
    SELECT b.id, coalesce(sum(s.value), 0)::bigint,
           coalesce(string_agg(trim_scale(round(s.missing / 1000000, 6)) || ' ' || s.currency, ', ' ORDER BY s.currency) FILTER (WHERE s.missing <> 0), '')
      FROM b LEFT JOIN sums s ON s.id = b.id GROUP BY b.id
$$;

-- An amount of millionths as people read it.
CREATE FUNCTION money_text(p_micros numeric, p_currency text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN scale(trim_scale(p_micros / 1000000)) > 2 THEN trim_scale(p_micros / 1000000) ELSE round(p_micros / 1000000, 2) END
           || ' ' || p_currency
$$;

-- A budget in words: `budget 3 (source shop, 500.00 SGD a month)`.
CREATE FUNCTION budget_text(p_budget int) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('budget %s (%s, %s%s)', b.id,
                  CASE WHEN b.campaign IS NOT NULL THEN 'campaign ' || b.campaign WHEN b.source IS NOT NULL THEN 'source ' || s.name
                       ELSE 'tenant ' || t.name END,
                  money_text(b.amount, b.currency), CASE b.period WHEN 'total' THEN ' in total' ELSE ' a ' || b.period END)
      FROM budget b JOIN tenant t ON t.id = b.tenant LEFT JOIN source s ON s.id = b.source WHERE b.id = p_budget
$$;

-- Notes what became of a budget, for the table and for who listens. Kinds of webhooks: 18 a warning, 19 it is used up.
CREATE FUNCTION note_budget(p_budget int, p_kind text, p_spent bigint, p_note text, p_day int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO budget_event (budget, tenant, kind, period_start, spent, amount, note)
    SELECT b.id, b.tenant, p_kind, b.started, p_spent, b.amount, p_note FROM budget b WHERE b.id = p_budget;
    INSERT INTO webhook_event (at, campaign, tenant, source, day, kind, facts)
    SELECT clock_timestamp(), -b.id, b.tenant, coalesce(b.source, c.source), p_day, k.kind,
           json_build_object('budget', b.id, 'scope', CASE WHEN b.campaign IS NOT NULL THEN 'campaign' WHEN b.source IS NOT NULL THEN 'source' ELSE 'tenant' END,
                             'campaign', b.campaign, 'period', b.period, 'amount', b.amount, 'spent', p_spent, 'currency', b.currency,
                             'period_start', CASE WHEN b.period <> 'total' THEN b.started END, 'note', p_note)
      FROM budget b LEFT JOIN campaign c ON c.id = b.campaign
     CROSS JOIN LATERAL (SELECT CASE p_kind WHEN 'warning' THEN 18 WHEN 'held' THEN 19 END) k (kind)
     WHERE b.id = p_budget AND webhooks_wanted(b.tenant, coalesce(b.source, c.source)) >> k.kind & 1 = 1;
END $$;

-- Whoever waits for a budget goes on.
CREATE FUNCTION release_by_budget(p_budget int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign SET budget = NULL, not_before = least(not_before, clock_timestamp()),
           state = CASE WHEN stream THEN state ELSE 'running' END, note = CASE WHEN stream THEN note ELSE '' END,
           expires_at = CASE WHEN NOT stream AND category IN (2, 4)
                        THEN greatest(expires_at, clock_timestamp() + (expires_at - due_at)) ELSE expires_at END
     WHERE budget = p_budget AND (stream OR state = 'held');
    -- What came back from a backup goes on when that is confirmed.
    UPDATE campaign SET budget = NULL, restored_as = CASE WHEN stream THEN restored_as ELSE 'running' END
     WHERE budget = p_budget AND state = 'restored';
    PERFORM pg_notify('herald_work', '');
END $$;

-- Looks at budgets: what is spent, whether that is worth a warning, whether it is used up or no longer. A worker settles
-- its shares with it: it keeps p_held, would like p_more, and could not pay p_need for a message. Together the workers
-- never hold more than is left. Budgets in order, so that two never wait for each other in a circle.
CREATE FUNCTION settle_budgets(p_worker bigint, p_budgets int[], p_held bigint[], p_more bigint[], p_need bigint[])
RETURNS TABLE (budget int, currency text, granted bigint, free bigint, is_held boolean, rates text, news text, note text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    k         record;
    v_alive   boolean;
    v_day     int;
    v_others  bigint;
    v_started date;
    v_note    text;
BEGIN
    PERFORM FROM budget b WHERE b.id = ANY (p_budgets) ORDER BY b.id FOR UPDATE;
    PERFORM FROM worker w WHERE w.id = p_worker FOR KEY SHARE;
    v_alive := FOUND;
    -- First: a part can't be made while rows are being written.
    v_day := (current_day_part('webhook_event')).day;
    FOR k IN
        SELECT b.*, u.held AS keeps, u.more, u.need, s.spent AS now_spent, s.missing AS now_missing, p.first_day, p.ends_at
          FROM unnest(p_budgets, p_held, p_more, p_need) u (id, held, more, need)
          JOIN budget b ON b.id = u.id JOIN tenant t ON t.id = b.tenant JOIN budget_spending(p_budgets) s ON s.budget = b.id
         CROSS JOIN LATERAL budget_period(b.period, t.time_zone, clock_timestamp()) p
         WHERE b.removed_at IS NULL ORDER BY b.id
    LOOP
        budget := k.id;
        currency := k.currency;
        news := '';
        note := '';
        v_started := greatest(k.started, k.first_day);
        IF v_started > k.started THEN k.warned_at := NULL; END IF;
        SELECT coalesce(sum(h.held), 0) INTO v_others FROM budget_share h WHERE h.budget = k.id AND h.worker <> p_worker;
        free := k.amount - k.now_spent - v_others - k.keeps;
        granted := k.keeps + greatest(least(k.more, free), 0);
        free := free - (granted - k.keeps);
        IF v_alive THEN
            INSERT INTO budget_share (budget, worker, held) VALUES (k.id, p_worker, granted)
            ON CONFLICT (budget, worker) DO UPDATE SET held = excluded.held;
        ELSE
            granted := 0;
        END IF;
        UPDATE budget b SET started = v_started, spent = k.now_spent, missing = k.now_missing, looked_at = clock_timestamp(), warned_at = k.warned_at
         WHERE b.id = k.id;

        IF k.now_missing <> '' AND k.missing = '' THEN
            note := format('%s: %s are not counted, because no rate converts them into %s. `herald rate add --from CODE --to %s --rate NUMBER --date %s` adds one.',
                           budget_text(k.id), k.now_missing, k.currency, k.currency, CASE WHEN k.period = 'total' THEN current_date ELSE v_started END);
            news := 'no_rate';
            PERFORM note_budget(k.id, 'no_rate', k.now_spent, note, v_day);
        END IF;
        IF k.warned_at IS NULL AND k.now_spent::numeric * 100 >= k.amount::numeric * k.warn_percent THEN
            note := format('%s: %s%% are used up, %s.', budget_text(k.id), floor(k.now_spent::numeric * 100 / k.amount), money_text(k.now_spent, k.currency));
            news := 'warning';
            UPDATE budget b SET warned_at = clock_timestamp() WHERE b.id = k.id;
            PERFORM note_budget(k.id, 'warning', k.now_spent, note, v_day);
        END IF;
        IF k.held_at IS NULL AND (k.now_spent >= k.amount OR k.need > 0 AND k.amount - k.now_spent < k.need) THEN
            note := format('%s is used up: %s are spent. What belongs to it waits until the budget is raised%s.', budget_text(k.id),
                           money_text(k.now_spent, k.currency),
                           CASE WHEN k.period <> 'total' THEN ' or until ' || to_char(k.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' ELSE '' END);
            news := 'held';
            UPDATE budget b SET held_at = clock_timestamp(), held_need = greatest(k.need, 1) WHERE b.id = k.id RETURNING b.held_at INTO k.held_at;
            PERFORM note_budget(k.id, 'held', k.now_spent, note, v_day);
            PERFORM pg_notify('herald_budgets', '');
        ELSIF k.held_at IS NOT NULL AND k.amount - k.now_spent >= k.held_need AND (k.need = 0 OR k.amount - k.now_spent >= k.need) THEN
            note := format('%s has room again: what waited for it goes on.', budget_text(k.id));
            news := 'released';
            k.held_at := NULL;
            UPDATE budget b SET held_at = NULL WHERE b.id = k.id;
            PERFORM note_budget(k.id, 'released', k.now_spent, note, v_day);
            PERFORM release_by_budget(k.id);
            PERFORM pg_notify('herald_budgets', '');
        END IF;
        is_held := k.held_at IS NOT NULL;
        SELECT coalesce(string_agg(DISTINCT e.from_currency || ':' || (
                   SELECT l.rate FROM exchange_rate l WHERE l.from_currency = e.from_currency AND l.to_currency = k.currency AND l.day <= current_date
                    ORDER BY l.day DESC LIMIT 1), ','), '') INTO rates
          FROM exchange_rate e WHERE e.to_currency = k.currency AND e.day <= current_date;
        RETURN NEXT;
    END LOOP;
END $$;

-- A campaign whose next message a budget can't pay waits for it; a stream is looked at again after a while, because it must
-- stay open for what its source is still let in with. False where the budget has room after all.
CREATE FUNCTION hold_by_budget(p_campaign bigint, p_budget int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_budget budget;
BEGIN
    SELECT * INTO v_budget FROM budget b WHERE b.id = p_budget AND b.held_at IS NOT NULL AND b.removed_at IS NULL FOR SHARE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE campaign c
       SET budget = p_budget,
           state = CASE WHEN c.stream THEN c.state ELSE 'held' END,
           not_before = CASE WHEN c.stream THEN clock_timestamp() + interval '30 seconds' ELSE c.not_before END,
           note = CASE WHEN c.stream THEN c.note ELSE
               'It waits for ' || budget_text(p_budget) || ', which is used up: ' || money_text(v_budget.spent, v_budget.currency)
               || ' are spent. It goes on by itself once the budget is raised (`herald budget set`)'
               || CASE v_budget.period WHEN 'total' THEN '' ELSE ' or the next ' || v_budget.period || ' begins' END
               || '; `herald budget list` shows how it stands.' END
     WHERE c.id = p_campaign AND c.state = 'running';
    RETURN true;
END $$;

GRANT SELECT ON spend, budget, budget_event TO herald_tenant;

-- Price lists: bands of segments (what a segment of a message costs that has at least so many), and no two prices for the
-- same at the same time. One without an end holds until the next begins.
ALTER TABLE price ADD COLUMN segments_from smallint NOT NULL DEFAULT 1 CHECK (segments_from BETWEEN 1 AND 1000);
ALTER TABLE price DROP CONSTRAINT price_provider_channel_prefix_valid_from_key;
ALTER TABLE price ADD UNIQUE (provider, channel, prefix, segments_from, valid_from);

-- Volume tiers: what a unit costs after the first so many of a calendar month (UTC). A price and its tiers belong together by
-- their first day; such a price is a line.
ALTER TABLE price ADD COLUMN volume_after bigint NOT NULL DEFAULT 0 CHECK (volume_after >= 0),
    ADD CHECK (segments_from = 1 OR volume_after = 0);
ALTER TABLE price DROP CONSTRAINT price_provider_channel_prefix_segments_from_valid_from_key;
ALTER TABLE price ADD UNIQUE (provider, channel, prefix, segments_from, volume_after, valid_from);

-- What was booked by lines that have tiers, written with the rows that it counts and folded together later.
CREATE TABLE price_volume_delta (
    month         date NOT NULL,                    -- its first day
    line          int NOT NULL,                     -- the price that the first unit costs
    campaign      bigint NOT NULL,
    country       text NOT NULL,
    currency      text NOT NULL,
    units         bigint NOT NULL,
    cost          bigint NOT NULL,
    message       bigint NOT NULL                   -- one of those that were counted
);
CREATE TABLE price_volume (LIKE price_volume_delta, PRIMARY KEY (month, line, campaign, country, currency));

-- What was corrected at the month's end, in all.
CREATE TABLE price_settlement (
    month         date NOT NULL,
    line          int NOT NULL,
    currency      text NOT NULL,
    units         bigint NOT NULL,
    booked        bigint NOT NULL,                  -- by the tier that held as each window was sent
    due           bigint NOT NULL,                  -- unit by unit
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, line, currency)
);

-- Units that were counted under a price are settled by it: it can end, and another can begin, but it does not change.
CREATE FUNCTION keep_counted_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM price b JOIN (SELECT line FROM price_volume UNION ALL SELECT line FROM price_volume_delta) v ON v.line = b.id
                WHERE b.provider = OLD.provider AND b.channel = OLD.channel AND b.prefix = OLD.prefix AND b.valid_from = OLD.valid_from
                  AND b.segments_from = 1 AND b.volume_after = 0) THEN
        RAISE EXCEPTION 'Messages were counted by price % and its tiers. Add the new one from another day (--from) instead.', OLD.id
            USING ERRCODE = 'HR010';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER price_is_kept BEFORE UPDATE OF micros, currency, prefix, valid_from, volume_after, segments_from ON price FOR EACH ROW
    WHEN (old.micros <> new.micros OR old.currency <> new.currency OR old.prefix <> new.prefix OR old.valid_from <> new.valid_from
          OR old.volume_after <> new.volume_after OR old.segments_from <> new.segments_from)
    EXECUTE FUNCTION keep_counted_price();
CREATE TRIGGER price_stays BEFORE DELETE ON price FOR EACH ROW EXECUTE FUNCTION keep_counted_price();

CREATE FUNCTION fold_price_volumes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('herald price volumes')) THEN RETURN 0; END IF;
    WITH d AS (
        DELETE FROM price_volume_delta RETURNING *
    ), stored AS (
        INSERT INTO price_volume AS v (month, line, campaign, country, currency, units, cost, message)
        SELECT month, line, campaign, country, currency, sum(units), sum(cost), max(message) FROM d GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (month, line, campaign, country, currency) DO UPDATE
        SET units = v.units + excluded.units, cost = v.cost + excluded.cost, message = excluded.message
    )
    SELECT count(*) INTO v_rows FROM d;
    RETURN v_rows;
END $$;

-- How many units of this month went by each line, or by one for the same before it.
CREATE FUNCTION month_volumes(p_month date) RETURNS TABLE (provider int, channel smallint, prefix text, units bigint) LANGUAGE sql STABLE AS $$
    SELECT p.provider, p.channel, p.prefix, sum(v.units)::bigint
      FROM (SELECT line, units FROM price_volume WHERE month = p_month
            UNION ALL SELECT line, units FROM price_volume_delta WHERE month = p_month) v
      JOIN price p ON p.id = v.line GROUP BY 1, 2, 3
$$;

-- Brings what was booked in a month to what its units cost one by one: a further row of the ledger for each campaign and
-- country, of the cost alone, counted in the rollups as it is booked. Called again it finds nothing, or what came in since.
CREATE FUNCTION settle_tiers(p_month date)
RETURNS TABLE (line int, currency text, units bigint, booked bigint, due bigint, correction bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    k         record;
    g         record;
    v_before  bigint := 0;
    v_group   text := '';
    v_done    bigint;
    v_given   bigint;
    v_counted bigint;
    v_part    bigint;
    v_now     timestamptz := clock_timestamp();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald price volumes'));
    PERFORM fold_price_volumes();
    FOR k IN
        SELECT p.id, p.provider, p.channel, p.prefix, p.valid_from, v.currency, sum(v.units)::bigint AS units, sum(v.cost)::bigint AS cost
          FROM price_volume v JOIN price p ON p.id = v.line WHERE v.month = p_month
         GROUP BY p.id, p.provider, p.channel, p.prefix, p.valid_from, v.currency ORDER BY p.provider, p.channel, p.prefix, p.valid_from, p.id
    LOOP
        -- Units of a line come after those of the lines before it.
        IF v_group <> format('%s/%s/%s', k.provider, k.channel, k.prefix) THEN
            v_group := format('%s/%s/%s', k.provider, k.channel, k.prefix);
            v_before := 0;
        END IF;
        IF NOT EXISTS (SELECT FROM price p WHERE p.id = k.id AND p.currency = k.currency) THEN
            RAISE EXCEPTION 'Price % was in % when it was booked and is not now. Nothing was settled; set its currency back, or add the new price from another day.', k.id, k.currency
                USING ERRCODE = 'HR009';
        END IF;
        SELECT coalesce(sum(t.micros * greatest(least(v_before + k.units, t.until) - greatest(v_before, t.volume_after), 0)), 0)::bigint INTO due
          FROM (SELECT p.micros, p.volume_after, coalesce(lead(p.volume_after) OVER (ORDER BY p.volume_after), 9223372036854775807) AS until
                  FROM price p WHERE p.provider = k.provider AND p.channel = k.channel AND p.prefix = k.prefix
                   AND p.segments_from = 1 AND p.valid_from = k.valid_from AND p.currency = k.currency) t;
        v_before := v_before + k.units;
        SELECT coalesce(sum(s.due - s.booked), 0) INTO v_done FROM price_settlement s WHERE s.month = p_month AND s.line = k.id AND s.currency = k.currency;
        line := k.id;
        currency := k.currency;
        units := k.units;
        booked := k.cost;
        correction := due - k.cost - v_done;
        IF correction <> 0 THEN
            v_given := 0;
            v_counted := 0;
            FOR g IN SELECT v.* FROM price_volume v WHERE v.month = p_month AND v.line = k.id AND v.currency = k.currency ORDER BY v.campaign, v.country LOOP
                v_counted := v_counted + g.units;
                v_part := div(correction::numeric * v_counted, k.units)::bigint - v_given;
                v_given := v_given + v_part;
                CONTINUE WHEN v_part = 0;
                WITH written AS (
                    INSERT INTO ledger (message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments,
                                        state, final, was, country, currency, reason, reference, recipient, channel)
                    SELECT l.message, v_now, v_part, l.search, 0, l.campaign, l.slice, l.tenant, l.provider, 0, 0, l.state, false, -1,
                           l.country, g.currency, 'volume_tier', '', l.recipient, l.channel
                      FROM ledger l WHERE l.message = g.message AND l.slice >= (SELECT c.first_slice FROM campaign c WHERE c.id = g.campaign) AND l.provider = k.provider AND l.channel = k.channel AND l.was = 0 AND l.cost > 0
                     LIMIT 1
                    RETURNING *
                )
                INSERT INTO rollup_delta
                SELECT report_bucket(at), campaign, provider, state, country, currency, 0, 0, 0, cost, channel FROM written;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'Message %, for which the correction of campaign % stands, is no longer in the ledger. Nothing was settled.', g.message, g.campaign
                        USING ERRCODE = 'HR008';
                END IF;
            END LOOP;
        END IF;
        INSERT INTO price_settlement AS s (month, line, currency, units, booked, due) VALUES (p_month, k.id, k.currency, k.units, k.cost, due)
        ON CONFLICT (month, line, currency) DO UPDATE SET units = excluded.units, booked = excluded.booked, due = excluded.due, at = excluded.at;
        RETURN NEXT;
    END LOOP;
END $$;

-- With the columns that came here.
DROP TRIGGER price_is_audited ON price;
SELECT audit_table('price', 'price', 'id');
SELECT audit_table('budget', 'budget', 'id', '', 'started,spent,looked_at,warned_at,held_at,held_need,missing');
