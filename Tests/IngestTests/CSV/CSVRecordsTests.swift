import Foundation
import Testing

@testable import Ingest

@Suite struct CSVRecordsTests {
    private func print(_ bytes: [UInt8]) throws -> String {
        var output: [UInt8] = []
        try CSVRecords.write(MemorySource(bytes)) { output.append(contentsOf: $0) }
        return String(decoding: output, as: UTF8.self)
    }

    @Test func writesAnArrayForEachRecord() throws {
        #expect(
            try print(Array("a;b\r\n\r\n\"x \"\"y\"\"\n\";é\u{1}\n".utf8))
                == "[\"a\", \"b\"]\n[]\n[\"x \\\"y\\\"\\n\", \"é\\u0001\"]\n")
        #expect(try print([]) == "")
        #expect(try print([0x61, 0x2C, 0xFF, 0x0A]) == "[\"a\", \"\u{FFFD}\"]\n")
    }
}
