import TestSupport
import Testing

@testable import Domain

/// The table against `phonenumbers` itself, on generated inputs of every region.
@Suite struct PhoneOracleTests {
    /// The script ends with an error if the table in the repository is not what the pinned metadata makes.
    @Test func committedTableIsCurrent() throws {
        #expect(throws: Never.self) { try PythonOracle.lines("../compile-phone-metadata.py", ["--check"]) }
    }

    @Test func agreesWithPhonenumbersInEveryRegion() throws {
        var judged = 0
        var valid = 0
        for line in try PythonOracle.lines("phone.py") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(fields.count == 5)
            let bytes = PythonOracle.bytes(hex: fields[4])
            let verdict = PhoneTable.check(bytes.span, defaultRegion: Region(fields[0]) ?? .none, repair: .none)
            let number = verdict.number
            let agrees =
                (number != nil) == (fields[1] == "1") && (number?.e164 ?? "") == fields[2]
                && (number?.region.code ?? "") == fields[3]
            #expect(agrees, "\(String(decoding: bytes, as: UTF8.self)) in \(fields[0]): \(verdict), not \(fields[2])")
            judged += 1
            if number != nil { valid += 1 }
        }
        #expect(judged > 10_000 && valid > judged / 4)
    }
}
