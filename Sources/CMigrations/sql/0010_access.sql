-- Who may ask for what: keys of source systems, what they may send, how much, and what administrators changed.

-- So that what names a source can't name another tenant's.
ALTER TABLE source ADD UNIQUE (id, tenant);

CREATE TABLE api_key (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        int NOT NULL,
    source        int NOT NULL,
    public_id     text NOT NULL UNIQUE CHECK (public_id ~ '^[0-9A-Za-z]{10}$'),
    is_test       boolean NOT NULL,                 -- checks everything, sends nothing
    secret        bytea NOT NULL CHECK (octet_length(secret) = 32),        -- SHA-256 of the whole key
    former_secret bytea CHECK (octet_length(former_secret) = 32),          -- the one before, while it still holds
    former_until  timestamptz,
    scopes        text[] NOT NULL CHECK (cardinality(scopes) > 0),
    networks      cidr[] NOT NULL DEFAULT '{}',     -- empty: from anywhere
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    revoked_at    timestamptz,
    last_used_at  timestamptz,                      -- to the minute
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    CHECK ((former_secret IS NULL) = (former_until IS NULL))
);
CREATE INDEX api_key_tenant ON api_key (tenant);

-- What a source may send: any of its uses that holds as a whole. An empty list is no condition. A source without any
-- use may send what its keys' scopes say, by templates.
CREATE TABLE permitted_use (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant        int NOT NULL,
    source        int NOT NULL,
    categories    smallint[] NOT NULL DEFAULT '{}',
    channels      smallint[] NOT NULL DEFAULT '{}',
    priorities    smallint[] NOT NULL DEFAULT '{}',
    templates     text[] NOT NULL DEFAULT '{}',
    countries     text[] NOT NULL DEFAULT '{}',
    allows_raw    boolean NOT NULL DEFAULT false,   -- texts that are no template's
    created_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    UNIQUE (source, categories, channels, priorities, templates, countries, allows_raw)
);

-- How much it may have accepted, in recipients. Rates are millionths of one a second.
CREATE TABLE source_limit (
    source        int PRIMARY KEY,
    tenant        int NOT NULL,
    rate          bigint CHECK (rate > 0),
    burst         bigint CHECK (burst > 0),         -- recipients, in millionths too
    critical_rate bigint CHECK (critical_rate > 0),
    critical_burst bigint CHECK (critical_burst > 0),
    per_hour      bigint CHECK (per_hour > 0),
    per_day       bigint CHECK (per_day > 0),
    per_month     bigint CHECK (per_month > 0),
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    CHECK ((rate IS NULL) = (burst IS NULL)),
    CHECK ((critical_rate IS NULL) = (critical_burst IS NULL))
);

-- Sources' rates are shared by the processes as the providers' are.
COMMENT ON COLUMN provider_limit.provider IS
    'An account; below zero a source, whose limit for critical messages stands under the destination ZZ.';

-- What of a quota is given out: processes take some in advance and bring back what they did not need.
CREATE TABLE source_quota (
    source        int NOT NULL,
    period        text NOT NULL CHECK (period IN ('hour', 'day', 'month')),
    started       bigint NOT NULL,                  -- the period's beginning, in seconds since 1970
    used          bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (source, period)
) WITH (fillfactor = 50);

-- For each quota: brings back what was left of what was taken when the period began at p_since, and takes p_least and
-- up to p_ahead more; nothing where p_least is not there. A period ends by the database's clock and never begins
-- anew because that was set back. In order, so that two never wait for each other in a circle.
CREATE FUNCTION take_quota(p_sources bigint[], p_periods text[], p_limits bigint[], p_least bigint[], p_ahead bigint[],
                           p_back bigint[], p_since bigint[])
RETURNS TABLE (source int, period text, started bigint, ends_in bigint, used bigint, granted bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    k      record;
    v_now  timestamptz := clock_timestamp();
    v_from timestamptz;
    v_free bigint;
BEGIN
    FOR k IN SELECT p.source::int, p.period, p.most, p.least, p.ahead, p.back, p.since
               FROM unnest(p_sources, p_periods, p_limits, p_least, p_ahead, p_back, p_since)
                    AS p(source, period, most, least, ahead, back, since)
              ORDER BY 1, 2
    LOOP
        v_from := date_trunc(k.period, v_now, 'UTC');
        INSERT INTO source_quota AS q (source, period, started, used)
        VALUES (k.source, k.period, extract(epoch FROM v_from)::bigint, 0)
        ON CONFLICT (source, period) DO UPDATE
        SET used = CASE WHEN excluded.started > q.started THEN 0
                        WHEN q.started = k.since THEN greatest(q.used - k.back, 0) ELSE q.used END,
            started = greatest(q.started, excluded.started)
        RETURNING q.started, q.used INTO started, used;
        v_free := greatest(k.most - used, 0);
        granted := CASE WHEN v_free >= k.least THEN least(v_free, k.least + k.ahead) ELSE 0 END;
        IF granted > 0 THEN
            UPDATE source_quota q SET used = q.used + granted WHERE q.source = k.source AND q.period = k.period;
            used := used + granted;
        END IF;
        source := k.source;
        period := k.period;
        ends_in := greatest(ceil(extract(epoch FROM
            date_trunc(k.period, greatest(to_timestamp(started), v_from), 'UTC') + ('1 ' || k.period)::interval - v_now))::bigint, 1);
        RETURN NEXT;
    END LOOP;
END $$;

-- What people and keys changed, and what was refused. Rows are only ever added.
CREATE TABLE admin_audit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant        int,                              -- null: of the installation
    actor         text NOT NULL,                    -- a key by its public name, or a user of the machine
    origin        text NOT NULL DEFAULT '',         -- the client's address, or the command line
    action        text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    subject       text NOT NULL,
    before        jsonb,
    after         jsonb
);
CREATE INDEX admin_audit_tenant ON admin_audit (tenant, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Entries of % are never changed and never removed.', TG_TABLE_NAME USING ERRCODE = 'HR004';
END $$;
CREATE TRIGGER admin_audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Row-level security, under what the program checks: a transaction that runs for one tenant takes the role
-- herald_tenant, which sees and writes that tenant's rows alone. The owner's own work is not touched by any of it, so
-- nothing on the way of a message pays for it. Roles belong to the whole server: another installation, or a test
-- beside this one, may make it at the same moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'herald_tenant') THEN
        BEGIN
            CREATE ROLE herald_tenant NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'herald_tenant' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)) THEN
        RAISE insufficient_privilege;
    END IF;
    IF NOT pg_has_role(current_user, 'herald_tenant', 'MEMBER') THEN
        EXECUTE format('GRANT herald_tenant TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'Herald keeps tenants apart by a role, and the database user % may not make it. Have an administrator run once: CREATE ROLE herald_tenant NOLOGIN; ALTER ROLE herald_tenant NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; GRANT herald_tenant TO %; (without CREATE ROLE where it is there). Then start Herald again.', current_user, quote_ident(current_user)
        USING ERRCODE = 'HR003';
END $$;

-- No temporary tables for it, and no way to another tenant out of an expression: as a statement SET can't be part of
-- a query, set_config can. Where the owner is no superuser the latter stays open.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), current_user);
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
    END IF;
