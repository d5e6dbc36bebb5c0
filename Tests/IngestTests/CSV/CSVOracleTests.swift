import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite struct CSVOracleTests {
    private struct Case: Decodable {
        var file: Data
        var delimiter: UInt8
        var records: [[String]]
    }

    @Test func agreesWithPythonOnGeneratedFiles() throws {
        let decoder = JSONDecoder()
        let cases = try PythonOracle.lines("csv_records.py").map { try decoder.decode(Case.self, from: Data($0.utf8)) }
        #expect(cases.count == 1500)
        for (number, item) in cases.enumerated() {
            let scanned = try Scanned(
                Array(item.file), delimiter: item.delimiter, rules: .python, piece: number % 3 == 0 ? 7 : 4096)
            #expect(
                scanned.records == item.records,
                "case \(number): \(String(decoding: item.file, as: UTF8.self).debugDescription)")
            if scanned.records != item.records { break }
        }
    }
}
