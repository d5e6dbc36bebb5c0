-- The API's handlers run as the tenant whose key asked: what they change, the tenants' role may change. Secrets of keys,
-- accounts and webhooks it can write where it makes them and never read.

-- First of all what takes longest to get: nobody is shut out of the rest while a long export is waited for.
LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE;

GRANT SELECT (sealed_key) ON tenant TO herald_tenant;        -- its own, under a key that is not in the database
GRANT INSERT (cost_centre) ON source TO herald_tenant;
GRANT INSERT (tenant, source, public_id, is_test, secret, scopes, networks, expires_at),
      UPDATE (revoked_at, former_secret, former_until) ON api_key TO herald_tenant;
GRANT INSERT (tenant, source, categories, channels, priorities, templates, countries, allows_raw), DELETE ON permitted_use TO herald_tenant;
GRANT INSERT, UPDATE (rate, burst, critical_rate, critical_burst, per_hour, per_day, per_month), DELETE ON source_limit TO herald_tenant;
GRANT SELECT, INSERT, UPDATE (keys, horizon, bits) ON suppression_filter TO herald_tenant;
GRANT INSERT, UPDATE (providers, weights, choice, sender, alternates, wait_seconds, enabled, targets), DELETE ON route TO herald_tenant;
GRANT INSERT, UPDATE (route), DELETE ON route_prefix TO herald_tenant;
GRANT INSERT (id, tenant, source, template, name, channel, category, priority, state, due_at, overdue_limit, expires_at, resend_of,
              fingerprint, columns, dedupe, recipients, rejected, duplicates, rejected_by, first_slice, started_at, finished_at,
              created_at, draft),
      UPDATE (state, note, draft, due_at, expires_at, started_at) ON campaign TO herald_tenant;
GRANT USAGE ON SEQUENCE campaign_number TO herald_tenant;
GRANT INSERT (id, campaign, tenant, tier, priority, due_at, body, ids, items, skip, n) ON shard TO herald_tenant;
GRANT UPDATE (state, replay, settled_at) ON dead_letter TO herald_tenant;
GRANT SELECT, INSERT ON idempotency TO herald_tenant;
GRANT INSERT (tenant, source, url, events, label, secret),
      UPDATE (state, disabled_at, failing_since, failures, rest_until, note), DELETE ON webhook_endpoint TO herald_tenant;
GRANT INSERT, UPDATE (state, attempts, due_at, queued_at), DELETE ON webhook_delivery TO herald_tenant;
GRANT UPDATE (acknowledged_at, acknowledged_by) ON alert TO herald_tenant;
GRANT SELECT ON exchange_rate TO herald_tenant;              -- the same for everybody

-- The prefixes of everybody's rules can be read, and changed by nobody but the owner.
ALTER POLICY own_rows ON route_prefix
    USING (EXISTS (SELECT FROM route r WHERE r.id = route_prefix.route AND r.tenant = current_tenant()));
CREATE POLICY shared_rows ON route_prefix FOR SELECT TO herald_tenant
    USING (EXISTS (SELECT FROM route r WHERE r.id = route_prefix.route AND r.tenant IS NULL));

-- What belongs to a campaign. One row is looked up by its campaign; a list of all campaigns of the tenant, which may be
-- a hundred thousand streams, is made only where that is the lesser work.
ALTER POLICY own_rows ON shard_body USING (EXISTS (SELECT FROM campaign c WHERE c.id = shard_body.campaign));
ALTER POLICY own_rows ON rollup USING (EXISTS (SELECT FROM campaign c WHERE c.id = rollup.campaign));
ALTER POLICY own_rows ON rollup_delta USING (EXISTS (SELECT FROM campaign c WHERE c.id = rollup_delta.campaign));
ALTER POLICY own_rows ON receipt_rollup USING (EXISTS (SELECT FROM campaign c WHERE c.id = receipt_rollup.campaign));
ALTER POLICY own_rows ON call_log USING (EXISTS (SELECT FROM campaign c WHERE c.id = call_log.campaign));
ALTER POLICY own_rows ON reference_part USING (EXISTS (SELECT FROM campaign c WHERE c.id = reference_part.message >> 35));

-- In the ledger the tenant is asked for once a statement, not once a row.
ALTER POLICY own_rows ON ledger USING (tenant = (SELECT current_tenant())) WITH CHECK (tenant = (SELECT current_tenant()));

-- Searches read the slices themselves, so each keeps tenants apart as the ledger does.
CREATE FUNCTION protect_ledger_slice(p_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_name);
    EXECUTE format('CREATE POLICY own_rows ON %I FOR SELECT TO herald_tenant USING (tenant = (SELECT current_tenant()))', p_name);
    EXECUTE format('GRANT SELECT ON %I TO herald_tenant', p_name);
END $$;