END $$;

CREATE FUNCTION current_tenant() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('herald.tenant', true), '')::int $$;

-- Gives every table with a tenant column the policy that only that tenant's rows are seen and written. Runs after
-- each migration, so that none can forget it. What the role may do at all with a new table, its migration grants.
CREATE FUNCTION protect_tenant_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'own_rows')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %s TO herald_tenant USING (tenant = current_tenant()) WITH CHECK (tenant = current_tenant())', v_table);
    END LOOP;
END $$;

-- What belongs to everybody can be read by everybody.
CREATE POLICY shared_rows ON route FOR SELECT TO herald_tenant USING (tenant IS NULL);
CREATE POLICY shared_rows ON sender FOR SELECT TO herald_tenant USING (tenant IS NULL);
CREATE POLICY shared_rows ON deny FOR SELECT TO herald_tenant USING (tenant IS NULL);

-- An account is seen by those who may send through it. As its owner, who sees the others' grants too.
CREATE FUNCTION tenant_may_use(p_provider int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (SELECT FROM provider p WHERE p.id = p_provider
       AND (p.tenant = current_tenant()
            OR EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id AND g.tenant = current_tenant())
            OR p.tenant IS NULL AND NOT EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id)))
$$;
CREATE POLICY usable_accounts ON provider FOR SELECT TO herald_tenant USING (tenant_may_use(id));

-- Tables without the column, by what they belong to.
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tenant TO herald_tenant USING (id = current_tenant());
ALTER TABLE price ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON price TO herald_tenant USING (tenant_may_use(provider));
ALTER TABLE route_prefix ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON route_prefix TO herald_tenant USING (route IN (SELECT id FROM route));
ALTER TABLE shard_body ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON shard_body TO herald_tenant USING (campaign IN (SELECT id FROM campaign));
ALTER TABLE rollup ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON rollup TO herald_tenant USING (campaign IN (SELECT id FROM campaign));
ALTER TABLE rollup_delta ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON rollup_delta TO herald_tenant USING (campaign IN (SELECT id FROM campaign));
ALTER TABLE call_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON call_log TO herald_tenant USING (campaign IN (SELECT id FROM campaign));
ALTER TABLE reference_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON reference_part TO herald_tenant USING (message >> 35 IN (SELECT id FROM campaign));
ALTER TABLE source_quota ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON source_quota TO herald_tenant USING (source IN (SELECT id FROM source));

GRANT SELECT (id, name, tier, region, time_zone, created_at, removed_at) ON tenant TO herald_tenant;
GRANT SELECT (id, name, kind, tenant, out_since, created_at, removed_at) ON provider TO herald_tenant;
GRANT SELECT (id, tenant, source, public_id, is_test, former_until, scopes, networks, created_at, expires_at, revoked_at, last_used_at)
   ON api_key TO herald_tenant;
GRANT SELECT ON source, template, provider_grant, route, route_prefix, sender, price, suppression, deny, campaign, shard,
    shard_body, ledger, ledger_slice, late_outcome, rollup, rollup_delta, call_log, reference_part, soft_bounce, dead_letter,
    message_note, permitted_use, source_limit, source_quota, admin_audit TO herald_tenant;
GRANT INSERT (tenant, name), UPDATE (removed_at) ON source TO herald_tenant;
GRANT INSERT (tenant, name, version, channel, content), UPDATE (removed_at) ON template TO herald_tenant;
GRANT INSERT, UPDATE, DELETE ON suppression TO herald_tenant;
GRANT INSERT (tenant, hash), SELECT ON policy_change TO herald_tenant;
GRANT INSERT (tenant, kind, value, note), DELETE ON deny TO herald_tenant;
GRANT INSERT (tenant, actor, origin, action, subject, before, after) ON admin_audit TO herald_tenant;
