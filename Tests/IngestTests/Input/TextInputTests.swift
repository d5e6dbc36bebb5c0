import Domain
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite struct TextInputTests {
    private func read(_ bytes: [UInt8], piece: Int = .max) throws -> (text: String, encoding: TextEncoding) {
        let input = try TextInput(MemorySource(bytes, piece: piece))
        var buffer = TextBuffer()
        while try input.read(min(piece, 4096), into: &buffer) {}
        return (String(decoding: buffer.bytes[..<buffer.filled], as: UTF8.self), input.encoding)
    }

    static let sample = "name,city\r\nJosé,Zürich\r\n手机,😀\r\n"
    static let western = "name,city\r\nJosé,Zürich\r\nŒuvre,5 €\r\n"

    @Test(arguments: [1, 2, 3, 7, 4096])
    func convertsEveryEncoding(piece: Int) throws {
        let text = Self.sample
        let little = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let cases: [([UInt8], TextEncoding)] = [
            (Array(text.utf8), .utf8), ([0xEF, 0xBB, 0xBF] + Array(text.utf8), .utf8WithMark),
            ([0xFF, 0xFE] + little, .utf16LittleEndian), (little, .utf16LittleEndian),
            ([0xFE, 0xFF] + big, .utf16BigEndian), (big, .utf16BigEndian),
        ]
        for (bytes, encoding) in cases {
            let found = try read(bytes, piece: piece)
            #expect(found.text == text)
            #expect(found.encoding == encoding)
        }
        let latin = try read(Array(try #require(Self.western.data(using: .windowsCP1252))), piece: piece)
        #expect(latin.text == Self.western)
        #expect(latin.encoding == .windows1252)
        #expect(try read(Array("a,b\n".utf8), piece: piece).encoding == .ascii)
    }

    /// ASCII for a megabyte, then Windows-1252: nothing was lost by reading on.
    @Test func findsTheEncodingDeepInTheFile() throws {
        let plain = String(repeating: "0123456789abcdef\n", count: 70_000)
        let found = try read(Array(plain.utf8) + [0x4A, 0x6F, 0x73, 0xE9, 0x0A])
        #expect(found.encoding == .windows1252)
        #expect(found.text == plain + "José\n")
    }

    /// Damage is not a code page: it stays what it is, and its row is refused.
    @Test(arguments: [[0xFF, 0xFE], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x81], [0xFE]])
    func damagedBytesAreNotTakenForWindows1252(bytes: [UInt8]) throws {
        let found = try read(Array("phone,name\n1,".utf8) + bytes + [0x0A])
        #expect(found.encoding == .utf8)
        #expect(found.text.contains("\u{FFFD}"))
    }

    @Test func oneBadRowDoesNotTurnAUTF8FileIntoAnother() throws {
        let found = try read(Array("Müller\nJosé\n".utf8) + [0xE9, 0x0A])
        #expect(found.encoding == .utf8)
        #expect(found.text.hasPrefix("Müller\nJosé\n"))
    }

    @Test func halfOfAPairIsNotText() throws {
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit: UInt16 in [0x61, 0xD83D, 0x62, 0xDE00, 0x63] { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(try read(bytes).text == "a\u{FFFD}b\u{FFFD}c")
    }

    @Test(arguments: [
        ([0x25, 0x50, 0x44, 0x46, 0x2D, 0x31], FileKind.pdf), (Array("PK\u{03}\u{04}aaaaxl/b".utf8), .excelWorkbook),
        (Array("PK\u{03}\u{04}data.csv".utf8), .zipArchive),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .image),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .oldExcelWorkbook),
        ([UInt8](repeating: 0, count: 5000), .binary),
        ((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }, .binary),
    ])
    func namesWhatIsNoText(bytes: [UInt8], kind: FileKind) {
        #expect(throws: IngestError.notText(kind)) { try read(bytes) }
    }

    @Test(arguments: [[0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], [0, 0, 0xFE, 0xFF, 0, 0, 0, 0x61]])
    func refusesUTF32(bytes: [UInt8]) {
        #expect(throws: IngestError.utf32) { try read(bytes) }
    }

    @Test func agreesWithTheStandardLibraryOnWhatIsUTF8() {
        var random = SeededRandom(seed: 3629)
        let pieces: [[UInt8]] = [
            [0x41], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x98, 0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80],
            [0xF4, 0x90],
            [0x80], [0xE0, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0xF4, 0x8F, 0xBF, 0xBF], Array("0123456789".utf8),
        ]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<6, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random) ?? []
            }
            #expect(
                UTF8Check.isValid(bytes.span, in: 0..<bytes.count) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}
