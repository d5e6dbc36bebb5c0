-- What is to be sent: campaigns, cut into shards of about 2,000 recipients.

-- A campaign's number is drawn when its upload starts, and its row is written when everything is stored.
CREATE SEQUENCE campaign_number;

CREATE TABLE campaign (
    id            bigint PRIMARY KEY,
    tenant        int NOT NULL REFERENCES tenant,
    source        int REFERENCES source,
    template      int NOT NULL REFERENCES template,
    name          text NOT NULL,
    channel       smallint NOT NULL,
    category      smallint NOT NULL,
    priority      smallint NOT NULL,
    state         text NOT NULL CHECK (state IN ('scheduled', 'held', 'running', 'paused', 'cancelling', 'finished', 'cancelled')),
    due_at        timestamptz NOT NULL DEFAULT now(),
    overdue_limit interval NOT NULL DEFAULT '1 hour',
    expires_at    timestamptz NOT NULL,
    not_before    timestamptz NOT NULL DEFAULT '-infinity',  -- its provider takes nothing until then
    note          text NOT NULL DEFAULT '',
    resend_of     bigint REFERENCES campaign,
    fingerprint   bytea NOT NULL,                   -- of the set of recipients, whatever their order
    columns       text NOT NULL,                    -- the file's columns and how they were read, as JSON
    dedupe        text NOT NULL,
    recipients    bigint NOT NULL,
    rejected      bigint NOT NULL,
    duplicates    bigint NOT NULL,
    rejected_by   text NOT NULL DEFAULT '{}',
    first_slice   int NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz
);
CREATE INDEX campaign_active ON campaign (state) WHERE state NOT IN ('finished', 'cancelled');
CREATE INDEX campaign_recent ON campaign (tenant, template, created_at);

-- A shard's number is its campaign's, shifted by 24 bits, plus its place; one that holds retries has a
-- number below zero, because it gives no message its number. In doubt are the recipients in [closed, opened): they were on their way when the worker died.
CREATE TABLE shard (
    id            bigint PRIMARY KEY,
    campaign      bigint NOT NULL REFERENCES campaign,
    tenant        int NOT NULL,
    lane          smallint NOT NULL DEFAULT 0,      -- 0 bulk, 1 fast
    tier          smallint NOT NULL,
    priority      smallint NOT NULL,
    state         text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'taken', 'done')),
    due_at        timestamptz NOT NULL,
    worker        bigint CHECK ((worker IS NOT NULL) = (state = 'taken')),
    token         bigint NOT NULL DEFAULT 0,
    body          bigint NOT NULL,                  -- the shard whose recipients these are
    ids           bigint NOT NULL,                  -- the shard that gives the messages their numbers
    items         bytea,                            -- which recipients of the body; null: all of them
    skip          bytea,                            -- duplicates, one bit a recipient
    n             int NOT NULL CHECK (n > 0),
    closed        int NOT NULL DEFAULT 0,
    opened        int NOT NULL DEFAULT 0,
    crashes       smallint NOT NULL DEFAULT 0,      -- workers that died over it since it last moved on
    CHECK (0 <= closed AND closed <= opened AND opened <= n),
    CHECK ((state = 'done') = (closed = n))
) WITH (fillfactor = 70);                           -- closed and opened move in place
CREATE SEQUENCE retry_shard;
CREATE INDEX shard_fresh ON shard (campaign, lane, due_at, id) WHERE state = 'ready' AND items IS NULL;
CREATE INDEX shard_waiting ON shard (campaign, lane, due_at, id) WHERE state = 'ready' AND items IS NOT NULL;
CREATE INDEX shard_taken ON shard (tenant) WHERE state = 'taken';
CREATE INDEX shard_unfinished ON shard (campaign) WHERE state <> 'done';
CREATE INDEX shard_campaign ON shard (campaign, id);

-- Compressed and sealed, written once, never updated. Kind 0: recipients. Kind 1: rejected rows.
CREATE TABLE shard_body (
    shard         bigint NOT NULL,
    kind          smallint NOT NULL,
    n             int NOT NULL,
    campaign      bigint NOT NULL,
    sealed        bytea NOT NULL,
    PRIMARY KEY (shard, kind)
);
CREATE INDEX shard_body_rejects ON shard_body (campaign, shard) WHERE kind = 1;
ALTER TABLE shard_body ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- A process that works. Its beat is only ever compared with itself, by the rescuer's own clock.
CREATE TABLE worker (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    beat          bigint NOT NULL DEFAULT 0,
    machine       text NOT NULL,                    -- boot id: on the same machine a dead process is seen at once
    pid           int NOT NULL,
    pid_started   bigint NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now()
);
