import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import herald

/// Archives by the command line, with real campaigns that were made old, and runs that are killed.
@Suite(.database) struct ArchiveCommandTests {
    private let herald: HeraldCommand
    private let database: Database
    private let keys = KeyRing(masterKey: [UInt8](repeating: 7, count: 32))

    init() async throws {
        herald = try HeraldCommand()
        database = Database(url: try TestDatabase.current.connectionString, connections: 2)
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
    }

    private var folder: String { herald.folder.appending(path: "archive").path }
    private var file: String { folder + "/ledger-000001.hla" }

    /// A campaign of two years ago in a sealed slice.
    private func old(
        people: String = "name,phone\nAnn,+6581234567\nBob,+6581234568\nEve,123\n", code: Int32 = 3
    ) async throws {
        let people = try herald.file("people.csv", people)
        let sent = try await herald("campaign", "send", people, "--tenant", "acme", "--template", "hi", "--wait")
        #expect(sent.code == code, "\(sent.errors)")
        let ledger = LedgerStore(database: database, keys: keys)
        try await database.run { session in
            try session.execute(
                """
                UPDATE ledger SET at = at - interval '730 days';
                UPDATE rollup SET bucket = bucket - interval '730 days';
                UPDATE rollup_delta SET bucket = bucket - interval '730 days'
                """)
        }
        #expect(try await ledger.rotateSlices(above: -1))
        #expect(try await ledger.sealSlices(closedFor: .zero) == 1)
    }

