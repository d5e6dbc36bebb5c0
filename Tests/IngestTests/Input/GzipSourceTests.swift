import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite struct GzipSourceTests {
    private func files() throws -> [[UInt8]] {
        try PythonOracle.lines("gzip_files.py").map { Array(try #require(Data(base64Encoded: String($0)))) }
    }

    private func text(_ bytes: [UInt8], piece: Int = .max, limit: Int = 64 << 30) throws -> String {
        let input = try TextInput(MemorySource(bytes, piece: piece), expandedLimit: limit)
        #expect(input.isGzip)
        var buffer = TextBuffer()
        while try input.read(4096, into: &buffer) {}
        return String(decoding: buffer.bytes[..<buffer.filled], as: UTF8.self)
    }

    @Test func readsMembersOneAfterAnother() throws {
        let files = try files()
        for piece in [1, 2, 5, 4096] {
            #expect(try text(files[0], piece: piece) == "phone,name\n91234567,Tan\n91234568,Lim\n")
            #expect(try text(files[1], piece: piece) == "phone,name\n91234567,Tan\n91234568,Lim\n")
        }
    }

    @Test func refusesWhatIsCutOffOrDamaged() throws {
        let files = try files()
        #expect(throws: IngestError.gzipTruncated) { try text(files[2]) }
        #expect(throws: IngestError.gzipTruncated) { try text(files[3]) }
        #expect(throws: IngestError.gzipDamaged(reason: "other data follows it")) { try text(files[4]) }
        #expect {
            try text(files[5])
        } throws: { error in
            if case .gzipDamaged = error as? IngestError { true } else { false }
        }
    }

    @Test func stopsABomb() throws {
        let bomb = try files()[6]
        #expect(throws: IngestError.expandsTooMuch(limit: 1 << 20)) { try text(bomb, limit: 1 << 20) }
        #expect(try text(bomb).utf8.count == 8 << 20)
    }
}
