import TestSupport
import Testing

@testable import Ingest

@Suite struct CSVScannerTests {
    @Test(arguments: [",", ";", "\t", "|"], ["\n", "\r\n", "\r"])
    func readsEveryDelimiterAndLineEnd(delimiter: String, end: String) throws {
        let rows = [["phone", "name"], ["+6591234567", "Tan"], ["", "say \"\"hi\"\""], ["x", ""]]
        let text = rows.map { $0.map { $0.contains("\"") ? "\"\($0)\"" : $0 }.joined(separator: delimiter) }
            .joined(separator: end)
        let scanned = try Scanned(text + end)
        #expect(scanned.records == [["phone", "name"], ["+6591234567", "Tan"], ["", "say \"hi\""], ["x", ""]])
        #expect(scanned.lines == [1, 2, 3, 4])
    }

    @Test func countsPhysicalLines() throws {
        let scanned = try Scanned("a,b\n\n\r\n1,\"x\r\ny\nz\"\n2,w\r3,v")
        #expect(scanned.records == [["a", "b"], ["1", "x\r\ny\nz"], ["2", "w"], ["3", "v"]])
        #expect(scanned.lines == [1, 4, 7, 8])
    }

    static let hard = """
        a,b,c\r\n1,"x ""y"" z",2\r3,"multi\r\nline",4\n\n"",,""\n"q" tail,"bad\nline",5\n6,"open,7\n8,9,10\n11,"end",12\n13,"never
        14,15,16
        """

    @Test func everySplitPointGivesTheSameRecords() throws {
        let bytes = Array(Self.hard.utf8)
        let whole = try Scanned(bytes)
        for piece in 1..<bytes.count {
            #expect(try Scanned(bytes, delimiter: 0x2C, piece: piece) == whole, "pieces of \(piece)")
        }
    }

    @Test func recoversTheRowsBehindAnUnclosedQuote() throws {
        let scanned = try Scanned("p,n\n1,\"Bob\n2,Al\n3,Cy\n")
        #expect(scanned.records == [["p", "n"], ["1", "\"Bob"], ["2", "Al"], ["3", "Cy"]])
        #expect(scanned.faults == [.none, .unclosedQuote, .none, .none])
        #expect(scanned.lines == [1, 2, 3, 4])
    }

    @Test func recoversWhereTheNextQuotedFieldClosesTheQuote() throws {
        let scanned = try Scanned("\"p\",\"n\"\n\"1\",\"Bob\n\"2\",\"Al\"\n\"3\",\"Cy\"\n")
        #expect(scanned.records == [["p", "n"], ["1", "\"Bob"], ["2", "Al"], ["3", "Cy"]])
        #expect(scanned.faults == [.none, .unclosedQuote, .none, .none])
    }

    @Test func namesTheLineOfTheQuoteThatIsOpen() throws {
        let scanned = try Scanned("p,n,m\n1,\"two\nlines\",\"open\n2,b,c\n")
        #expect(scanned.records == [["p", "n", "m"], ["1", "two\nlines", "\"open"], ["2", "b", "c"]])
        #expect(scanned.lines == [1, 3, 4])
    }

    @Test(arguments: [1, 3, 1000, 100_000])
    func keepsMemoryFlatInLongFields(piece: Int) throws {
        var limits = ScanLimits()
        limits.field = 1000
        limits.row = 3000
        limits.keptOfLongField = 4
        let long = String(repeating: "x", count: 5000)
        let most = String(repeating: "y", count: 900)
        let text = """
            p,n
            1,\(long),z
            2,"\(long)",z
            3,\(most),\(most),\(most),\(most)
            4,"\(String(repeating: "l\n", count: 700))"
            5,fine\r
            6,"\(most)"\r
            """
        let scanned = try Scanned(text, delimiter: 0x2C, piece: piece, limits: limits)
        let rows = scanned.records.enumerated().filter { $0.element[0] != "l" }
        #expect(rows.map { $0.element[0] } == ["p", "1", "2", "3", "4", "\"", "5", "6"])
        #expect(
            rows.map { scanned.faults[$0.offset] } == [
                .none, .fieldTooLong, .fieldTooLong, .rowTooLong, .unclosedQuote, .unclosedQuote, .none, .none,
            ])
        #expect(rows[1].element == ["1", "xxxx"])
        #expect(rows.map { scanned.lines[$0.offset] } == [1, 2, 3, 4, 5, 705, 706, 707])
    }

    @Test func keepsOnlySomeOfTooManyColumns() throws {
        var limits = ScanLimits()
        limits.columns = 10
        let scanned = try Scanned("a,b\n" + String(repeating: ",", count: 5000) + "\n1,2\n", limits: limits)
        #expect(scanned.records.map(\.count) == [2, 10, 2])
        #expect(scanned.faults == [.none, .tooManyColumns, .none])
    }

    @Test func cutsBatchesAtTheirLimits() throws {
        let text = (0..<5001).map { "\($0),x\n" }.joined()
        var scanner = try CSVScanner(TextInput(MemorySource(Array(text.utf8))))
        var batch = RecordBatch()
        var counts: [Int] = []
        while try scanner.next(into: &batch) {
            #expect(batch.number == counts.count)
            counts.append(batch.count)
        }
        #expect(counts == [2000, 2000, 1001])
    }

    /// Small limits, so that every way of cutting a row off is met, wherever the pieces end.
    @Test(arguments: [CSVScanner.Rules.recovering, .python])
    func piecesNeverChangeTheRecords(rules: CSVScanner.Rules) throws {
        var limits = ScanLimits()
        limits.field = 20
        limits.row = 50
        limits.columns = 5
        limits.keptOfLongField = 3
        limits.batchRecords = 4
        limits.batchBytes = 60
        var random = SeededRandom(seed: 4180)
        let alphabet = [",", ",", "\"", "\"\"", "\n", "\r\n", "\r", "a", "bcdef", "0123456789", ",\"", "\",", "\"\n"]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1..<60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? ""
            }.joined()
            let whole = try Scanned(text, delimiter: 0x2C, rules: rules, limits: limits)
            for piece in [1, 2, 3, 5, 8, 13, 40] {
                let pieces = try Scanned(text, delimiter: 0x2C, rules: rules, piece: piece, limits: limits)
                guard pieces == whole else {
                    Issue.record("pieces of \(piece): \(text.debugDescription)\n\(whole)\n\(pieces)")
                    return
                }
            }
        }
    }

    @Test func aHugeFieldNeedsLittleMemory() throws {
        let bytes = Array("p,n\n1,\"".utf8) + [UInt8](repeating: 0x78, count: 12 << 20) + Array("\n2,ok\n".utf8)
        var scanner = try CSVScanner(TextInput(MemorySource(bytes)))
        var batch = RecordBatch()
        var records: [[String]] = []
        var most = 0
        while try scanner.next(into: &batch) {
            records += (0..<batch.count).map { batch.strings(of: $0) }
            most = max(most, batch.text.bytes.count)
        }
        #expect(records.map { $0[0] } == ["p", "1", "2"])
        #expect(records[1][1].utf8.count == 256)
        #expect(most < 4 << 20)
    }
}
