-- What came back from a backup, and which programs may work with a schema.

-- Of campaigns that were restored nobody knows what was sent after the backup: they wait for a person. Messages are
-- neither added to them nor sent, whoever works; streams begin anew beside them.
ALTER TABLE campaign DROP CONSTRAINT campaign_state_check;
ALTER TABLE campaign
    ADD CONSTRAINT campaign_state_check CHECK (
        state IN ('draft', 'scheduled', 'held', 'running', 'paused', 'cancelling', 'finished', 'cancelled', 'restored')),
    ADD COLUMN restored_as text,                    -- the state that it goes back to
    ADD CONSTRAINT campaign_restored_check CHECK ((state = 'restored') = (restored_as IS NOT NULL));
CREATE INDEX campaign_restored ON campaign (id) WHERE state = 'restored';

CREATE TABLE restoration (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backup_at     timestamptz NOT NULL,
    restored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at  timestamptz
);

-- Right after the rows are back, before anybody works. Whoever held a shard is gone; what it had on its way stays open,
-- and is in doubt. Campaigns are numbered from far above: the numbers that were given out after the backup are with
-- providers and sources, and must not mean other messages.
CREATE FUNCTION hold_restored(p_backup_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shard SET state = 'ready', worker = NULL WHERE state = 'taken';
    DELETE FROM worker;
    UPDATE campaign SET restored_as = state, state = 'restored' WHERE state IN ('scheduled', 'held', 'running', 'paused');
    PERFORM setval('campaign_number', (SELECT last_value FROM campaign_number) + 1000000);
    -- Transactions are numbered from the beginning in another server: what was noted by number would hide opt-outs that
    -- come from now on. Workers load everything at their start.
    DELETE FROM suppression_filter;
    DELETE FROM policy_change;
    UPDATE policy_pruned SET horizon = '0';
    INSERT INTO restoration (backup_at) VALUES (p_backup_at);
END $$;

-- What a person decided. Of what was due before p_until, the lost Herald may have sent anything after the backup: all of it
-- is opened, so that whoever takes it records it as in doubt before anything else. Except in the campaigns of p_unsent.
-- Those of p_cancel send nothing more, the others go on as they were.
CREATE FUNCTION confirm_restored(p_until timestamptz, p_unsent bigint[], p_cancel bigint[], p_cancel_all bool)
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
    UPDATE restoration SET confirmed_at = clock_timestamp() WHERE confirmed_at IS NULL;
    NOTIFY herald_work;
    RETURN NEXT;
END $$;

-- The oldest program that may work with the schema as this migration leaves it, by the last migration that it knows. 0: any that
-- could before. So a migration that only adds says nothing, and the version before goes on beside the new one; one that
-- doesn't sets its own number here.
ALTER TABLE migration ADD COLUMN requires int NOT NULL DEFAULT 0;
UPDATE migration SET requires = number;
