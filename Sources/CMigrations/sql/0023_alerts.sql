-- Who watches the rates: rules, what they found, and what they look at beside the rollups.

-- A source that is paused sends nothing new, by the API or by a person's command. Critical messages and one-time passwords
-- go on unless it was said that they don't.
ALTER TABLE source
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_by text NOT NULL DEFAULT '',
    ADD COLUMN pause_includes_critical boolean NOT NULL DEFAULT false,
    ADD CHECK ((paused_at IS NULL) = (paused_by = '')),
    ADD CHECK (paused_at IS NOT NULL OR NOT pause_includes_critical);

-- What counts as trouble. Of the rules that say something of the same measure, direction and kind of subject the most
-- specific decides: its source's, then its tenant's, then one for all.
CREATE TABLE alert_rule (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tenant        int REFERENCES tenant,            -- null: for every tenant
    source        int,
    measure       text NOT NULL CHECK (measure IN ('volume', 'cost', 'failure', 'delivery', 'latency')),
    dimension     text NOT NULL CHECK (dimension IN ('tenant', 'source', 'country', 'prefix', 'provider')),
    direction     text NOT NULL CHECK (direction IN ('rise', 'fall')),
    threshold     bigint NOT NULL CHECK (threshold > 0),  -- millionths: how many times as much, or which part of all
    min_count     bigint NOT NULL CHECK (min_count > 0),
    pauses        boolean NOT NULL DEFAULT false,
    includes_critical boolean NOT NULL DEFAULT false,
    muted         boolean NOT NULL DEFAULT false,   -- says only that nobody is to be told
    created_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (source, tenant) REFERENCES source (id, tenant),
    CHECK (source IS NULL OR tenant IS NOT NULL),
    CHECK (NOT pauses OR dimension IN ('source', 'country', 'prefix')),
    CHECK (NOT includes_critical OR pauses)
);
CREATE UNIQUE INDEX alert_rule_fits ON alert_rule (coalesce(tenant, 0), coalesce(source, 0), measure, dimension, direction);

INSERT INTO alert_rule (name, measure, dimension, direction, threshold, min_count) VALUES
    ('volume-spike',    'volume',   'source',   'rise', 3000000, 200),
    ('country-spike',   'volume',   'country',  'rise', 4000000, 100),
    ('prefix-spike',    'volume',   'prefix',   'rise', 5000000,  50),
    ('cost-spike',      'cost',     'source',   'rise', 3000000, 200),
    ('silence',         'volume',   'source',   'fall', 5000000, 200),
    ('failures',        'failure',  'provider', 'rise',  100000, 100),
    ('source-failures', 'failure',  'source',   'rise',  200000, 100),
    ('deliveries',      'delivery', 'provider', 'fall',  100000, 100),
    ('slow',            'latency',  'provider', 'rise', 3000000,  10);

-- One trouble is one row, from when it was first seen until it was gone for a while. Numbers are messages, millionths of
-- the currency's unit, millionths of all, or microseconds. `subject` names what it is about for the machine.
CREATE TABLE alert (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule          int NOT NULL,                     -- which may be gone by now
    rule_name     text NOT NULL,
    tenant        int,                              -- null: of the installation
    source        int,
    provider      int,
    country       text NOT NULL DEFAULT '',
    prefix        text NOT NULL DEFAULT '',
    currency      text NOT NULL DEFAULT '',
    subject       text NOT NULL,
    measure       text NOT NULL,
    dimension     text NOT NULL,
    direction     text NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    opened_at     timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,             -- the last look that still found it
    closed_at     timestamptz,
    spell         text NOT NULL,                    -- the time that was looked at: the running quarter of an hour, …
    value         bigint NOT NULL,                  -- at the last look that found it
    worst         bigint NOT NULL,
    usual         bigint NOT NULL,
    weeks         int NOT NULL,                     -- that the usual rests on
    part_of       bigint,                           -- the alert that told of the same trouble before
    paused        boolean NOT NULL DEFAULT false,   -- the source was paused for it
    acknowledged_at timestamptz,
    acknowledged_by text NOT NULL DEFAULT '',
    told          smallint NOT NULL DEFAULT 0,      -- the operator: 1 of its beginning, 2 of its end
    tell_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by = ''))
);
CREATE UNIQUE INDEX alert_open ON alert (rule, subject) WHERE state = 'open';
CREATE INDEX alert_unclosed ON alert (measure) WHERE state = 'open';
CREATE INDEX alert_tenant ON alert (tenant, id);
CREATE INDEX alert_untold ON alert (tell_at) WHERE told < 2;
GRANT SELECT ON alert TO herald_tenant;

-- How many messages of the API went to each range of numbers in each quarter of an hour, counted by the processes that
-- accepted them, which bring it in once a minute: ranges with a handful are left out. No number is in it, only its beginning.
CREATE TABLE prefix_count (
    quarter       timestamptz NOT NULL,
    tenant        int NOT NULL,
    source        int NOT NULL,
    prefix        text NOT NULL,
    country       text NOT NULL,
    messages      bigint NOT NULL,
    PRIMARY KEY (quarter, source, prefix)
) WITH (fillfactor = 70);

-- How fast providers answered: what the processes see of them at each look, added up by the hour.
CREATE TABLE provider_hour (
    hour          timestamptz NOT NULL,
    provider      int NOT NULL,
    looks         bigint NOT NULL,
    p50_us        bigint NOT NULL,                  -- the sum over the looks
    PRIMARY KEY (hour, provider)
) WITH (fillfactor = 50);

-- What all processes took in and sent in each minute.
CREATE TABLE minute_rate (
    minute        timestamptz PRIMARY KEY,
    accepted      bigint NOT NULL,
    sent          bigint NOT NULL,
    ended         bigint NOT NULL
) WITH (fillfactor = 50);

-- When what is done by the clock was last done.
CREATE TABLE last_run (
    what          text PRIMARY KEY,                 -- report daily, backup
    at            timestamptz NOT NULL,
    detail        text NOT NULL,
    folder        text NOT NULL
);

-- One process at a time looks, and no more often than once in a while.
CREATE TABLE watch_state (
    only_one      boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    looked_at     timestamptz NOT NULL DEFAULT '-infinity',
    took_us       bigint NOT NULL DEFAULT 0,
    judged        bigint NOT NULL DEFAULT 0,        -- series that there was enough history for
    silent        bigint NOT NULL DEFAULT 0,        -- and those for which there was not
    note          text NOT NULL DEFAULT ''          -- why the last look failed
);
INSERT INTO watch_state DEFAULT VALUES;

SELECT audit_table('alert_rule', 'alert_rule', 'name');
-- With the columns that came here.
DROP TRIGGER source_is_audited ON source;
SELECT audit_table('source', 'source', 'name');
