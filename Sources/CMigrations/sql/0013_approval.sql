-- Where a tenant asks for it, a version of a template is sent only once somebody has approved it.
ALTER TABLE tenant ADD COLUMN requires_approval boolean NOT NULL DEFAULT false;
ALTER TABLE template
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN approved_by text,
    ADD CHECK ((approved_at IS NULL) = (approved_by IS NULL));

GRANT SELECT (requires_approval) ON tenant TO herald_tenant;
GRANT UPDATE (approved_at, approved_by) ON template TO herald_tenant;

-- Under what the program asks first: nothing starts with a text that nobody approved, whichever way it came. What
-- Herald makes by itself for texts of a source's own has no text to approve; who may send those, permitted uses say.
CREATE FUNCTION refuse_unapproved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_template record;
BEGIN
    IF NEW.state NOT IN ('scheduled', 'held', 'running') THEN RETURN NEW; END IF;
    SELECT t.name, t.version INTO v_template FROM template t JOIN tenant n ON n.id = t.tenant
     WHERE t.id = NEW.template AND n.requires_approval AND t.approved_at IS NULL AND NOT starts_with(t.name, 'herald.');
    IF FOUND THEN
        RAISE EXCEPTION 'Version % of the template “%” is not approved yet. Have somebody approve it who may.',
            v_template.version, v_template.name USING ERRCODE = 'HR006';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_is_approved BEFORE INSERT ON campaign FOR EACH ROW EXECUTE FUNCTION refuse_unapproved();
CREATE TRIGGER started_campaign_is_approved BEFORE UPDATE OF state ON campaign
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state <> 'draft') EXECUTE FUNCTION refuse_unapproved();
