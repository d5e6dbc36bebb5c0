import Domain
import Storage
import TestDatabase
import Testing

/// Row-level security: what the database itself keeps apart, whatever a statement asks for.
@Suite(.database) struct TenantIsolationTests {
    private func value(_ session: PostgresSession, _ sql: String) throws -> Int64 {
        try session.query(sql)[0].int("n")
    }

    /// Every table that a later migration makes is looked at too.
    @Test func everyTableWithATenantHasItsPolicy() async throws {
        let fixture = try await Fixture()
        let bare = try await fixture.database.run { session in
            try session.query(
                """
                SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                 WHERE a.attname = 'tenant' AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                   AND c.relnamespace = 'public'::regnamespace
                   AND NOT (c.relrowsecurity AND EXISTS (
                       SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'own_rows'
                          AND p.cmd = 'ALL' AND p.roles = '{herald_tenant}' AND p.qual LIKE '%tenant = %current_tenant()%'
                          AND p.with_check LIKE '%tenant = %current_tenant()%'))
                """
            ).map { try $0.text("name") }
        }
        #expect(bare == [])
    }

    /// A table without a tenant's column is out of reach, or has a policy all the same.
    @Test func theRoleReachesNothingThatHasNoPolicy() async throws {
        let fixture = try await Fixture()
        // Partitions are there for the days and slices that are open: none is reached but through its parent.
        let open = try await fixture.database.run { session in
            try session.execute("SELECT make_day_parts('call_log'); SELECT make_ledger_slice('\\x00')")
            return try session.query(
                """
                SELECT c.relname::text AS name FROM pg_class c
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relnamespace = 'public'::regnamespace
                   AND (has_table_privilege('herald_tenant', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')
                        OR has_any_column_privilege('herald_tenant', c.oid, 'SELECT, INSERT, UPDATE'))
                   AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
                """
            ).map { try $0.text("name") }
        }
        // Slices, those that are files by now, and exchange rates are the same for everybody.
        #expect(open.sorted() == ["exchange_rate", "ledger_archive", "ledger_slice"])
    }

    @Test func nothingOfAnotherTenantIsSeen() async throws {
        let pair = try await Pair()
        let tables = try await pair.database.run { session in
            try session.query(
                """
                SELECT c.relname::text AS name, EXISTS (
                    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped) AS has_tenant
                  FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relrowsecurity
                   AND has_any_column_privilege('herald_tenant', c.oid, 'SELECT')
                """
            ).map { (try $0.text("name"), try $0.bool("has_tenant")) }
        }
        #expect(tables.count > 20)
        for (table, hasTenant) in tables {
            let all = try await pair.database.run { try value($0, "SELECT count(*) AS n FROM \(table)") }
            // Both have a row in each: an empty table would prove nothing.
            #expect(all >= 2, "\(table) is empty")
            var seen: Int64 = 0
            for tenant in [pair.one, pair.two] {
                let (rows, foreign) = try await pair.database.of(tenant: tenant).transaction { session in
                    (
                        try value(session, "SELECT count(*) AS n FROM \(table)"),
                        hasTenant
                            ? try value(session, "SELECT count(*) AS n FROM \(table) WHERE tenant <> \(tenant)") : 0
                    )
                }
                #expect(rows >= 1 && foreign == 0, "\(table)")
                seen += rows
            }
            let shared: Set = ["route", "route_prefix", "sender", "deny", "provider", "price", "admin_audit"]
            #expect(shared.contains(table) || seen == all, "\(table): \(seen) of \(all)")
        }
    }

