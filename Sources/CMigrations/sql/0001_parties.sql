-- Who sends: tenants, their source systems, templates, and the providers and routes they send through.

CREATE TABLE tenant (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tier        text NOT NULL DEFAULT 'paid' CHECK (tier IN ('enterprise', 'paid', 'free')),
    region      text NOT NULL DEFAULT '' CHECK (region ~ '^([A-Z]{2})?$'),
    time_zone   text NOT NULL DEFAULT 'UTC',
    sealed_key  bytea NOT NULL,                     -- the tenant's key, wrapped by the master key
    created_at  timestamptz NOT NULL DEFAULT now(),
    removed_at  timestamptz
);
CREATE UNIQUE INDEX tenant_name ON tenant (name) WHERE removed_at IS NULL;

CREATE TABLE source (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int NOT NULL REFERENCES tenant,
    name        text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    removed_at  timestamptz
);
CREATE UNIQUE INDEX source_name ON source (tenant, name) WHERE removed_at IS NULL;

-- A version is never changed: a campaign names the version it was checked with.
CREATE TABLE template (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int NOT NULL REFERENCES tenant,
    name        text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    version     int NOT NULL CHECK (version > 0),
    channel     smallint NOT NULL,
    content     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    removed_at  timestamptz,
    UNIQUE (tenant, name, version)
);

CREATE TABLE provider (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    kind        text NOT NULL,
    tenant      int REFERENCES tenant,              -- null: shared by all
    sealed_settings bytea NOT NULL,                 -- credentials included
    out_since   timestamptz,                        -- taken out by a person
    created_at  timestamptz NOT NULL DEFAULT now(),
    removed_at  timestamptz
);
CREATE UNIQUE INDEX provider_name ON provider (name) WHERE removed_at IS NULL;

-- Who may send through an account beside its owner. An account without owner and without grants is open to all; without
-- owner and with grants it is open to those alone.
CREATE TABLE provider_grant (
    provider    int NOT NULL REFERENCES provider,
    tenant      int NOT NULL REFERENCES tenant,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, tenant)
);

-- Routing rules. A condition that is null or empty holds for every message; among the rules that hold the lowest place
-- decides, then what RouteTable says.
CREATE TABLE route (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int REFERENCES tenant,              -- null: for every tenant
    channel     smallint,
    categories  smallint[] NOT NULL DEFAULT '{}',
    priorities  smallint[] NOT NULL DEFAULT '{}',
    sources     int[] NOT NULL DEFAULT '{}',
    countries   text[] NOT NULL DEFAULT '{}',
    domains     text[] NOT NULL DEFAULT '{}',
    has_prefixes boolean NOT NULL DEFAULT false,    -- for the numbers in route_prefix alone
    place       int NOT NULL DEFAULT 100 CHECK (place BETWEEN 0 AND 1000000),
    providers   int[] NOT NULL CHECK (cardinality(providers) BETWEEN 1 AND 16),
    weights     int[] NOT NULL,
    choice      text NOT NULL DEFAULT 'order' CHECK (choice IN ('order', 'weight', 'cheapest', 'healthiest')),
    sender      text NOT NULL DEFAULT '',           -- empty: the table sender decides
    alternates  smallint[] NOT NULL DEFAULT '{}',   -- channels that follow where no receipt comes
    wait_seconds int NOT NULL DEFAULT 60 CHECK (wait_seconds > 0),
    enabled     boolean NOT NULL DEFAULT true,
    -- Digests: of all conditions but the prefixes, with the place; and of where the messages go.
    conditions  uuid NOT NULL,
    targets     uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (cardinality(weights) = cardinality(providers)),
    UNIQUE (id, conditions)
);
-- The same conditions lead one way, so that a rule that is added again replaces the one before.
CREATE UNIQUE INDEX route_conditions ON route (conditions) WHERE NOT has_prefixes;
-- Prefixes that go the same way share a rule.
CREATE UNIQUE INDEX route_targets ON route (conditions, targets, enabled) WHERE has_prefixes;

CREATE TABLE route_prefix (
    conditions  uuid NOT NULL,
    prefix      text NOT NULL CHECK (prefix ~ '^[0-9]{1,15}$'),
    route       int NOT NULL,
    PRIMARY KEY (conditions, prefix),
    FOREIGN KEY (route, conditions) REFERENCES route (id, conditions) ON DELETE CASCADE
);
CREATE INDEX route_prefix_route ON route_prefix (route);

-- What is shown as the sender; the most specific wins.
CREATE TABLE sender (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int REFERENCES tenant,              -- null: for every tenant
    channel     smallint NOT NULL,
    country     text NOT NULL DEFAULT '' CHECK (country ~ '^([A-Z]{2})?$'),
    provider    int REFERENCES provider,            -- null: with every provider
    value       text NOT NULL CHECK (value <> ''),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX sender_fits ON sender (coalesce(tenant, 0), channel, country, coalesce(provider, 0));

-- What a segment (sms) or a message costs. The longest prefix that is valid on the day wins.
CREATE TABLE price (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider    int NOT NULL REFERENCES provider,
    channel     smallint NOT NULL,
    prefix      text NOT NULL DEFAULT '' CHECK (prefix ~ '^[0-9]{0,15}$'),
    micros      bigint NOT NULL CHECK (micros >= 0),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    valid_from  date NOT NULL DEFAULT '1970-01-01',
    valid_to    date CHECK (valid_to > valid_from),  -- the first day on which it no longer holds
    UNIQUE (provider, channel, prefix, valid_from)
);
