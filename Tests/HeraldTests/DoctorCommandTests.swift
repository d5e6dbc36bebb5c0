import Crypto
import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import herald

@Suite(.database) struct DoctorCommandTests {
    private func findings(_ herald: HeraldCommand) async throws -> (code: Int32, byState: [String: [String]]) {
        let result = try await herald("doctor", "--json")
        let list = try result.json["findings"]?.arrayValue ?? []
        // Of the machine that this runs on nothing is expected.
        let machine = ["disk", "open files", "clock", "settings"]
        let texts = list.filter { !machine.contains($0["subject"]?.stringValue ?? "") }.map {
            ($0["state"]?.stringValue ?? "", "\($0["subject"]?.stringValue ?? ""): \($0["text"]?.stringValue ?? "")")
        }
        return (result.code, Dictionary(grouping: texts, by: \.0).mapValues { $0.map(\.1) })
    }

    @Test func whatIsNotSetUpToSendIsWrong() async throws {
        let herald = try HeraldCommand()
        // Nothing brings an empty database up to date but a command that works with it.
        #expect(try await findings(herald).byState["note"]?.contains { $0.hasPrefix("schema: version 0") } == true)
        try await herald("tenant", "add", "acme")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
        try await herald("provider", "add", "idle", "--kind", "sandbox")
        try await herald("provider", "add", "dear", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "email", "--providers", "dear")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                "INSERT INTO template (tenant, name, version, channel, content) SELECT id, 'broken', 1, 1, '{}' FROM tenant"
            )
        }
        await database.close()
        let (code, found) = try await findings(herald)
        #expect(code == 1)
        let wrong = found["wrong"] ?? []
        #expect(wrong.contains { $0.hasPrefix("provider: no route goes through “idle”") })
        #expect(wrong.contains { $0.hasPrefix("route: email goes through “dear”, which has no price") })
        #expect(wrong.contains { $0.hasPrefix("template: “broken” of acme does not compile") })
        #expect(wrong.contains { $0.hasPrefix("workers: none") })
        #expect(wrong.count == 4)
        #expect(found["note"] == ["route: acme has templates for sms and no route for it. `herald route add` sets one"])
    }

    @Test func aKeyThatDoesNotFitIsWrong() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let other = try HeraldCommand(key: String(repeating: "08", count: 32))
        #expect(
            try await findings(other).byState["wrong"]?.contains { $0.hasPrefix("master key: does not fit") } == true)
        // Nor does anything else work with it until something is to be sent.
        let refused = try await other("template", "add", "x", "--tenant", "acme", "--channel", "sms", "--text", "hi")
        #expect(refused.code == 1 && refused.errors.contains("master key"))
    }

    @Test func whatStandsStillOrEndsIsNamedWithWhatToDo() async throws {
        let herald = try HeraldCommand()
        for words in [
            ["tenant", "add", "acme"], ["source", "add", "shop", "--tenant", "acme"],
            ["source", "add", "office", "--tenant", "acme"], ["source", "add", "till", "--tenant", "acme"],
            ["key", "add", "--source", "shop", "--tenant", "acme", "--scope", "send:otp", "--expires", "30d"],
            ["source", "pause", "shop", "--tenant", "acme"], ["provider", "add", "idle", "--kind", "sandbox"],
            ["route", "add", "--channel", "sms", "--providers", "idle"], ["provider", "out", "idle"],
        ] {
            let result = try await herald.run(words, input: [])
            #expect(result.code == 0, "\(words): \(result.errors)")
        }
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                """
                UPDATE api_key SET expires_at = now() + interval '3 days 1 hour';
                UPDATE tenant SET created_at = now() - interval '30 days';
                INSERT INTO webhook_endpoint (tenant, url, events, secret, state, disabled_at, note)
                VALUES (1, 'https://x.example', 64, '', 'disabled', now(), 'It answered 410.');
                INSERT INTO price (provider, channel, micros, currency) VALUES (1, 1, 1, 'SGD'), (1, 2, 1, 'USD');
                INSERT INTO alert (rule, rule_name, tenant, subject, measure, dimension, direction, opened_at, seen_at, spell, value,
                                   worst, usual, weeks)
                VALUES (1, 'r', 1, 's', 'volume', 'source', 'rise', now(), now(), 'last hour', 1, 1, 1, 8);
                """)
        }
        let all = try await findings(herald).byState
        let (notes, wrong) = (all["note"] ?? [], all["wrong"] ?? [])
        func has(_ list: [String], _ beginning: String, _ command: String) -> Bool {
            list.contains { $0.hasPrefix(beginning) && $0.contains(command) }
        }
        #expect(
            has(notes, "key: hk_live_", "expires in 3 days. Run: herald key add --source shop --tenant acme"),
            "\(notes)")
        #expect(has(notes, "source: “office” of acme has no key", "Run: herald key add --source office"))
        #expect(has(notes, "source: “shop” of acme is paused", "Run: herald source resume shop --tenant acme"))
        #expect(has(notes, "provider: “idle” was taken out", "Run: herald provider in idle"))
        #expect(has(notes, "rates: there are prices in SGD, USD", "herald rate add"))
        #expect(has(notes, "alerts: 1 open", "herald alert list"))
        #expect(has(notes, "reports: no daily report for 30 days", "herald report daily"))
        #expect(has(notes, "backup: no backup for 30 days", "herald backup"))
        #expect(has(wrong, "webhook: webhook 1 of acme is disabled", "herald webhook enable 1"))

        // What was done since owes nothing; a folder that was taken away is missed.
        let folder = herald.folder.path + "/reports"
        let written = try await herald("report", "daily", "--out", folder)
        #expect(written.code == 0, "\(written.errors)")
        #expect(try await findings(herald).byState["note"]?.contains { $0.hasPrefix("reports: no daily") } == false)
        try await database.run { try $0.execute("UPDATE watch_state SET note = 'The disk is full.'") }
        await database.close()
    }

    /// A price list that covers some prefixes only, and a message that went elsewhere; an archive that is gone.
    @Test func whatHadNoPriceAndWhatIsGoneIsNamed() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        try await herald("provider", "add", "telco", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "telco")
        try await herald(
            "price", "add", "--provider", "telco", "--channel", "sms", "--prefix", "65", "--price", "0.05",
            "--currency", "SGD")
        let first = try await findings(herald).byState
        #expect(first["fine"]?.contains { $0.contains("all with providers and prices") } == true, "\(first)")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        let place = herald.folder.path
        try await database.run {
            try $0.execute(
                """
                INSERT INTO rollup VALUES (date_trunc('hour', now()), 1, 1, 6, 'TH', '', 3, 3, 3, 0, 1),
                                          (date_trunc('hour', now()), 1, 1, 6, 'KR', '', 1, 1, 1, 0, 1);
                INSERT INTO ledger_archive VALUES (1, '\(place)/ledger-000001.hla', 1, 1, '', now(), now(), 1, 1, NULL, now());
                """)
        }
        await database.close()
        let found = try await findings(herald).byState
        let note = found["note"]?.first { $0.hasPrefix("price: “telco” has no price for sms to KR, TH") }
        #expect(note?.contains("4 attempts of the last 3 days") == true, "\(found)")
        #expect(found["fine"]?.contains { $0.contains("all with providers and prices") } == false)
        #expect(
            found["wrong"]?.contains { $0.hasPrefix("archive: slice 1 of the ledger: \(place)") } == true, "\(found)")
    }

    @Test func whatIsNotedIsNotFine() {
        #expect(DoctorCommand.verdict(wrong: 0, notes: 0) == "Everything is fine.")
        #expect(DoctorCommand.verdict(wrong: 0, notes: 2) == "Nothing is wrong. See the 2 notes.")
        #expect(DoctorCommand.verdict(wrong: 1, notes: 1) == "One thing is wrong. See the note.")
    }

    @Test func settingsThatLoseDataAreWrong() {
        func found(_ settings: [String: String], _ connections: Int64 = 3) -> [String] {
            SettingsCheckup.findings(settings, connections: connections).map { "\($0.state) \($0.text)" }
        }
        let good = ["fsync": "on", "synchronous_commit": "on", "max_connections": "100", "shared_buffers": "65536"]
        #expect(found(good).allSatisfy { $0.hasPrefix("fine") })
        for name in ["fsync", "full_page_writes", "synchronous_commit", "autovacuum"] {
            let text = found(good.merging([name: "off"]) { $1 }).first ?? ""
            #expect(text.hasPrefix("wrong \(name) is off") && text.contains("ALTER SYSTEM SET \(name) = on"), "\(text)")
        }
        #expect(found(good, 90).first?.hasPrefix("wrong 90 of 100 connections") == true)
        #expect(
            found(good.merging(["shared_buffers": "1024"]) { $1 }).first?.hasPrefix("note shared_buffers is 8 MB")
                == true)
    }

    @Test func certificatesAndPermissionsAreLookedAt() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-doctor-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (certificate, key) = (folder + "/c.pem", folder + "/k.pem")
        func found(_ environment: [String: String]) -> [String] {
            FileCheckup(home: HeraldHome(path: folder), environment: environment).findings().map {
                "\($0.state) \($0.text)"
            }
        }
        let both = ["HERALD_TLS_CERT": certificate, "HERALD_TLS_KEY": key]
        #expect(
            found(["HERALD_TLS_CERT": certificate]) == [
                "wrong HERALD_TLS_CERT is set and HERALD_TLS_KEY is not: set both"
            ])
        #expect(found(both).first?.contains("can't be read") == true)
        let pair = try DevelopmentCertificate()
        try pair.write(certificatePath: certificate, keyPath: key)
        #expect(found(both).first?.hasPrefix("fine \(certificate) holds for 36") == true)
        chmod(key, 0o644)
        #expect(found(both).first?.contains("chmod 600 \(key)") == true)
        chmod(key, 0o600)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate))
        #expect(found(both) == ["wrong \(certificate) holds no certificate in PEM form"])
        chmod(folder, 0o777)
        #expect(found([:]).first?.contains("chmod go-w \(folder)") == true)
        chmod(folder, 0o700)
        #expect(found([:]) == [])
    }

    @Test(arguments: [(0, "fine"), (2, "note"), (-2, "note"), (31, "wrong"), (-3600, "wrong")])
    func aClockThatIsOff(seconds: Int64, state: String) {
        let now = Timestamp(micros: 1_700_000_000_000_000)
        let finding = DatabaseCheckup.clock(now + .seconds(seconds), between: now, and: now + .milliseconds(3))
        #expect(finding.state.rawValue == state)
    }
}
