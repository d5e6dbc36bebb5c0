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

-- The providers of a channel in the order of trial. A tenant's own route hides the shared one.
CREATE TABLE route (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int REFERENCES tenant,              -- null: for every tenant without one of its own
    channel     smallint NOT NULL,
    providers   int[] NOT NULL CHECK (cardinality(providers) BETWEEN 1 AND 16),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX route_channel ON route (coalesce(tenant, 0), channel);

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
