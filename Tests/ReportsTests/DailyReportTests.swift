import Domain
import Foundation
import Reports
import Storage
import TestDatabase
import Testing

@Suite(.database) struct DailyReportTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "herald-report-\(UUID().uuidString)")
        .path

    /// Two campaigns of a tenant whose usage lies around the borders of 1 March in Singapore (16:00 UTC).
    private func makeUsage() async throws -> UsageStore {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 2)
        try await database.run { session in
            _ = try Migrations.apply(on: session)
            try session.execute(
                """
                INSERT INTO tenant (name, sealed_key) VALUES ('acme', ''), ('beta', '');
                INSERT INTO source (tenant, name) VALUES (1, 'shop');
                INSERT INTO provider (name, kind, sealed_settings) VALUES ('telco', 'sandbox', '');
                INSERT INTO template (tenant, name, version, channel, content) VALUES (1, 't', 1, 1, '{}'), (2, 't', 1, 1, '{}');
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, first_slice)
                VALUES (1, 1, 1, 1, '=SUM(A1), "spring"', 1, 4, 3, 'finished', now(), '', '{}', 'address', 1, 0, 0, 1),
                       (2, 2, NULL, 2, 'plain', 1, 1, 0, 'finished', now(), '', '{}', 'address', 1, 0, 0, 1);
                INSERT INTO rollup VALUES ('2026-02-28 16:00Z', 1, 1, 6, 'SG', 'SGD', 10, 12, 11, 467500, 1),
                                          ('2026-02-28 15:45Z', 1, 1, 6, 'SG', 'SGD', 1000, 1000, 1000, 1000, 1),
                                          ('2026-03-01 16:00Z', 1, 1, 6, 'SG', 'SGD', 1000, 1000, 1000, 1000, 1);
                INSERT INTO rollup_delta VALUES ('2026-03-01 15:45Z', 1, 1, 5, 'SG', 'SGD', 3, 3, 3, 1, 1),
                                                ('2026-03-01 15:45Z', 1, 1, 6, 'SG', 'SGD', 1, 1, 1, 42500, 1),
                                                ('2026-03-01 01:00Z', 2, 0, 1, 'GB', '', 7, 7, 0, 0, 1),
                                                ('2026-03-01 01:00Z', 1, 1, 6, 'MY', 'USD', 1, 1, 1, 1000000, 1),
                                                ('2026-03-01 01:00Z', 1, 1, 6, 'SG', 'SGD', 0, 1, 1, 90000, 5);
                """)
        }
        return UsageStore(database: database)
    }

    private func day() throws -> ReportDay {
        let date = try #require(CivilDate("2026-03-01"))
        return try #require(ReportDay(date, zone: "Asia/Singapore"))
    }

    private static let header =
        "tenant,source,campaign_id,campaign,channel,category,provider,country,currency,messages,delivered,sent,undelivered,"
        + "bounced,complained,failed,unknown,rejected,expired,cancelled,attempts,segments,cost\r\n"

    @Test func holdsTheDayAndNothingElse() async throws {
        let report = try await DailyReport.make(try day(), from: makeUsage()).report
        let campaign = "acme,shop,1,\"'=SUM(A1), \"\"spring\"\"\",sms,marketing,telco"
        #expect(
            String(decoding: report.csv, as: UTF8.self) == Self.header
                + "\(campaign),MY,USD,1,0,1,0,0,0,0,0,0,0,0,1,1,1.000000\r\n"
                + "\(campaign),SG,SGD,14,0,11,0,0,0,3,0,0,0,0,16,15,0.510001\r\n"
                + "\(campaign.replacing("sms", with: "voice")),SG,SGD,0,0,0,0,0,0,0,0,0,0,0,1,1,0.090000\r\n"
                + "beta,,2,plain,sms,otp,,GB,,7,0,0,0,0,0,0,0,7,0,0,7,0,0.000000\r\n")
        #expect(report.totals.map(\.currency) == ["", "SGD", "USD"])
        #expect(report.totals.map(\.cost) == [0, 600_001, 1_000_000])
    }

    @Test func isTheSameWhenMadeAgainAndAfterCompaction() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let usage = try await makeUsage()
        let path = try await DailyReport.make(try day(), from: usage).write(to: folder)
        #expect(path == folder + "/cost-2026-03-01.csv")
        let first = try Data(contentsOf: URL(filePath: path))
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        #expect(
            try await LedgerStore(database: database, keys: KeyRing(masterKey: Array(repeating: 7, count: 32)))
                .compactRollups() == 5)
        _ = try await DailyReport.make(try day(), from: usage).write(to: folder)
        #expect(try Data(contentsOf: URL(filePath: path)) == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["cost-2026-03-01.csv"])
    }

    @Test func anEmptyDayHasAHeaderOnly() async throws {
        let day = try #require(ReportDay(CivilDate(daysSinceEpoch: 18_000), zone: "UTC"))
        #expect(
            String(decoding: try await DailyReport.make(day, from: makeUsage()).report.csv, as: UTF8.self)
                == Self.header)
    }
}
