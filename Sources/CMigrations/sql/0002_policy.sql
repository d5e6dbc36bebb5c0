-- Who must not be sent to. Addresses are kept as keyed hashes of 128 bits only.

CREATE TABLE suppression (
    tenant      int NOT NULL,
    hash        bytea NOT NULL CHECK (octet_length(hash) = 16),
    channel     smallint NOT NULL,                  -- 0: every channel that this address serves
    reason      text NOT NULL CHECK (reason IN ('optout', 'bounce', 'complaint')),
    origin      text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, hash, channel, reason)
);

-- A filter over a tenant's suppressions, so that a worker starts without reading millions of rows.
-- What was committed since `horizon` is in policy_change.
CREATE TABLE suppression_filter (
    tenant      int PRIMARY KEY,
    keys        bigint NOT NULL,
    horizon     xid8 NOT NULL,
    bits        bytea NOT NULL
);
ALTER TABLE suppression_filter ALTER COLUMN bits SET STORAGE EXTERNAL;

CREATE TABLE deny (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      int REFERENCES tenant,              -- null: for everybody
    kind        text NOT NULL CHECK (kind IN ('address', 'prefix', 'country', 'domain')),
    value       text NOT NULL,                      -- an address as the hex of its hash
    note        text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX deny_value ON deny (coalesce(tenant, 0), kind, value);

-- What changed, for the workers' filters: by transaction id, because a sequence would miss a
-- transaction that commits late. A null hash means: load everything anew.
CREATE TABLE policy_change (
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tenant      int,                                -- null: every tenant
    hash        bytea,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX policy_change_xid ON policy_change (xid);

-- Before this transaction the log is no longer whole: a filter that is older must be loaded anew.
CREATE TABLE policy_pruned (horizon xid8 NOT NULL);
INSERT INTO policy_pruned VALUES ('0');
