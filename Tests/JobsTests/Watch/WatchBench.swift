import Domain
import Storage
import Synchronization
import TestDatabase
import TestSupport

@testable import Jobs

/// A tenant with two sources, an account, and weeks of rollups behind them, as the real tables hold them.
final class WatchBench: Sendable {
    let database: Database
    let clock: ManualClock
    let keys = KeyRing(masterKey: [UInt8](repeating: 5, count: 32))

    /// Sunday, 2026-03-01 11:20 UTC, if nothing else is said.
    init(now: String = "2026-03-01T11:20:00Z", zone: String = "UTC") async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 3)
        guard let start = Timestamp(rfc3339: now) else { throw NoTime() }
        clock = ManualClock(start)
        try await database.run { session in
            _ = try Migrations.apply(on: session)
            try session.execute(
                """
                INSERT INTO tenant (name, sealed_key, time_zone, created_at) VALUES ('acme', '', '\(zone)', '2025-01-01');
                INSERT INTO source (tenant, name, created_at) VALUES (1, 'shop', '2025-01-01'), (1, 'new', '\(now)'::timestamptz - interval '3 weeks');
                INSERT INTO provider (name, kind, sealed_settings, created_at) VALUES ('telco', 'sandbox', '', '2025-01-01');
                INSERT INTO template (tenant, name, version, channel, content) VALUES (1, 't', 1, 1, '{}');
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, first_slice, stream, day)
                VALUES (1, 1, 1, 1, 'shop t', 1, 1, 0, 'running', now(), '', '{}', 'none', 0, 0, 0, 1, true, '2026-01-01'),
                       (2, 1, 2, 1, 'new t', 1, 1, 0, 'running', now(), '', '{}', 'none', 0, 0, 0, 1, true, '2026-01-01'),
                       (3, 1, 1, 1, 'spring', 1, 4, 3, 'running', now(), '', '{}', 'none', 0, 0, 0, 1, false, NULL);
                """)
        }
    }

    struct NoTime: Error {}

    func execute(_ sql: String) async throws { try await database.run { try $0.execute(sql) } }

    func count(_ what: String) async throws -> Int64 {
        try await database.run { try $0.query("SELECT count(*) AS n FROM \(what)")[0].int("n") }
    }

    /// What a campaign sent to a country in each quarter of an hour between two instants (SQL expressions over `now`).
    func sends(
        _ campaign: Int = 1, from: String, to: String, sent: String, failed: Int = 0, country: String = "SG",
        into table: String = "rollup"
    ) async throws {
        let now = clock.now().description
        try await execute(
            """
            INSERT INTO \(table) (bucket, campaign, provider, state, country, currency, messages, attempts, segments, cost, channel)
            SELECT q.at, \(campaign), 1, s.state, '\(country)', CASE s.state WHEN 6 THEN 'SGD' ELSE '' END, s.messages, s.messages,
                   s.messages, CASE s.state WHEN 6 THEN s.messages * 42500 ELSE 0 END, 1
              FROM (SELECT '\(now)'::timestamptz AS now) n,
                   generate_series(report_bucket(\(from)), report_bucket(\(to)), interval '15 minutes') q(at),
                   LATERAL (VALUES (6, (\(sent))::bigint), (5, \(failed))) s(state, messages)
             WHERE s.messages > 0
            """)
    }

    /// Nine weeks of about so many messages a quarter, until the hour before now.
    func history(_ quarter: Int = 100, campaign: Int = 1, failed: Int = 2) async throws {
        try await sends(
            campaign, from: "n.now - interval '63 days'", to: "n.now - interval '1 hour 21 minutes'",
            sent: "\(quarter) + (extract(epoch FROM q.at)::bigint / 900 * 7919) % (\(quarter) / 5 + 1)", failed: failed)
    }

    func watchman(
        prefixes: PrefixMeter = PrefixMeter(), tell: (@Sendable (StoredAlert) async -> Bool)? = nil
    ) -> Watchman {
        Watchman(database: database, prefixes: prefixes, now: { [clock] in clock.now() }, tell: tell)
    }

    /// The rules that found something at this look.
    func opened(_ watchman: Watchman) async throws -> [String] {
        (try await watchman.look() ?? []).compactMap { if case .opened(let alert) = $0 { alert.ruleName } else { nil } }
            .sorted()
    }

    var alerts: AlertStore { AlertStore(database: database) }
    let audit = AuditOrigin(actor: "test", origin: "test")

    func rule(_ rule: AlertRule) async throws {
        _ = try await AlertRuleStore(database: database).add(rule, audit: audit)
    }
}