    @Test(arguments: [
        "INSERT INTO source (tenant, name) VALUES ($2, 'x')",
        "INSERT INTO template (tenant, name, version, channel, content) VALUES ($2, 'x', 1, 1, '{}')",
        "INSERT INTO suppression (tenant, hash, channel, reason) VALUES ($2, decode(repeat('aa', 16), 'hex'), 0, 'optout')",
        "INSERT INTO deny (tenant, kind, value) VALUES ($2, 'country', 'XX')",
        "INSERT INTO deny (tenant, kind, value) VALUES (NULL, 'country', 'XX')",
        "INSERT INTO admin_audit (tenant, actor, action, subject) VALUES ($2, 'x', 'a.b', 'x')",
        "INSERT INTO policy_change (tenant, hash) VALUES ($2, NULL)",
        "UPDATE suppression SET tenant = $2",
        "INSERT INTO permitted_use (tenant, source) SELECT $2, id FROM source",
        "INSERT INTO webhook_endpoint (tenant, url, events, secret) VALUES ($2, 'https://x.example', 64, '')",
        "INSERT INTO idempotency (key, tenant, body, status, answer) VALUES ('x', $2, '', 200, '')",
        "INSERT INTO route (tenant, providers, weights, conditions, targets) VALUES (NULL, '{1}', '{1}', gen_random_uuid(), gen_random_uuid())",
        // Everybody's rules are seen, and their prefixes are not one's own.
        "INSERT INTO route_prefix SELECT conditions, '99', id FROM route WHERE tenant IS NULL",
    ])
    func nothingIsWrittenForAnotherTenant(statement: String) async throws {
        let pair = try await Pair()
        let error = await #expect(throws: StorageError.self) {
            try await pair.database.of(tenant: pair.one).transaction { session in
                try session.execute(statement.replacing("$2", with: "\(pair.two)"))
            }
        }
        guard case .rejected(let state, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(state == "42501")
    }

    @Test(arguments: [
        "UPDATE source SET removed_at = now()", "UPDATE template SET removed_at = now()", "DELETE FROM suppression",
        "UPDATE suppression SET origin = 'x'", "DELETE FROM deny", "DELETE FROM route_prefix", "DELETE FROM route",
        "UPDATE route SET enabled = false", "UPDATE campaign SET note = 'x'", "DELETE FROM permitted_use",
        "DELETE FROM webhook_endpoint", "UPDATE dead_letter SET state = 'discarded', settled_at = now()",
        "UPDATE api_key SET revoked_at = now()", "DELETE FROM source_limit",
    ])
    func whatIsChangedWithoutAConditionIsOnesOwn(statement: String) async throws {
        let pair = try await Pair()
        let tables = [
            "source_limit", "source", "template", "suppression", "deny", "route_prefix", "route", "campaign",
            "permitted_use", "webhook_endpoint", "dead_letter", "api_key",
        ]
        let table = tables.first { statement.contains($0) } ?? ""
        let owner = table == "route_prefix" ? "(SELECT r.tenant FROM route r WHERE r.id = t.route)" : "t.tenant"
        func others() async throws -> Int64 {
            try await pair.database.run {
                try value(
                    $0,
                    "SELECT coalesce(sum(hashtext(t::text)), 0)::bigint AS n FROM \(table) t WHERE \(owner) IS DISTINCT FROM \(pair.one)"
                )
            }
        }
        let before = try await others()
        try await pair.database.of(tenant: pair.one).transaction { try $0.execute(statement) }
        #expect(try await others() == before)
    }

    @Test(arguments: [
        "CREATE TABLE x (i int)", "CREATE TEMP TABLE x (i int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE x", "CREATE SCHEMA x", "ALTER TABLE source DISABLE ROW LEVEL SECURITY", "DROP TABLE source",
        "TRUNCATE suppression", "DROP POLICY own_rows ON source", "CREATE POLICY p ON source USING (true)",
        "ALTER ROLE herald_tenant BYPASSRLS", "SET row_security = off; SELECT * FROM source", "LOCK TABLE source",
        "SELECT secret FROM webhook_endpoint", "UPDATE webhook_endpoint SET secret = ''",
        "UPDATE provider SET out_since = now()",
        "SELECT sealed_settings FROM provider", "SELECT secret FROM api_key", "SELECT former_secret FROM api_key",
        "UPDATE api_key SET scopes = '{admin}'", "UPDATE permitted_use SET allows_raw = true",
        "UPDATE source_limit SET source = 1", "UPDATE source_quota SET used = 0", "UPDATE campaign SET recipients = 0",
        "DELETE FROM campaign", "UPDATE shard SET opened = 0", "DELETE FROM idempotency",
        "UPDATE campaign SET tenant = 2", "DELETE FROM ledger",
        "UPDATE admin_audit SET actor = ''", "SELECT * FROM callback", "SELECT * FROM worker",
        "COPY source TO '/tmp/x'",
        "SELECT * FROM alert_rule", "SELECT * FROM prefix_count", "UPDATE source SET paused_at = NULL",
        "SELECT pg_read_file('/etc/passwd')", "SELECT lo_import('/etc/passwd')",
        // Out of an expression, as an injection would have to.
        "SELECT set_config('herald.tenant', '2', true)", "SELECT set_config('role', 'none', true)",
        "SELECT query_to_xml('SET herald.tenant = 2', true, true, '')",
        "SELECT query_to_xml('RESET ROLE', true, true, '')",
    ])
    func theRoleCanNeitherDefineNorBypass(statement: String) async throws {
        let pair = try await Pair()
        let error = await #expect(throws: StorageError.self) {
            try await pair.database.of(tenant: pair.one).transaction { try $0.execute(statement) }
        }
        guard case .rejected(let state, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // Insufficient privilege; or a statement where only a query may stand.
        #expect(state == "42501" || (state == "0A000" && statement.contains("query_to_xml")), "\(state)")
    }

