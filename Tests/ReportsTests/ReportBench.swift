import Domain
import Foundation
import Reports
import Storage
import TestDatabase

/// A database with usage of two tenants, and a folder that is gone when this value is.
final class ReportBench: Sendable {
    let database: Database
    let folder = FileManager.default.temporaryDirectory.appending(path: "herald-report-\(UUID().uuidString)").path

    var usage: UsageStore { UsageStore(database: database) }

    init() async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 2)
        try await database.run { session in
            _ = try Migrations.apply(on: session)
            try session.execute(
                """
                INSERT INTO tenant (name, sealed_key) VALUES ('acme', ''), ('beta', '');
                INSERT INTO source (tenant, name, cost_centre) VALUES (1, 'shop', '4711');
                INSERT INTO provider (name, kind, sealed_settings) VALUES ('telco', 'sandbox', ''), ('globe', 'sandbox', '');
                INSERT INTO template (tenant, name, version, channel, content) VALUES (1, 't', 1, 1, '{}'), (2, 't', 1, 1, '{}');
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, rejected_by, first_slice, created_at)
                VALUES (1, 1, 1, 1, '=SUM(A1), "spring"', 1, 4, 3, 'finished', now(), '', '{}', 'address', 1, 3, 0, '{"phone_short":2,"empty":1}', 1, '2026-03-01 00:00Z'),
                       (2, 2, NULL, 2, 'plain', 1, 1, 0, 'finished', now(), '', '{}', 'address', 1, 0, 0, '{}', 1, '2026-02-01 00:00Z');
                """)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func execute(_ sql: String) async throws {
        try await database.run { try $0.execute(sql) }
    }

    /// Around the borders of 1 March in Singapore (16:00 UTC).
    func fill() async throws {
        try await execute(
            """
            INSERT INTO rollup VALUES ('2026-02-28 16:00Z', 1, 1, 6, 'SG', 'SGD', 10, 12, 11, 467500, 1),
                                      ('2026-02-28 15:45Z', 1, 1, 6, 'SG', 'SGD', 1000, 1000, 1000, 1000, 1),
                                      ('2026-03-01 16:00Z', 1, 1, 6, 'SG', 'SGD', 1000, 1000, 1000, 1000, 1);
            INSERT INTO rollup_delta VALUES ('2026-03-01 15:45Z', 1, 1, 5, 'SG', 'SGD', 3, 3, 3, 1, 1),
                                            ('2026-03-01 15:45Z', 1, 1, 6, 'SG', 'SGD', 1, 1, 1, 42500, 1),
                                            ('2026-03-01 01:00Z', 2, 0, 1, 'GB', '', 7, 7, 0, 0, 1),
                                            ('2026-03-01 01:00Z', 2, 2, 6, 'GB', '', 4, 4, 4, 0, 1),
                                            ('2026-03-01 01:00Z', 1, 1, 6, 'MY', 'USD', 1, 1, 1, 1000000, 1),
                                            ('2026-03-01 01:00Z', 1, 1, 6, 'SG', 'SGD', 0, 1, 1, 90000, 5);
            """)
    }

    func period(_ name: String, _ zone: String = "Asia/Singapore") throws -> ReportPeriod {
        guard let period = ReportPeriod(name: name, zone: zone) else { throw NoPeriod() }
        return period
    }

    struct NoPeriod: Error {}

    func cost(_ name: String = "2026-03-01", currency: String? = nil) async throws -> Report {
        try await Report.make(
            .cost, try period(name), tenant: nil as Tenant?, currency: currency.flatMap { Currency($0) }, from: usage)
    }

    /// What a run of the command does.
    func write(
        _ report: Report, _ options: ReportFolder.Options = .init(), into folder: String? = nil,
        now: Timestamp = Timestamp(micros: 1_775_000_000_000_000)
    ) throws -> ReportFolder.Written {
        try ReportFolder(folder ?? self.folder).write(report, options, now: now)
    }

    var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != ".herald-reports.lock" }.sorted()
        }
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: folder + "/" + name))) }
    func json(_ name: String) throws -> JSON { try JSON.parse(try bytes(name)) }
}
