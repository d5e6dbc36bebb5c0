import Testing

@testable import HTTPServer

@Suite struct InflaterTests {
    private func unpack(_ packed: [UInt8], pieces size: Int = .max, limit: Int = 64 << 20) throws -> [UInt8] {
        let inflater = Inflater(limit: limit)
        var rest = packed[...]
        var whole: [UInt8] = []
        while !rest.isEmpty {
            inflater.feed(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let piece = try inflater.next() {
                #expect(!piece.isEmpty)
                whole += piece
            }
        }
        try inflater.finish()
        return whole
    }

    private static let text = (0..<40_000).flatMap { Array("row \($0),\($0 &* 2_654_435_761 % 997)\n".utf8) }

    @Test(arguments: [1, 100, 4096, .max]) func comesBackAsItWas(size: Int) throws {
        let packed = try #require(Deflater.pack(Self.text))
        #expect(packed.count < Self.text.count / 2)
        #expect(try unpack(packed, pieces: size) == Self.text)
        // Several members make one body, as `cat a.gz b.gz` does.
        #expect(try unpack(packed + packed, pieces: size) == Self.text + Self.text)
    }

    @Test func bombsAreStopped() throws {
        let zeros = try #require(Deflater.pack(Array(repeating: 0, count: 32 << 20)))
        #expect(throws: BodyFault.bomb) { try unpack(zeros) }
        #expect(throws: BodyFault.tooLarge(limit: 1000)) { try unpack(zeros, limit: 1000) }
        let small = try #require(Deflater.pack(Array(repeating: 0, count: 100_000)))
        #expect(try unpack(small).count == 100_000)
    }

    @Test func whatIsNoGzipIsRefused() throws {
        let packed = try #require(Deflater.pack(Self.text))
        #expect(throws: BodyFault.badEncoding) { try unpack(Array("plain text".utf8)) }
        #expect(throws: BodyFault.badEncoding) { try unpack(Array(packed.dropLast())) }
        #expect(throws: BodyFault.badEncoding) { try unpack(packed + Array("more".utf8)) }
        #expect(throws: BodyFault.badEncoding) { try unpack([]) }
        var flipped = packed
        flipped[packed.count / 2] ^= 0xFF
        #expect(throws: BodyFault.self) { try unpack(flipped) }
    }
}