    @Test func anArchiveIsMadeSearchedProvedAndBroughtBack() async throws {
        try await old()
        #expect(try await herald("archive", "run").code == 2)
        #expect(try await herald("archive", "run", "--older-than", "3d").code == 2)
        #expect(try await herald("retention", "set", "--ledger", "400d", "--calls", "14").code == 0)
        let rules = try await herald("retention", "show", "--json").json.arrayValue ?? []
        #expect(rules.contains(["what": "ledger", "days": 400, "by": "set"]))
        #expect(rules.contains(["what": "webhooks", "days": 7, "by": "default"]))
        let before = try await herald("ledger", "find", "--tenant", "acme", "--json").json
        #expect(before.arrayValue?.count == 2)
        let csv = try await herald("ledger", "find", "--tenant", "acme", "--csv", "-").output
        // What is no file is written into, and stays what it is.
        let link = herald.folder.appending(path: "nowhere").path
        #expect(mkfifo(link, 0o600) == 0)
        let reader = open(link, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--csv", link).code == 0)
        var kind = stat()
        #expect(lstat(link, &kind) == 0 && kind.st_mode & S_IFMT == S_IFIFO)
        let proof = try await herald("ledger", "verify", "--json").json
        let evidence = herald.folder.path + "/evidence-"
        let question = ["evidence", "export", "--tenant", "acme", "--campaign", "1", "--out"]
        #expect(try await herald.run(question + [evidence + "1.zip"], input: []).code == 0)
        let person = ["person", "export", "+6581234567", "--tenant", "acme"]
        let held = try await herald.run(person, input: []).json["messages"]
        #expect(held?.arrayValue?.count == 1)

        let run = try await herald("archive", "run", "--json")
        #expect(try run.code == 0 && run.json.arrayValue?.first?["outcome"] == "archived", "\(run.errors)")
        #expect(try await herald("archive", "run").output.contains("Nothing was done"))
        let unsearched = try await herald("ledger", "find", "--tenant", "acme", "--json")
        #expect(try unsearched.json == [] && unsearched.errors.contains("1 archive was not searched: --archive"))
        let found = try await herald("ledger", "find", "8123 4567", "--tenant", "acme", "--archive", "--json")
        #expect(try found.code == 0 && found.json.arrayValue?.count == 1)
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--archive", "--json").json == before)
        let table = try await herald("ledger", "find", "--tenant", "acme", "--archive", "--csv", "-")
        #expect(table.output == csv && table.errors.contains("2 rows"), "\(table.errors)")
        // The same is known of a person, and the same is signed, wherever the rows lie.
        #expect(try await herald.run(person, input: []).json["messages"] == held)
        #expect(try await herald.run(question + [evidence + "2.zip"], input: []).code == 0)
        let signed = try [1, 2].map { try Data(contentsOf: URL(fileURLWithPath: "\(evidence)\($0).zip")) }
        #expect(signed[0] == signed[1])

        let number = try #require(before.arrayValue?.first?["message"]?.intValue)
        let trace = try await herald("ledger", "trace", String(number))
        #expect(trace.code == 0 && trace.output.contains("archive restore 1") && trace.output.contains("sent"))
        let results = try await herald("campaign", "results", "1")
        #expect(results.code == 1 && results.errors.contains("herald archive restore 1"), "\(results.errors)")
        #expect(results.output == "")

        let verified = try await herald("ledger", "verify", "--archives", "--json")
        #expect(try verified.code == 0 && verified.json["archived_rows"] == 2)
        #expect(try verified.json["cost"] == proof["cost"])
        let sums = try await herald("archive", "verify")
        #expect(sums.code == 0 && sums.output.contains("1 archive is whole: 2 rows."), "\(sums.output)")

        // A bit flips: it is named, and the exit code tells.
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        var broken = whole
        broken[20] ^= 1
        try broken.write(to: URL(fileURLWithPath: file))
        let partly = try await herald("ledger", "find", "--tenant", "acme", "--archive", "--json")
        #expect(try partly.code == 3 && partly.json == [] && partly.errors.contains(file))
        #expect(try await herald("archive", "verify").code == 1)
        #expect(try await herald("archive", "restore", "1").code == 1)
        let differs = try await herald("ledger", "verify", "--archives")
        #expect(differs.code == 1 && differs.output.contains("campaigns agree; 1 archive can't be read"))
        #expect(try await herald("ledger", "verify").code == 0)
        #expect(try await herald("ledger", "trace", String(number)).code == 3)
        let part = try await herald.run(person, input: [])
        #expect(try part.code == 3 && part.json["not_searched"]?.arrayValue?.count == 1, "\(part.errors)")
        let unsigned = try await herald.run(question + [evidence + "3.zip"], input: [])
        #expect(unsigned.code == 1 && unsigned.errors.contains(file), "\(unsigned.errors)")
        #expect(!FileManager.default.fileExists(atPath: evidence + "3.zip"))
        try FileManager.default.removeItem(atPath: file)

        let moved = herald.folder.path + "/moved"
        try FileManager.default.createDirectory(atPath: moved, withIntermediateDirectories: true)
        try whole.write(to: URL(fileURLWithPath: moved + "/ledger-000001.hla"))
        let list = try await herald("archive", "list")
        #expect(list.code == 3 && list.errors.contains("\(file) is missing."), "\(list.errors)")
        let there = ["--archive-folder", moved]
        #expect(try await herald.run(question + [evidence + "3.zip"] + there, input: []).code == 0)
        #expect(try await herald.run(person + there, input: []).json["messages"] == held)
        for words in [
            ["ledger", "trace", String(number)], ["ledger", "verify"], ["archive", "list"], ["archive", "verify"],
            ["ledger", "find", "--tenant", "acme"],
        ] {
            let result = try await herald.run(words + there, input: [])
            #expect(result.code == 0 && !result.errors.contains("is missing"), "\(words): \(result.errors)")
            let nowhere = try await herald.run(words + ["--archive-folder", moved + "/not"], input: [])
            #expect(
                nowhere.code == 2 && nowhere.errors.contains("there is no folder \(moved)/not"), "\(nowhere.errors)")
        }
        let elsewhere = try await herald("ledger", "trace", String(number), "--json", "--archive-folder", moved)
        #expect(try elsewhere.json["ledger"]?.arrayValue?.count == 1, "\(elsewhere.output)")
        #expect(
            try await herald("ledger", "find", "--tenant", "acme", "--json", "--archive-folder", moved).json == before)
        let back = try await herald("archive", "restore", "1", "--archive-folder", moved)
        #expect(back.code == 0 && back.output.contains(moved + "/ledger-000001.hla"), "\(back.errors) \(back.output)")
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--json").json == before)
        #expect(try await herald("archive", "list", "--json").json == [])
        let again = try await herald("archive", "restore", "1")
        #expect(again.code == 1 && again.errors.contains("archive 1 are back"), "\(again.errors)")
    }

    /// However many messages are in it: each of them would open the file, and read the whole list of archives, by itself.
    @Test func anExportOpensAnArchiveOnce() async throws {
        let lines = (0..<3000).map { "P\($0),+65\(91_000_000 + $0)\n" }.joined()
        try await old(people: "name,phone\n" + lines, code: 0)
        #expect(try await herald("archive", "run", "--older-than", "400d").code == 0)
        let watch = inotify_init1(Int32(IN_NONBLOCK))
        defer { close(watch) }
        #expect(inotify_add_watch(watch, file, UInt32(IN_OPEN | IN_CLOSE_NOWRITE)) >= 0)
        let made = try await herald(
            "evidence", "export", "--tenant", "acme", "--campaign", "1", "--out", herald.folder.path + "/evidence.zip")
        #expect(made.code == 0 && made.output.contains("3,000 messages"), "\(made.errors)")
        // An opening is told of as long as no other one is told of right before it, so closings are counted too.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(watch, &bytes, bytes.count)
        #expect(count == 2 * MemoryLayout<inotify_event>.size, "\(count)")
    }

    @Test func aBackupNamesTheArchivesThatItDoesNotHold() async throws {
        try await old()
        #expect(try await herald("archive", "run", "--older-than", "400d").code == 0)
        let backup = herald.folder.appending(path: "backup").path
        let made = try await herald("backup", backup)
        #expect(made.code == 0 && made.output.contains("1 archive of the ledger"), "\(made.errors)")
        let verified = try await herald("backup", "verify", backup, "--json")
        #expect(try verified.json["archives"]?.arrayValue?.first?["file"]?.stringValue == file)
    }

    /// Where a run stands when it is killed, held there by a lock that the test has.
    enum Moment: String, CaseIterable, Sendable {
        case beforeTheCopy, afterTheFile, whileDetaching

        var lock: String {
            switch self {
            case .beforeTheCopy: "BEGIN; LOCK TABLE ledger_000001 IN ACCESS EXCLUSIVE MODE"
            case .afterTheFile: "BEGIN; SELECT pg_advisory_xact_lock(hashtext('herald corrections'))"
            case .whileDetaching: "BEGIN; LOCK TABLE ledger IN ACCESS SHARE MODE"
            }
        }
    }

    @Test(arguments: Moment.allCases) func aRunThatIsKilledLosesAndDoublesNothing(_ moment: Moment) async throws {
        try await old()
        let before = try await herald("ledger", "find", "--tenant", "acme", "--json").json
        let holder = database.dedicatedConnection(name: "holder")
        try await holder.run { try $0.execute(moment.lock) }
        let process = try ChildProcess(
            HeraldCommand.binary.path, ["archive", "run", "--older-than", "400d"],
            environment: [
                "HERALD_HOME": herald.folder.path, "HERALD_MASTER_KEY": String(repeating: "07", count: 32),
                "HERALD_DATABASE_URL": try TestDatabase.current.connectionString,
            ])
        // It waits for the lock, or has given way to it and waits a moment.
        let name = moment == .beforeTheCopy ? ".ledger-000001.hla" : "ledger-000001.hla"
        try await eventually { [folder] in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.contains { $0.hasPrefix(name) }
        }
        try await eventually { [database] in
            try await database.run { session in
                try session.query("SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")[0]
                    .int("n") > 0
            }
        }
        kill(process.id, SIGKILL)
        #expect(await process.end() != 0)
        try await holder.run { try $0.execute("ROLLBACK") }
        await holder.close()

        // Nothing is gone, nothing is there twice.
        #expect(try await herald("archive", "list", "--json").json == [])
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--archive", "--json").json == before)
        #expect(try await herald("ledger", "verify").code == 0)
        // And the next run does it, once nobody holds what the killed one had.
        try await eventually { [herald] in
            try await herald("archive", "run", "--older-than", "400d", "--json").output.contains("archived")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["ledger-000001.hla"])
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--json").json == [])
        #expect(try await herald("ledger", "find", "--tenant", "acme", "--archive", "--json").json == before)
        #expect(try await herald("ledger", "verify", "--archives").code == 0)
    }

    /// A restore that dies is none.
    @Test func aRestoreThatIsKilledChangesNothing() async throws {
        try await old()
        #expect(try await herald("archive", "run", "--older-than", "400d").code == 0)
        let holder = database.dedicatedConnection(name: "holder")
        try await holder.run { try $0.execute("BEGIN; LOCK TABLE ledger_archive IN SHARE MODE") }
        let process = try ChildProcess(
            HeraldCommand.binary.path, ["archive", "restore", "1"],
            environment: [
                "HERALD_HOME": herald.folder.path, "HERALD_MASTER_KEY": String(repeating: "07", count: 32),
                "HERALD_DATABASE_URL": try TestDatabase.current.connectionString,
            ])
        try await eventually { [database] in
            try await database.run { session in
                try session.query("SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")[0]
                    .int("n") > 0
            }
        }
        kill(process.id, SIGKILL)
        #expect(await process.end() != 0)
        try await holder.run { try $0.execute("ROLLBACK") }
        await holder.close()
        try await eventually { [database] in
            try await database.run { session in
                try session.query("SELECT to_regclass('ledger_000001') IS NULL AS gone")[0].bool("gone")
            }
        }
        #expect(try await herald("archive", "list", "--json").json.arrayValue?.count == 1)
        #expect(try await herald("ledger", "verify", "--archives").code == 0)
        #expect(try await herald("archive", "restore", "1").code == 0)
        #expect(try await herald("ledger", "verify").code == 0)
    }

    /// Told about by its number, after three days or before: it waits, says why, and counts once the slice is back.
    @Test func aLateReceiptOfAnArchivedMessageWaitsAndSaysWhere() async throws {
        try await old()
        #expect(try await herald("archive", "run", "--older-than", "400d").code == 0)
        let found = try await herald("ledger", "find", "--tenant", "acme", "--archive", "--json").json
        let number = try #require(found.arrayValue?.first?["message"]?.intValue)
        let receipts = try herald.file("receipts.csv", "message,state\n\(number),delivered\n")
        let told = try await herald("receipt", "import", receipts, "--provider", "box")
        #expect(told.errors.contains("parked: 1"), "\(told.errors) \(told.output)")
        let parked = try await herald("receipt", "list", "--json").output
        #expect(parked.contains("archived in ledger-000001.hla"), "\(parked)")
        #expect(try await herald("archive", "restore", "1").code == 0)
        try await database.run { try $0.execute("UPDATE callback SET due_at = now() - interval '1 second', tries = 5") }
        let again = try await herald(
            "receipt", "import", try herald.file("none.csv", "message,state\n"), "--provider", "box")
        #expect(again.code == 0 || again.code == 3 || again.code == 1)
        let state = try await herald("ledger", "trace", String(number)).output
        #expect(state.contains("delivered"), "\(state)")
    }
}