-- As before, and protected.
CREATE OR REPLACE FUNCTION make_ledger_slice(p_salt bytea) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_number int;
    v_name   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('herald ledger slice'));
    SELECT coalesce(max(number), 0) + 1 INTO v_number FROM ledger_slice;
    v_name := format('ledger_%s', lpad(v_number::text, 6, '0'));
    EXECUTE format('CREATE TABLE %I (LIKE ledger, CHECK (slice = %s))', v_name, v_number);
    EXECUTE format('CREATE INDEX ON %I USING brin (message int8_minmax_multi_ops, search int8_bloom_ops (n_distinct_per_range = -0.2), reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)', v_name);
    EXECUTE format('CREATE INDEX ON %I USING brin (at) WITH (pages_per_range = 32)', v_name);
    -- What went wrong is asked for by campaign and is few rows among many: without this, a campaign's end reads it all.
    EXECUTE format('CREATE INDEX ON %I (message) INCLUDE (state, reason) WHERE reason <> ''''', v_name);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES IN (%s)', v_name, v_number);
    PERFORM protect_ledger_slice(v_name);
    INSERT INTO ledger_slice (number, salt, state) VALUES (v_number, p_salt, 'ahead');
    RETURN v_number;
END $$;

DO $$
DECLARE
    v_number int;
BEGIN
    FOR v_number IN SELECT number FROM ledger_slice LOOP
        PERFORM protect_ledger_slice('ledger_' || lpad(v_number::text, 6, '0'));
    END LOOP;
END $$;

-- What workers hold of a budget is read with it.
ALTER TABLE budget_share ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON budget_share FOR SELECT TO herald_tenant USING (EXISTS (SELECT FROM budget b WHERE b.id = budget_share.budget));
GRANT SELECT ON budget_share TO herald_tenant;

-- Which slices are files is no secret; whose rows are in them is.
ALTER TABLE ledger_archive_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON ledger_archive_count FOR SELECT TO herald_tenant USING (EXISTS (SELECT FROM campaign c WHERE c.id = ledger_archive_count.campaign));
ALTER TABLE ledger_archive_reason ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON ledger_archive_reason FOR SELECT TO herald_tenant USING (tenant_of = (SELECT current_tenant()));
GRANT SELECT ON ledger_archive, ledger_archive_count, ledger_archive_reason TO herald_tenant;

-- Webhooks that waited when the backup was taken, the lost Herald may have told after it: they wait for the same person.
-- What happens from now on is told at once.
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_state_check;
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_state_check CHECK (state IN ('waiting', 'given up', 'restored'));
CREATE INDEX webhook_delivery_restored ON webhook_delivery (endpoint) WHERE state = 'restored';

CREATE OR REPLACE FUNCTION hold_restored(p_backup_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shard SET state = 'ready', worker = NULL WHERE state = 'taken';
    DELETE FROM worker;
    UPDATE campaign SET restored_as = state, state = 'restored' WHERE state IN ('scheduled', 'held', 'running', 'paused');
    UPDATE webhook_delivery SET state = 'restored' WHERE state = 'waiting';
    PERFORM setval('campaign_number', (SELECT last_value FROM campaign_number) + 1000000);
    -- Transactions are numbered from the beginning in another server: what was noted by number would hide opt-outs that
    -- come from now on. Workers load everything at their start.
    DELETE FROM suppression_filter;
    DELETE FROM policy_change;
    UPDATE policy_pruned SET horizon = '0';
    INSERT INTO restoration (backup_at) VALUES (p_backup_at);
END $$;

CREATE OR REPLACE FUNCTION confirm_restored(p_until timestamptz, p_unsent bigint[], p_cancel bigint[], p_cancel_all bool)
RETURNS TABLE (campaigns bigint, cancelled bigint, doubted bigint) LANGUAGE plpgsql AS $$
BEGIN
    WITH opened AS (
        UPDATE shard s SET opened = s.n
          FROM (SELECT s.id, s.opened FROM campaign c JOIN shard s ON s.campaign = c.id
                 WHERE c.state = 'restored' AND c.id <> ALL (p_unsent) AND s.state = 'ready' AND s.opened < s.n AND s.due_at <= p_until
                   AND p_until > (SELECT max(backup_at) FROM restoration)) o
         WHERE s.id = o.id RETURNING s.n - o.opened AS messages
    )
    SELECT coalesce(sum(messages), 0) INTO doubted FROM opened;
    WITH freed AS (
        UPDATE campaign c SET restored_as = NULL,
               state = CASE WHEN p_cancel_all OR c.id = ANY (p_cancel) THEN 'cancelling' ELSE c.restored_as END
         WHERE c.state = 'restored' RETURNING c.state
    )
    SELECT count(*), count(*) FILTER (WHERE state = 'cancelling') INTO campaigns, cancelled FROM freed;
    UPDATE webhook_delivery SET state = 'waiting', due_at = clock_timestamp() WHERE state = 'restored';
    UPDATE restoration SET confirmed_at = clock_timestamp() WHERE confirmed_at IS NULL;
    NOTIFY herald_work;
    RETURN NEXT;
END $$;
