import Testing

@testable import HTTPServer

@Suite struct WebSocketCodecTests {
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    private static func frame(_ first: UInt8, _ content: [UInt8], mask: [UInt8] = mask) -> [UInt8] {
        var frame = [first]
        if content.count < 126 {
            frame.append(0x80 | UInt8(content.count))
        } else {
            frame += [0x80 | 126, UInt8(content.count >> 8), UInt8(truncatingIfNeeded: content.count)]
        }
        return frame + mask + content.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    private static func events(_ bytes: [UInt8], pieces size: Int = .max, limit: Int = 1000) -> [WebSocketCodec.Event] {
        var codec = WebSocketCodec(limit: limit)
        var events: [WebSocketCodec.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            codec.feed(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let event = codec.next() { events.append(event) }
        }
        return events
    }

    /// The examples of the standard, and what lies between them.
    @Test(arguments: [1, 2, 3, 7, .max]) func framesInPiecesOfAnySize(size: Int) {
        let long = Array(repeating: UInt8(ascii: "l"), count: 300)
        let bytes =
            [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58] + Self.frame(0x01, [0x61, 0xC3])
            + Self.frame(0x89, [1, 2]) + Self.frame(0x00, [0xBC]) + Self.frame(0x80, []) + Self.frame(0x8A, [])
            + Self.frame(0x81, long) + Self.frame(0x88, [0x03, 0xE8, 0x62]) + Self.frame(0x81, [0x61])
        #expect(
            Self.events(bytes, pieces: size) == [
                .text(Array("Hello".utf8)), .ping([1, 2]), .text([0x61, 0xC3, 0xBC]), .pong, .text(long), .close(1000),
            ])
    }

    @Test(
        arguments: [
            // Not masked, reserved bits, reserved operations, a fragmented ping, a long ping, fragments without a start or
            // two starts, a length that isn't the shortest, a close of one byte, of a code that is never sent.
            ([0x81, 0x01, 0x61], 1002), (frame(0xC1, []), 1002), (frame(0x83, []), 1002), (frame(0x8B, []), 1002),
            (frame(0x09, []), 1002), (frame(0x89, Array(repeating: 0, count: 126)), 1002), (frame(0x80, []), 1002),
            (frame(0x01, []) + frame(0x81, []), 1002), ([0x81, 0xFE, 0, 5], 1002),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5], 1002),
            ([0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002), (frame(0x88, [3]), 1002),
            (frame(0x88, [0x03, 0xED]), 1002),
            (frame(0x88, [0, 0]), 1002), (frame(0x82, []), 1003), (frame(0x81, [0xC3]), 1007),
            (frame(0x81, [0xED, 0xA0, 0x80]), 1007),
            (frame(0x88, [0x03, 0xE8, 0xFF]), 1007), ([0x81, 0xFE, 0x03, 0xE9], 1009),
            ([0x81, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], 1009),
            (frame(0x01, Array(repeating: 0x61, count: 600)) + frame(0x80, Array(repeating: 0x61, count: 600)), 1009),
        ] as [([UInt8], UInt16)]) func whatIsForbiddenEndsIt(bytes: [UInt8], code: UInt16)
    {
        #expect(Self.events(bytes + Self.frame(0x81, [0x61])) == [.violation(code)])
        #expect(Self.events(bytes, pieces: 1) == [.violation(code)])
    }

    @Test func framesOut() {
        #expect(WebSocketCodec.text(Array("Hello".utf8)) == [0x81, 5] + Array("Hello".utf8))
        #expect(WebSocketCodec.text(Array(repeating: 1, count: 126)).prefix(4) == [0x81, 126, 0, 126])
        #expect(
            WebSocketCodec.text(Array(repeating: 1, count: 65536)).prefix(10) == [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(WebSocketCodec.close(1001) == [0x88, 2, 3, 0xE9] && WebSocketCodec.close(nil) == [0x88, 0])
    }
}
