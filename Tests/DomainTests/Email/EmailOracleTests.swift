import TestSupport
import Testing

@testable import Domain

/// The check against `email-validator` itself, on generated addresses.
@Suite struct EmailOracleTests {
    @Test func agreesWithEmailValidator() throws {
        var judged = 0
        var valid = 0
        var normalized: [UInt8] = []
        for line in try PythonOracle.lines("email.py") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(fields.count == 4)
            let bytes = PythonOracle.bytes(hex: fields[3])
            normalized.removeAll(keepingCapacity: true)
            let result = EmailAddress.check(bytes.span, into: &normalized)
            var sent: [UInt8] = []
            if case .success = result {
                EmailAddress.appendForSending(normalized.span, to: &sent)
                valid += 1
            }
            let agrees =
                (fields[0] == "1") == ((try? result.get()) != nil) && normalized == PythonOracle.bytes(hex: fields[1])
                && sent == PythonOracle.bytes(hex: fields[2])
            let expected = String(decoding: PythonOracle.bytes(hex: fields[1]), as: UTF8.self)
            #expect(agrees, "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(result), not \(expected)")
            judged += 1
        }
        #expect(judged > 5_000 && valid > judged / 5)
    }
}
