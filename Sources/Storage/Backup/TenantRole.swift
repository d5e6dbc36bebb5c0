/// What a dump of Herald's own tables does not carry because it belongs to the server or to the database as a whole: the role
/// that sees one tenant's rows, and what it must not be able to do. As migration 0010 has it.
enum TenantRole {
    /// Before the tables, whose policies name the role.
    static let make = """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'herald_tenant') THEN
                CREATE ROLE herald_tenant NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            END IF;
            IF NOT pg_has_role(current_user, 'herald_tenant', 'MEMBER') THEN
                EXECUTE format('GRANT herald_tenant TO %I', current_user);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'Herald keeps tenants apart by a role, and the database user % may not make it. Have an administrator run once: CREATE ROLE herald_tenant NOLOGIN; GRANT herald_tenant TO %; Then restore again.', current_user, quote_ident(current_user)
                    USING ERRCODE = 'HR003';
        END $$
        """

    static let confine = """
        DO $$ BEGIN
            EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), current_user);
            IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
            END IF;
        END $$
        """
}
