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
            "workers       none: nothing is sent", "last hour 1,200 accepted, 1,100 sent, 1,150 ended",
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
        // Neither password nor user of the database.
        #expect(json["database"]?["place"]?.stringValue?.contains("@") == false)
    }

    @Test func whereNothingRunsItSaysSo() async throws {
        let herald = try HeraldCommand(database: false)
        let result = try await herald("status")
        #expect(result.code == 1 && result.output.contains("No Herald runs here"), "\(result.output)\(result.errors)")
        #expect(try await herald("status", "--json").json["running"] == false)
    }

    @Test(arguments: [
        ("postgresql://mia:secret@db.example/herald?sslmode=require", "db.example/herald"),
        ("host=/tmp/x port=5 user=mia password=secret", "host=/tmp/x"), ("dbname=x", "a server of its own"),
    ])
    func thePlaceTellsNoSecret(url: String, place: String) { #expect(StatusView.host(of: url) == place) }
}
