import Crypto
import Domain
import Foundation
import Reports
import Storage
import TestDatabase
import TestSupport
import Testing

@Suite(.database) struct ReportFolderTests {
    private let all = ReportFolder.Options(isPacked: true, hasWorkbook: true)

    @Test func theSameUsageGivesTheSameBytes() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        _ = try bench.write(try await bench.cost(), all)
        let names = ["cost-2026-03-01.csv.gz", "cost-2026-03-01.json", "cost-2026-03-01.xlsx"]
        #expect(try bench.names == names)
        let first = try names.map(bench.bytes)
        // What was folded together meanwhile changes nothing.
        let keys = KeyRing(masterKey: Array(repeating: 7, count: 32))
        #expect(try await LedgerStore(database: bench.database, keys: keys).compactRollups() == 6)
        let again = try bench.write(
            try await bench.cost(), all, now: Timestamp(micros: 1_780_000_000_000_000))
        #expect(again.kind == .unchanged)
        #expect(try names.map(bench.bytes) == first && bench.names == names)
        // In another folder too: only the manifest tells when it was made.
        let other = bench.folder + "/other"
        _ = try bench.write(try await bench.cost(), all, into: other)
        for name in [names[0], names[2]] {
            #expect(try Data(contentsOf: URL(filePath: other + "/" + name)) == Data(try bench.bytes(name)), "\(name)")
        }
    }

    @Test func theManifestTellsTheFilesDigestsAndTotals() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        _ = try bench.write(try await bench.cost(), all)
        let manifest = try bench.json("cost-2026-03-01.json")
        #expect(manifest["rows"]?.intValue == 5 && manifest["report"]?.stringValue == "cost")
        #expect(manifest["period"]?["zone"]?.stringValue == "Asia/Singapore")
        #expect(manifest["period"]?["start"]?.stringValue == "2026-02-28T16:00:00.000Z")
        #expect(
            manifest["totals"]?.arrayValue?.compactMap { $0["amount"]?.stringValue } == [
                "0.000000", "0.600001", "1.000000",
            ])
        #expect(manifest["missing_prices"]?.arrayValue?.first?["provider"]?.stringValue == "globe")
        #expect(Int64(manifest["ledger"]?["before_transaction"]?.stringValue ?? "") != nil)
        let files = try #require(manifest["files"]?.arrayValue)
        #expect(files.count == 2)
        for file in files {
            let bytes = try bench.bytes(try #require(file["name"]?.stringValue))
            #expect(file["sha256"]?.stringValue == String(decoding: Hex.encode(Digest.sha256(bytes)), as: UTF8.self))
            #expect(file["bytes"]?.intValue == Int64(bytes.count))
        }
    }

    @Test func aPastThatChangedIsANumberedCorrection() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        _ = try bench.write(try await bench.cost())
        let original = try bench.bytes("cost-2026-03-01.csv")
        try await bench.execute(
            """
            INSERT INTO rollup_delta VALUES ('2026-03-01 01:00Z', 1, 1, 6, 'SG', 'SGD', 1, 1, 1, 42500, 1),
                                            ('2026-03-01 01:00Z', 1, 1, 6, 'TH', 'SGD', 1, 1, 1, 7, 1)
            """)
        let written = try bench.write(try await bench.cost())
        #expect(written.kind == .correction(1))
        #expect(try bench.bytes("cost-2026-03-01.csv") == original)
        #expect(try bench.bytes("cost-2026-03-01.correction-1.csv") == (try await bench.cost()).main.csv)
        let correction = try #require(try bench.json("cost-2026-03-01.correction-1.json")["correction"])
        #expect(correction["corrects"]?.stringValue == "cost-2026-03-01.json")
        #expect(correction["rows_changed"]?.intValue == 1 && correction["rows_added"]?.intValue == 1)
        #expect(correction["rows_removed"]?.intValue == 0)
        let rows = try #require(correction["rows"]?.arrayValue)
        #expect(rows.map { $0["row"]?["country"]?.stringValue } == ["SG", "TH"])
        #expect(rows[0]["values"]?["amount"] == ["before": "0.510001", "after": "0.552501"])
        #expect(rows[0]["values"]?["currency"] == nil)
        #expect(correction["totals_before"]?.arrayValue?.count == 3)

        #expect(try bench.write(try await bench.cost()).kind == .unchanged)
        try await bench.execute(
            "INSERT INTO rollup_delta VALUES ('2026-03-01 01:00Z', 1, 1, 6, 'SG', 'SGD', 0, 0, 0, -1, 1)")
        #expect(try bench.write(try await bench.cost()).kind == .correction(2))
        let second = try bench.json("cost-2026-03-01.correction-2.json")["correction"]
        #expect(second?["corrects"]?.stringValue == "cost-2026-03-01.correction-1.json")
    }

    @Test func aDayThatIsNotOverIsReplaced() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        let noon = Timestamp(micros: try bench.period("2026-03-01").start.micros + 43_200_000_000)
        _ = try bench.write(try await bench.cost(), now: noon)
        try await bench.execute(
            "INSERT INTO rollup_delta VALUES ('2026-03-01 07:00Z', 1, 1, 6, 'SG', 'SGD', 1, 1, 1, 42500, 1)")
        #expect(try bench.write(try await bench.cost()).kind == .new)
        #expect(try bench.names == ["cost-2026-03-01.csv", "cost-2026-03-01.json"])
        #expect(try bench.write(try await bench.cost()).kind == .unchanged)
    }

    @Test func aFileThatWentMissingComesBack() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        _ = try bench.write(try await bench.cost(), all)
        let book = try bench.bytes("cost-2026-03-01.xlsx")
        try FileManager.default.removeItem(atPath: bench.folder + "/cost-2026-03-01.xlsx")
        #expect(try bench.write(try await bench.cost(), all).kind == .unchanged)
        #expect(try bench.bytes("cost-2026-03-01.xlsx") == book)
    }

    @Test func anotherZoneOrCurrencyIsNoCorrection() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        _ = try bench.write(try await bench.cost())
        let elsewhere = try await Report.make(
            .cost, try bench.period("2026-03-01", "UTC"), tenant: nil as Tenant?, from: bench.usage)
        let refusal = #expect(throws: ReportError.self) { try bench.write(elsewhere) }
        #expect(refusal?.description.contains("Asia/Singapore") == true)
        #expect(try bench.names.count == 2)
    }

    @Test func onlyOneWritesIntoAFolder() async throws {
        let bench = try await ReportBench()
        let held = try ReportFolder(bench.folder)
        let report = try await bench.cost()
        let refusal = #expect(throws: ReportError.self) { try bench.write(report) }
        #expect(refusal?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        _ = try held.write(report, .init())
    }

    @Test func whatAKilledRunLeftIsCleanedAwayAndNothingElse() async throws {
        let bench = try await ReportBench()
        _ = try bench.write(try await bench.cost())
        for name in [".cost-2026-03-01.csv.123.456", ".hidden.123.456", ".cost-notes.txt"] {
            try Data("half".utf8).write(to: URL(filePath: bench.folder + "/" + name))
        }
        _ = try bench.write(try await bench.cost())
        #expect(
            try bench.names == [".cost-notes.txt", ".hidden.123.456", "cost-2026-03-01.csv", "cost-2026-03-01.json"])
    }

    @Test func aFolderThatCannotBeWrittenLeavesNothing() async throws {
        let bench = try await ReportBench()
        try Data().write(to: URL(filePath: bench.folder))
        let report = try await bench.cost()
        let refusal = #expect(throws: ReportError.self) { try bench.write(report) }
        #expect(
            refusal?.description.contains("Not a directory") == true && refusal?.description.contains("--out") == true)
    }

    @Test func aDamagedManifestIsNotOverwritten() async throws {
        let bench = try await ReportBench()
        _ = try bench.write(try await bench.cost())
        try Data("{".utf8).write(to: URL(filePath: bench.folder + "/cost-2026-03-01.json"))
        let report = try await bench.cost()
        #expect(throws: ReportError.self) { try bench.write(report) }
        #expect(try bench.bytes("cost-2026-03-01.json") == [0x7B])
    }

    @Test func missedDaysAreThoseBehindTheFirstThatIsThere() async throws {
        let bench = try await ReportBench()
        let last = try bench.period("2026-03-08")
        func missed() throws -> [String] {
            try ReportFolder(bench.folder).missed(.cost, upTo: last, tenant: nil, most: 30).map(\.name)
        }
        #expect(try missed() == ["2026-03-08"])
        _ = try bench.write(try await bench.cost("2026-03-03"))
        _ = try bench.write(try await bench.cost("2026-03-06"))
        #expect(try missed() == ["2026-03-04", "2026-03-05", "2026-03-07", "2026-03-08"])
        for name in try missed() { _ = try bench.write(try await bench.cost(name)) }
        #expect(try missed() == [])
    }

    /// Python's own readers see what we wrote: text as text, numbers as numbers, and no formula anywhere.
    @Test func pythonReadsTheWorkbookAndTheTable() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        let report = try await bench.cost()
        _ = try bench.write(report, all)
        let read = try #require(
            try PythonOracle.json(
                "report_files.py", [bench.folder + "/cost-2026-03-01.csv.gz", bench.folder + "/cost-2026-03-01.xlsx"]
            ).first)
        #expect(read["formulas"]?.intValue == 0)
        #expect(read["csv"]?.arrayValue?.count == report.main.rows.count + 1)
        #expect(read["csv"]?.arrayValue?[1].arrayValue?[4] == .string(#"'=SUM(A1), "spring""#))
        #expect(read["csv"]?.arrayValue?[2].arrayValue?[24] == "0.510001")
        let sheets = try #require(read["sheets"]?.objectValue)
        #expect(sheets.keys == report.tables.map(\.title))
        let main = try #require(sheets["Cost"]?.arrayValue)
        #expect(main.count == 6)
        #expect(main[0].arrayValue?.compactMap(\.stringValue) == report.main.columns)
        #expect(main[1].arrayValue?[4] == .string(#"=SUM(A1), "spring""#))
        #expect(main[2].arrayValue?[24].doubleValue == 0.510001)
        // What costs nobody knows how much is empty, not zero.
        #expect(main[5].arrayValue?[24] == .null && main[4].arrayValue?[24].doubleValue == 0)
        #expect(read["money_format"] == "#,##0.00####")
    }
}
