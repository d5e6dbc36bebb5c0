import Testing

@testable import HTTPServer

@Suite struct MultipartScannerTests {
    private static func scan(
        _ text: String, pieces size: Int = .max, boundary: String = "B", limits: MultipartScanner.Limits = .init()
    ) throws -> [String] {
        var scanner = try #require(MultipartScanner(boundary: boundary, limits: limits))
        var rest = Array(text.utf8)[...]
        var told: [String] = []
        var content: [UInt8] = []
        while true {
            switch try scanner.step() {
            case .needsMore:
                guard !rest.isEmpty else { return told + ["cut"] }
                scanner.feed(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            case .part(let part):
                told.append("\(part.name)/\(part.fileName ?? "-")/\(part.contentType ?? "-")")
            case .bytes(let bytes):
                #expect(!bytes.isEmpty)
                content += bytes
            case .partEnd:
                told.append(String(decoding: content, as: UTF8.self))
                content = []
            case .end: return told
            }
        }
    }

    private static let disposition = "Content-Disposition: form-data; name="

    /// A boundary may be cut anywhere.
    @Test(arguments: [1, 2, 3, 5, 7, 11, 64, .max]) func piecesOfAnySize(size: Int) throws {
        let text =
            "ignored\r\n--B\r\n\(Self.disposition)\"a\"\r\n\r\none\r\n--B  \r\n"
            + "\(Self.disposition)\"f\"; filename=\"x.csv\"\r\nContent-Type: text/csv\r\n\r\n1,2\r\n--Bx\r\n-\r\n--\r\n--B\r\n"
            + "\(Self.disposition)\"empty\"\r\n\r\n\r\n--B\r\n\(Self.disposition)\"none\"\r\n\r\n--B--\r\nbehind"
        // "--Bx" begins with the boundary: as the standard has it, that is the end of the part.
        let plain = text.replacing("\r\n--Bx", with: "\r\n--xB")
        #expect(
            try Self.scan(plain, pieces: size) == [
                "a/-/-", "one", "f/x.csv/text/csv", "1,2\r\n--xB\r\n-\r\n--", "empty/-/-", "", "none/-/-", "",
            ])
    }

    @Test(arguments: [1, 4, .max]) func cutOffAnywhereIsSeen(size: Int) throws {
        let text = "--B\r\n\(Self.disposition)\"a\"\r\n\r\none\r\n--B--"
        for length in 0..<text.utf8.count - 1 {
            let start = String(decoding: Array(text.utf8).prefix(length), as: UTF8.self)
            #expect(try Self.scan(start, pieces: size).last == "cut")
        }
        #expect(try Self.scan(text, pieces: size) == ["a/-/-", "one"])
    }

    @Test(arguments: [
        ("name=a; filename=\"../../etc/passwd\"", "a/passwd/-"), ("name=a; filename=\"C:\\\\x\\\\y.csv\"", "a/y.csv/-"),
        ("name=\"a\\\"b\"", "a\"b/-/-"), ("name=\"ü\"", "ü/-/-"), ("name=a; filename=\"\"", "a//-"),
    ]) func names(parameters: String, told: String) throws {
        #expect(try Self.scan("--B\r\nContent-Disposition: form-data; \(parameters)\r\n\r\nx\r\n--B--").first == told)
    }

    @Test(arguments: [
        "Content-Disposition: form-data", "Content-Disposition: attachment; name=a", "X: y", "",
        "Content-Disposition: form-data; name=a; name=b", "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=\"\u{1}\"",
        "Content-Disposition: form-data; name=\"\(String(repeating: "a", count: 257))\"",
    ]) func partsWithoutAName(header: String) throws {
        #expect(throws: MultipartFault.badName) { try Self.scan("--B\r\n\(header)\r\n\r\nx\r\n--B--") }
    }

    @Test func limits() throws {
        let part = "--B\r\n\(Self.disposition)a\r\n\r\nx\r\n"
        #expect(throws: MultipartFault.tooManyParts(limit: 2)) {
            try Self.scan(part + part + part + "--B--", limits: .init(parts: 2))
        }
        let long = String(repeating: "X: y\r\n", count: 2000)
        #expect(throws: MultipartFault.headerTooLarge) { try Self.scan("--B\r\n\(long)\r\nx\r\n--B--", pieces: 100) }
        #expect(throws: MultipartFault.malformed) { try Self.scan(String(repeating: "x", count: 9000), pieces: 100) }
        #expect(throws: MultipartFault.malformed) { try Self.scan("--Bad\r\nX: y\r\n\r\nx\r\n--B--") }
        #expect(throws: MultipartFault.malformed) {
            try Self.scan("--B\r\n\(Self.disposition)a\r\n\(Self.disposition)b\r\n\r\nx\r\n--B--")
        }
    }

    @Test(arguments: ["", String(repeating: "b", count: 71), "a\r\nb", "ends ", "ü", "a\"b"])
    func boundariesThatAreNone(boundary: String) {
        #expect(MultipartScanner(boundary: boundary) == nil)
    }
}