    @Test func theRoleEndsWithItsTransactionWhateverComesOfIt() async throws {
        let pair = try await Pair()
        let database = Database(url: pair.database.url, connections: 1)
        func standing() async throws -> [String] {
            try await database.run { session in
                let row = try session.query(
                    "SELECT current_user::text AS name, coalesce(current_setting('herald.tenant', true), '') AS tenant")[
                        0]
                return [try row.text("name"), try row.text("tenant")]
            }
        }
        let owner = try await standing()[0]
        try await database.of(tenant: pair.one).transaction { session in
            let row = try session.query("SELECT current_user::text AS name, current_tenant() AS n")[0]
            #expect(try row.text("name") == "herald_tenant" && row.int("n") == pair.one)
        }
        #expect(try await standing() == [owner, ""])
        await #expect(throws: StorageError.self) {
            try await database.of(tenant: pair.two).transaction { try $0.execute("SELECT 1 / 0") }
        }
        #expect(try await standing() == [owner, ""])
        // The same statement, prepared once, serves the owner and each tenant by his own rules.
        let counts = "SELECT count(*) AS n FROM source"
        for _ in 0..<3 {
            #expect(try await database.run { try value($0, counts) } == 2)
            #expect(try await database.of(tenant: pair.one).transaction { try value($0, counts) } == 1)
            #expect(try await database.of(tenant: 999_999).transaction { try value($0, counts) } == 0)
        }
        await database.close()
    }

    /// Searches read the slices of the ledger themselves.
    @Test func aSliceOfTheLedgerShowsOneTenant() async throws {
        let pair = try await Pair()
        let counts = "SELECT count(*) AS n FROM ledger_000001"
        #expect(try await pair.database.run { try value($0, counts) } == 2)
        for tenant in [pair.one, pair.two] {
            #expect(
                try await pair.database.of(tenant: tenant).run {
                    try value($0, counts + " WHERE tenant = \(tenant)") + value($0, counts)
                } == 2)
        }
    }

    /// What is left open is ended before the connection is somebody else's.
    @Test func aTransactionThatWasForgottenKeepsNobodysRole() async throws {
        let pair = try await Pair()
        let database = Database(url: pair.database.url, connections: 1)
        let counts = "SELECT count(*) AS n FROM source"
        for spoil in ["SELECT 1", "SELECT 1 / 0"] {
            _ = try? await database.of(tenant: pair.one).run { session in
                try session.execute("BEGIN")
                try session.execute(spoil)
            }
            #expect(try await database.run { try value($0, counts) } == 2)
            try await database.run { try $0.execute("BEGIN") }
            #expect(try await database.of(tenant: pair.two).run { try value($0, counts) } == 1)
            try await database.of(tenant: pair.two).run { try $0.execute("ROLLBACK") }
            #expect(try await database.of(tenant: pair.two).run { try value($0, counts) } == 1)
        }
        await database.close()
    }

    /// A connection that broke is the owner's again.
    @Test func aNewSessionTakesTheRoleAnew() async throws {
        let pair = try await Pair()
        let database = Database(url: pair.database.url, connections: 1)
        let counts = "SELECT count(*) AS n FROM source"
        for _ in 0..<2 {
            #expect(try await database.of(tenant: pair.one).run { try value($0, counts) } == 1)
            let backend = try await database.of(tenant: pair.one).run { Int64($0.backendPID) }
            try await pair.database.run {
                try $0.execute("SELECT pg_terminate_backend(\(backend), 10000)")
            }
        }
        #expect(try await database.run { try value($0, counts) } == 2)
        await database.close()
    }

    /// Who takes the role without saying for whom sees nothing.
    @Test func withoutATenantThereIsNothing() async throws {
        let pair = try await Pair()
        let rows = try await pair.database.transaction { session in
            try session.execute("SET LOCAL ROLE herald_tenant")
            return try value(session, "SELECT count(*) AS n FROM source")
        }
        #expect(rows == 0)
    }
}

