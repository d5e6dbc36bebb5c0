import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

/// Reports as cron and finance make them, with the built binary.
@Suite(.database) struct ReportCommandTests {
    /// Two days of a tenant's usage, seen from Singapore.
    private func herald() async throws -> (HeraldCommand, Database) {
        let herald = try HeraldCommand()
        #expect(try await herald("tenant", "add", "acme", "--time-zone", "Asia/Singapore").code == 0)
        #expect(try await herald("source", "add", "shop", "--tenant", "acme", "--cost-centre", "4711").code == 0)
        #expect(try await herald("provider", "add", "telco", "--kind", "sandbox").code == 0)
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO template (tenant, name, version, channel, content) VALUES (1, 't', 1, 1, '{}');
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, first_slice)
                VALUES (1, 1, 1, 1, 'spring', 1, 4, 3, 'finished', now(), '', '{}', 'address', 1, 0, 0, 1);
                INSERT INTO rollup VALUES ('2026-02-28 16:00Z', 1, 1, 8, 'SG', 'SGD', 10, 10, 10, 425000, 1),
                                          ('2026-03-02 00:00Z', 1, 1, 6, 'SG', 'SGD', 20, 20, 20, 850000, 1),
                                          ('2026-03-02 00:00Z', 1, 1, 6, 'TH', '', 3, 3, 3, 0, 1);
                """)
        }
        return (herald, database)
    }

    @Test func aMonthIsWrittenShownAndTheSameAgain() async throws {
        let (herald, _) = try await herald()
        let out = herald.folder.appending(path: "out").path
        let words = [
            "report", "monthly", "--month", "2026-03", "--tenant", "acme", "--kind", "all", "--xlsx", "--gzip", "--out",
            out,
        ]
        let first = try await herald.run(words, input: [])
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains("SGD             30        30        30  1.275"), "\(first.output)")
        // Named, and not zero in silence.
        let none = try #require(first.lines.first { $0.hasPrefix("none") })
        #expect(!none.contains("0.00") && none.hasSuffix("3"), "\(none)")
        #expect(first.errors.contains("No price was known for 3 of 2026-03: telco sms TH (3)"), "\(first.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: out).filter { !$0.hasPrefix(".") }.sorted()
        #expect(
            names
                == ["cost", "delivery", "exceptions"].flatMap { kind in
                    ["csv.gz", "json", "xlsx"].map { "\(kind)-2026-03-acme.\($0)" }
                })
        let again = try await herald.run(words + ["--json"], input: []).json
        #expect(again.arrayValue?.map { $0["status"]?.stringValue } == ["unchanged", "unchanged", "unchanged"])
        #expect(again.arrayValue?.first?["tz"]?.stringValue == "Asia/Singapore")

        let shown = try await herald("report", "show", "--month", "2026-03", "--tenant", "acme")
        #expect(shown.code == 0 && shown.output.contains("2026-03-02        23  ████████████████"), "\(shown.output)")
        #expect(shown.output.contains("3 without a price: telco sms TH"))
        let machine = try await herald("report", "show", "--month", "2026-03", "--tenant", "acme", "--json").json
        #expect(machine["days"]?.arrayValue?.map { $0["day"]?.stringValue } == ["2026-03-01", "2026-03-02"])
        #expect(machine["cost_totals"]?.arrayValue?.last?["amount"] == "1.275000")
        #expect(try await herald("report", "daily", "--day", "2026-03-01").code == 0)
        #expect(try await herald("report", "daily", "--date", "1900-01-01").errors.contains("too early"))
        #expect(try await herald("report", "show", "--date", "2019-01-01").output.contains("Nothing was sent."))
    }

    @Test func missedDaysAreCaughtUpAndAChangedDayIsCorrected() async throws {
        let (herald, database) = try await herald()
        func daily(_ date: String, _ more: String...) async throws -> HeraldCommand.Result {
            try await herald.run(
                ["report", "daily", "--date", date, "--tz", "Asia/Singapore", "--json"] + more, input: [])
        }
        #expect(try await daily("2026-02-27").json["status"] == "written")
        let caught = try await daily("2026-03-02", "--catch-up").json
        #expect(
            caught.arrayValue?.map { $0["period"]?.stringValue } == ["2026-02-28", "2026-03-01", "2026-03-02"],
            "\(caught.text)")
        try await database.run { session in
            try session.execute(
                "INSERT INTO rollup_delta VALUES ('2026-03-01 00:00Z', 1, 1, 6, 'SG', 'SGD', 1, 1, 1, 42500, 1)")
        }
        let corrected = try await daily("2026-03-01").json
        #expect(corrected["status"] == "corrected" && corrected["correction"]?.intValue == 1)
        #expect(corrected["file"]?.stringValue?.hasSuffix("/reports/cost-2026-03-01.correction-1.csv") == true)
    }

    @Test func ratesComeFromAFileAndConvert() async throws {
        let (herald, _) = try await herald()
        let range = [
            "report", "range", "--from", "2026-03-01", "--to", "2026-03-02", "--tz", "Asia/Singapore", "--currency",
            "eur",
        ]
        let missing = try await herald.run(range, input: [])
        #expect(
            missing.code == 1 && missing.errors.contains("herald rate add --from SGD --to EUR"), "\(missing.errors)")
        #expect(!FileManager.default.fileExists(atPath: herald.folder.path + "/reports/cost-2026-03-01_2026-03-02.csv"))
        let file = try herald.file("rates.csv", "from,to,rate,date\nSGD,EUR,0.68,2026-03-01\nUSD,EUR,x,2026-03-01\n")
        let imported = try await herald("rate", "import", file)
        #expect(imported.code == 3 && imported.output.contains("1"), "\(imported.output) \(imported.errors)")
        #expect(
            try await herald("rate", "add", "--from", "SGD", "--to", "EUR", "--rate", "1", "--date", "2026-03-01").code
                == 1)
        let list = try await herald("rate", "list", "--json").json
        #expect(list.arrayValue?.count == 1 && list.arrayValue?.first?["rate"] == "0.68")
        let written = try await herald.run(range, input: [])
        #expect(written.code == 0 && written.output.contains("0.867"), "\(written.output)\(written.errors)")
        #expect(try await herald("rate", "remove", "1").code == 0)
        #expect(try await herald("rate", "remove", "1").code == 1)
    }

    @Test func aFailureIsToldByMailAndSaidAllTheSame() async throws {
        let letter = FileManager.default.temporaryDirectory.appending(path: "herald-letter-\(UUID().uuidString)").path
        let program = letter + ".sh"
        try Data("#!/bin/sh\necho \"$@\" > \(letter)\ncat >> \(letter)\n".utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        defer {
            try? FileManager.default.removeItem(atPath: letter)
            try? FileManager.default.removeItem(atPath: program)
        }
        let herald = try HeraldCommand(environment: ["HERALD_SENDMAIL": program])
        let file = try herald.file("file", "")
        let failed = try await herald(
            "report", "daily", "--out", file + "/below", "--mail-on-failure", "finance@example.com")
        #expect(failed.code == 1 && failed.errors.contains("could not be written"), "\(failed.errors)")
        let text = String(decoding: try Data(contentsOf: URL(filePath: letter)), as: UTF8.self)
        #expect(text.hasPrefix("-i -- finance@example.com\nTo: finance@example.com\n"), "\(text)")
        #expect(text.contains("could not be written: Not a directory"))
    }

    @Test func aFailureIsToldToAWebhook() async throws {
        let herald = try HeraldCommand()
        let server = try PythonServer("servers/hook.py")
        defer { server.stop() }
        let file = try herald.file("file", "")
        let failed = try await herald(
            "report", "daily", "--out", file, "--webhook-on-failure", "http://127.0.0.1:\(server.port)/hook")
        #expect(failed.code == 1 && !failed.errors.contains("webhook"), "\(failed.errors)")
        let told = try JSON.parse(try #require(try server.lines("").first))
        #expect(told["event"] == "report.failed" && told["text"]?.stringValue?.contains("Not a directory") == true)
    }

    @Test(arguments: [
        ["report", "weekly", "--week", "2026-W54"], ["report", "monthly", "--month", "2026-03-01"],
        ["report", "range", "--from", "2026-03-02", "--to", "2026-03-01"], ["report", "range"],
        ["report", "daily", "--kind", "weather"], ["report", "daily", "--tz", "Mars/Base"],
        ["report", "daily", "--currency", "dollars"], ["report", "daily", "--mail-on-failure", "nobody"],
        ["report", "daily", "--webhook-on-failure", "ftp://x"], ["report", "show", "--day", "2026-02-30"],
        ["report", "show", "--to", "2026-03-01"], ["report", "show", "--month", "2026-03", "--day", "2026-03-01"],
        ["report", "show", "--day", "2026-03-01", "--date", "2026-03-02"], ["report", "daily", "--date", "2999-01-01"],
        ["report", "daily", "--day", "1900-01-01"],
        ["rate", "add", "--from", "SGD", "--to", "SGD", "--rate", "1", "--date", "2026-01-01"],
        ["report", "daily", "--currency", "HRK"], ["report", "show", "--month", "2026-03", "--currency", "QQQ"],
        ["rate", "add", "--from", "XXX", "--to", "SGD", "--rate", "1", "--date", "2026-01-01"],
        ["rate", "add", "--from", "SGD", "--to", "QQQ", "--rate", "1", "--date", "2026-01-01"],
        ["rate", "add", "--from", "SGD", "--to", "EUR", "--rate", "-1", "--date", "2026-01-01"],
    ]) func whatCannotBeIsRefusedInWords(words: [String]) async throws {
        let herald = try HeraldCommand()
        let refused = try await herald.run(words, input: [])
        #expect(refused.code == 2 && refused.errors.hasPrefix("herald: "), "\(words): \(refused.errors)")
    }

    @Test func anInvoiceIsHeldAgainstTheLedger() async throws {
        let (herald, _) = try await herald()
        let good = try herald.file("invoice.csv", "Message SID;Price\nSM1;0,0425\n")
        let out = herald.folder.appending(path: "differences.csv").path
        let found = try await herald(
            "report", "reconcile", good, "--provider", "telco", "--month", "2026-03", "--out", out)
        #expect(
            found.code == 3 && found.output.contains("only in the invoice         1"), "\(found.output)\(found.errors)")
        let table = String(decoding: try Data(contentsOf: URL(filePath: out)), as: UTF8.self)
        #expect(table.contains("only_theirs,SM1,2,0.042500,,,,,\r\n"), "\(table)")
        let odd = try herald.file("odd.csv", "Foo,Bar\n1,2\n")
        let refused = try await herald("report", "reconcile", odd, "--provider", "telco", "--month", "2026-03")
        #expect(refused.code == 1 && refused.errors.contains("--reference-column"), "\(refused.errors)")
        #expect(try await herald("report", "reconcile", good, "--provider", "telco").code == 2)
        #expect(
            try await herald("report", "reconcile", "/nowhere.csv", "--provider", "telco", "--month", "2026-03").code
                == 1)
    }
}
