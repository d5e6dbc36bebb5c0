import Domain
import Storage
import TestDatabase
import Testing

@testable import herald

@Suite(.database) struct StatusCommandTests {
    @Test func oneScreenSaysWhatThereIs() async throws {
        let herald = try HeraldCommand()
        // Who only looks changes nothing: a database without a schema is said to be one.
        let early = try await herald("status")
        #expect(early.code == 1 && early.errors.contains("version 0 of the schema"), "\(early.errors)")
        try await herald("tenant", "add", "acme")
        try await herald("provider", "add", "telco", "--kind", "sandbox")
        try await herald("provider", "out", "telco")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                """
                SELECT make_ledger_slice('\\x00'); UPDATE ledger_slice SET state = 'open', opened_at = now();
                INSERT INTO rollup VALUES (date_trunc('hour', now()), 1, 1, 6, 'SG', 'SGD', 200, 200, 200, 8500000, 1);
                INSERT INTO minute_rate VALUES (date_trunc('minute', now()) - interval '5 minutes', 1200, 1100, 1150);
                INSERT INTO last_run VALUES ('report daily', now() - interval '3 hours', '2026-02-28', '/reports'), ('backup', now() - interval '2 days', 'of then', '/b');
                INSERT INTO alert (rule, rule_name, tenant, subject, measure, dimension, direction, opened_at, seen_at, spell, value,
                                   worst, usual, weeks)
                VALUES (1, 'r', 1, 's', 'volume', 'tenant', 'rise', now(), now(), 'last hour', 900, 900, 3, 8);
                """)
        }
        await database.close()
        let result = try await herald("status")
        #expect(result.code == 0, "\(result.errors)")
        for part in [
            "workers       none: nothing is sent", "last hour 1,200 accepted by the API, 1,100 sent, 1,150 ended",
            "fast: nothing waits; bulk: nothing waits", "1 slice, number 1 is open",
            "report daily 2026-02-28", "backup of then", "1 open, 1 nobody looks after",
            "tenant acme: 900 messages in an hour, usually 3", "telco", "out",
        ] {
            #expect(result.output.contains(part), "\(part) is not in: \(result.output)")
        }
        let json = try await herald("status", "--json").json
        #expect(json["running"] == true && json["workers"] == 0 && json["alerts"]?["open"] == 1)
        #expect(json["rates"]?["hour"]?["accepted"] == 1200 && json["ledger"]?["open_slice"] == 1)
        #expect(json["disk_free_bytes"] == .null, "the disk of another server can't be seen")
        #expect(json["providers"]?.arrayValue?.first?["sent_today"] == 200, "\(json.text)")
        #expect(json["providers"]?.arrayValue?.first?["cost_today"]?.arrayValue?.first?["cost"] == "8.500000")
        // Neither password nor user of the database.
        #expect(json["database"]?["place"]?.stringValue?.contains("@") == false)
    }

    @Test func whereNothingRunsItSaysSo() async throws {
        let herald = try HeraldCommand(database: false)
        let result = try await herald("status")
        #expect(result.code == 1 && result.output.contains("No Herald runs here"), "\(result.output)\(result.errors)")
        #expect(!result.errors.contains("is not running"), "said once: \(result.errors)")
        #expect(try await herald("status", "--json").json["running"] == false)
    }

    /// What is of the minute that runs is shown too, and a report of an earlier day by hand hides no later one.
    @Test func theRunningMinuteAndTheNewestReportAreShown() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        let runs = RunLog(database: database)
        try await runs.note("report daily", detail: "2026-03-02", folder: "/r", newestFirst: true)
        try await runs.note("report daily", detail: "2026-03-01", folder: "/x", newestFirst: true)
        #expect(try await runs.runs().map(\.detail) == ["2026-03-02"])
        try await runs.note("report daily", detail: "2026-03-03", folder: "/r", newestFirst: true)
        #expect(try await runs.runs().map(\.detail) == ["2026-03-03"])
        let now = Timestamp(micros: 1_800_000_045_000_000)
        let rates = MinuteRateStore(database: database)
        try await rates.add(.init(accepted: 1, sent: 410, ended: 3), at: now)
        try await rates.add(.init(accepted: 2, sent: 5, ended: 6), at: now - .seconds(60))
        let recent = try await rates.recent(now: now)
        #expect(recent.running.sent == 410 && recent.minute.sent == 5 && recent.hour.sent == 5)
        await database.close()
    }

    @Test(arguments: [
        ("postgresql://mia:secret@db.example/herald?sslmode=require", "db.example/herald"),
        ("host=/tmp/x port=5 user=mia password=secret", "host=/tmp/x"), ("dbname=x", "a server of its own"),
    ])
    func thePlaceTellsNoSecret(url: String, place: String) { #expect(StatusView.host(of: url) == place) }
}