/// Two tenants with a row of each in every table that tenants can see.
private struct Pair {
    let database: Database
    let one: Int64
    let two: Int64

    init() async throws {
        let fixture = try await Fixture()
        database = fixture.database
        one = fixture.tenant.id
        two = try await fixture.parties.addTenant(name: "beta", tier: .free, region: .none, timeZone: "UTC").id
        try await database.run { session in
            try session.execute(
                "SELECT make_ledger_slice('\\x00'); SELECT make_day_parts('call_log'); SELECT make_day_parts('reference_part'); SELECT make_day_parts('webhook_event'); SELECT make_day_parts('webhook_told')"
            )
        }
        for tenant in [one, two] { try await fill(tenant) }
    }

    private func fill(_ tenant: Int64) async throws {
        // A campaign's number tells nothing of its tenant.
        let campaign = 1000 + tenant
        try await database.run { session in
            let source = try session.query(
                "INSERT INTO source (tenant, name) VALUES ($1, 's') RETURNING id", [.int(tenant)])[0].int("id")
            let template = try session.query(
                "INSERT INTO template (tenant, name, version, channel, content) VALUES ($1, 't', 1, 1, '{}') RETURNING id",
                [.int(tenant)])[0].int("id")
            let provider = try session.query(
                "INSERT INTO provider (name, kind, tenant, sealed_settings) VALUES ('p' || $1, 'sandbox', $1, '') RETURNING id",
                [.int(tenant)])[0].int("id")
            let open = try session.query(
                "INSERT INTO provider (name, kind, sealed_settings) VALUES ('open' || $1::bigint, 'sandbox', '') RETURNING id",
                [.int(tenant)])[0].int("id")
            try session.execute(
                """
                INSERT INTO provider_grant VALUES (\(open), \(tenant));
                INSERT INTO price (provider, channel, micros, currency) VALUES (\(provider), 1, 1, 'SGD'), (\(open), 1, 1, 'SGD');
                INSERT INTO sender (tenant, channel, value) VALUES (\(tenant), 1, 'x');
                INSERT INTO sender (channel, value, provider) VALUES (1, 'x', \(open));
                INSERT INTO suppression (tenant, hash, channel, reason) VALUES (\(tenant), decode(repeat('0\(tenant % 10)', 16), 'hex'), 0, 'optout');
                INSERT INTO policy_change (tenant) VALUES (\(tenant));
                INSERT INTO deny (tenant, kind, value) VALUES (\(tenant), 'country', 'KP'), (NULL, 'country', 'K\(tenant % 10)');
                INSERT INTO soft_bounce VALUES (\(tenant), decode(repeat('00', 16), 'hex'), 1);
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                    columns, dedupe, recipients, rejected, duplicates, first_slice)
                VALUES (\(campaign), \(tenant), \(source), \(template), 'c', 1, 4, 3, 'finished', now(), '', '', '', 1, 0, 0, 1);
                INSERT INTO shard (id, campaign, tenant, tier, priority, due_at, body, ids, n)
                VALUES (\(campaign << 24), \(campaign), \(tenant), 1, 3, now(), 1, 1, 1);
                INSERT INTO shard_body VALUES (\(campaign << 24), 0, 1, \(campaign), '');
                INSERT INTO ledger (message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments,
                    state, final, was, country, currency, reason, reference, recipient, channel)
                VALUES (\(campaign << 35), now(), 1, 1, 1, \(campaign), 1, \(tenant), \(provider), 1, 1, 6, true, 0, 'SG', 'SGD', '', '', '', 1);
                INSERT INTO late_outcome SELECT * FROM ledger WHERE campaign = \(campaign);
                INSERT INTO rollup VALUES (now(), \(campaign), \(provider), 6, 'SG', 'SGD', 1, 1, 1, 1, 1);
                INSERT INTO rollup_delta VALUES (now(), \(campaign), \(provider), 6, 'SG', 'SGD', 1, 1, 1, 1, 1);
                INSERT INTO receipt_rollup VALUES (now(), now(), \(campaign), 1, \(provider), 8, 80, 'SG', 1);
                INSERT INTO call_log VALUES (now(), 1, \(campaign), \(campaign << 35), \(campaign << 35), day_number(now()), \(provider), 1, 200, 1, 1, NULL, '');
                INSERT INTO reference_part VALUES (1, \(campaign << 35), \(provider), day_number(now()));
                INSERT INTO dead_letter VALUES (\(campaign << 35), now(), \(campaign), NULL, \(tenant), \(provider), 1, 'poison', 'open', '', NULL);
                INSERT INTO api_key (tenant, source, public_id, is_test, secret, scopes)
                VALUES (\(tenant), \(source), '000000000\(tenant % 10)', false, decode(repeat('00', 32), 'hex'), '{admin}');
                INSERT INTO message_note (message, tenant, source, reference) VALUES (\(campaign << 35), \(tenant), \(source), 'r');
                INSERT INTO permitted_use (tenant, source) VALUES (\(tenant), \(source));
                INSERT INTO source_limit (source, tenant, per_day) VALUES (\(source), \(tenant), 1);
                INSERT INTO source_quota VALUES (\(source), 'day', 0, 1);
                INSERT INTO admin_audit (tenant, actor, action, subject) VALUES (\(tenant), 'x', 'a.b', 'x');
                INSERT INTO idempotency (key, tenant, body, status, answer) VALUES (decode('0\(tenant % 10)', 'hex'), \(tenant), '', 200, '');
                INSERT INTO suppression_filter VALUES (\(tenant), 0, '1', '');
                INSERT INTO webhook_endpoint (tenant, url, events, secret) VALUES (\(tenant), 'https://x.example', 64, '');
                INSERT INTO spend VALUES (\(tenant), \(source), current_date, 0, 'SGD', 1);
                WITH b AS (INSERT INTO budget (tenant, source, period, amount, currency) VALUES (\(tenant), \(source), 'month', 1, 'SGD') RETURNING id),
                     w AS (INSERT INTO worker (machine, pid, pid_started) VALUES ('m', 1, 1) RETURNING id),
                     s AS (INSERT INTO budget_share (budget, worker, held) SELECT b.id, w.id, 1 FROM b, w)
                INSERT INTO budget_event (budget, tenant, kind, period_start, spent, amount, note)
                SELECT id, \(tenant), 'warning', current_date, 1, 1, '' FROM b;
                INSERT INTO alert (rule, rule_name, tenant, subject, measure, dimension, direction, opened_at, seen_at, spell, value, worst, usual, weeks)
                VALUES (1, 'r', \(tenant), 's\(tenant)', 'volume', 'source', 'rise', now(), now(), 'last hour', 1, 1, 1, 8);
                INSERT INTO ledger_archive (number, path, bytes, rows, rows_sha256, at_from, at_to, message_from, message_to, closed_at)
                VALUES (\(tenant), 'f', 1, 1, '', now(), now(), 1, 1, now());
                INSERT INTO ledger_archive_count VALUES (\(tenant), now(), \(campaign), 1, \(provider), 6, 0, 'SG', 'SGD', 1, 1, 1, 1);
                INSERT INTO ledger_archive_reason VALUES (\(tenant), now(), \(tenant), \(campaign), 1, \(provider), 5, 'r', 1);
                INSERT INTO webhook_event (at, campaign, message, tenant, day, kind, facts)
                VALUES (now(), \(campaign), \(campaign << 35), \(tenant), day_number(now()), 6, '{}');
                INSERT INTO webhook_told VALUES (\(campaign << 35), 1, now(), 1, \(tenant), day_number(now()), 1, 200);
                """)
            for owner in ["\(tenant)", "NULL"] {
                try session.execute(
                    """
                    WITH r AS (
                        INSERT INTO route (tenant, channel, has_prefixes, providers, weights, conditions, targets)
                        VALUES (\(owner), 1, true, '{\(open)}', '{1}', gen_random_uuid(), gen_random_uuid()) RETURNING id, conditions)
                    INSERT INTO route_prefix SELECT conditions, '65', id FROM r
                    """)
            }
        }
    }
}
