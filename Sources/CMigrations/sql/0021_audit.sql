-- The log of what administrators changed, as a chain: each entry's hash takes in the one before it, so that nothing can be
-- changed, taken out or put in unnoticed by anybody who doesn't make all that follows anew; and that the anchors show,
-- which lie outside the database.

-- One link for each entry, in the order of commits and without holes. Apart from the entries, because neither is ever
-- changed once it is there.
CREATE TABLE audit_link (
    seq           bigint PRIMARY KEY CHECK (seq > 0),
    entry         bigint NOT NULL UNIQUE,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32)
);

-- Where the chain ends. Its row is the chain's lock.
CREATE TABLE audit_head (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq           bigint NOT NULL,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10);
INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE TRIGGER audit_link_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_is_kept BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A field of an entry as it is hashed: its length in four bytes, then its text; nothing at all has the length -1.
CREATE FUNCTION audit_field(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN p_text IS NULL THEN int4send(-1) ELSE int4send(octet_length(convert_to(p_text, 'UTF8'))) || convert_to(p_text, 'UTF8') END $$;

-- What is hashed of an entry, behind the hash of the one before. The program has this a second time (AuditChain), so
-- that whoever changes it here is found by it there.
CREATE FUNCTION audit_bytes(p_seq bigint, p_entry admin_audit) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT audit_field(p_seq::text) || audit_field(p_entry.id::text)
        || audit_field((extract(epoch FROM p_entry.at) * 1000000)::bigint::text)
        || audit_field(p_entry.tenant::text) || audit_field(p_entry.actor) || audit_field(p_entry.origin)
        || audit_field(p_entry.action) || audit_field(p_entry.subject)
        || audit_field(p_entry.before::text) || audit_field(p_entry.after::text)
$$;

-- Links an entry as its transaction commits: the lock is held for the commit alone, however long the transaction was, and
-- one that is rolled back leaves no hole.
CREATE FUNCTION link_audit_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    v_head audit_head;
BEGIN
    SELECT * INTO STRICT v_head FROM audit_head FOR UPDATE;
    v_head.seq := v_head.seq + 1;
    v_head.hash := sha256(v_head.hash || audit_bytes(v_head.seq, NEW));
    INSERT INTO audit_link (seq, entry, hash) VALUES (v_head.seq, NEW.id, v_head.hash);
    UPDATE audit_head SET seq = v_head.seq, hash = v_head.hash;
    RETURN NULL;
END $$;

-- What was written before there was a chain.
DO $$
DECLARE
    v_entry admin_audit;
    v_seq   bigint := 0;
    v_hash  bytea := decode(repeat('00', 32), 'hex');
BEGIN
    LOCK TABLE admin_audit IN SHARE ROW EXCLUSIVE MODE;
    FOR v_entry IN SELECT * FROM admin_audit ORDER BY id LOOP
        v_seq := v_seq + 1;
        v_hash := sha256(v_hash || audit_bytes(v_seq, v_entry));
        INSERT INTO audit_link VALUES (v_seq, v_entry.id, v_hash);
    END LOOP;
    UPDATE audit_head SET seq = v_seq, hash = v_hash;
END $$;

CREATE CONSTRAINT TRIGGER admin_audit_is_linked AFTER INSERT ON admin_audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION link_audit_entry();

CREATE INDEX admin_audit_at ON admin_audit USING brin (at) WITH (pages_per_range = 16);

-- Every change of what Herald is set up with has an entry, whoever makes it and however: the program writes one that tells
-- more; where a transaction comes to its commit without any, this writes what the row was and what it is.
CREATE FUNCTION note_audit_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM set_config('herald.audited', 'yes', true);
    RETURN NULL;
END $$;
CREATE TRIGGER admin_audit_is_noted AFTER INSERT ON admin_audit FOR EACH STATEMENT EXECUTE FUNCTION note_audit_entry();

-- Arguments: what it is called; the columns that name one; columns that are never shown.
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    v_before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    v_after  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    v_row    jsonb := coalesce(v_after, v_before);
    v_hidden text[] := string_to_array(TG_ARGV[2], ',');
    v_verb   text := CASE TG_OP WHEN 'INSERT' THEN 'add' WHEN 'DELETE' THEN 'remove' ELSE 'change' END;
    v_name   text;
BEGIN
    IF current_setting('herald.audited', true) = 'yes' OR v_before = v_after THEN RETURN NULL; END IF;
    -- What Herald makes for itself.
    IF TG_TABLE_NAME = 'template' AND starts_with(v_row->>'name', 'herald.') THEN RETURN NULL; END IF;
    IF v_verb = 'change' AND v_before->>'removed_at' IS NULL AND v_after->>'removed_at' IS NOT NULL THEN v_verb := 'remove'; END IF;
    FOREACH v_name IN ARRAY v_hidden LOOP
        IF v_verb = 'change' AND v_before->v_name IS DISTINCT FROM v_after->v_name THEN
            v_before := v_before - v_name;
            v_after := v_after || jsonb_build_object(v_name, 'changed');
        ELSE
            v_before := v_before - v_name;
            v_after := v_after - v_name;
        END IF;
    END LOOP;
    INSERT INTO admin_audit (tenant, actor, origin, action, subject, before, after)
    SELECT CASE WHEN TG_TABLE_NAME = 'tenant' THEN (v_row->>'id')::int ELSE (v_row->>'tenant')::int END,
           coalesce(nullif(current_setting('herald.actor', true), ''), 'database user ' || session_user),
           coalesce(nullif(current_setting('herald.origin', true), ''), 'database ' || coalesce(host(inet_client_addr()), 'socket')),
           TG_ARGV[0] || '.' || v_verb,
           (SELECT coalesce(string_agg(v_row->>k.name, ' ' ORDER BY k.place), '')
              FROM unnest(string_to_array(TG_ARGV[1], ',')) WITH ORDINALITY k (name, place)),
           v_before, v_after;
    -- One entry does not stand for the next row.
    PERFORM set_config('herald.audited', '', true);
    RETURN NULL;
END $$;

-- Has the changes of a table audited; further migrations call it for theirs. `p_quiet` are columns that Herald itself keeps.
CREATE FUNCTION audit_table(p_table text, p_word text, p_names text, p_hidden text DEFAULT '', p_quiet text DEFAULT '')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_columns text := (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = p_table::regclass AND attnum > 0 AND NOT attisdropped
           AND attname <> ALL (string_to_array(p_quiet, ',')));
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR DELETE OR UPDATE OF %s ON %I DEFERRABLE INITIALLY DEFERRED '
        'FOR EACH ROW EXECUTE FUNCTION audit_change(%L, %L, %L)', p_table || '_is_audited', v_columns, p_table, p_word, p_names, p_hidden);
END $$;

SELECT audit_table('tenant', 'tenant', 'name', 'sealed_key');
SELECT audit_table('tier', 'tier', 'name');
SELECT audit_table('source', 'source', 'name');
SELECT audit_table('template', 'template', 'name', 'content');
SELECT audit_table('provider', 'provider', 'name', 'sealed_settings');
SELECT audit_table('provider_grant', 'grant', 'provider,tenant');
SELECT audit_table('route', 'route', 'id', 'conditions,targets');
SELECT audit_table('sender', 'sender', 'value');
SELECT audit_table('price', 'price', 'id');
SELECT audit_table('exchange_rate', 'rate', 'from_currency,to_currency,day');
SELECT audit_table('deny', 'deny', 'kind,value');
SELECT audit_table('api_key', 'key', 'public_id', 'secret,former_secret', 'last_used_at');
SELECT audit_table('permitted_use', 'use', 'id');
SELECT audit_table('source_limit', 'limit', 'source');

-- The installation's own keys, sealed by the master key; the public half beside it.
CREATE TABLE installation_key (
    name          text PRIMARY KEY,
    public        bytea NOT NULL,
    sealed        bytea NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT now()
);
