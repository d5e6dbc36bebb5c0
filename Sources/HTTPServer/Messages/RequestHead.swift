/// Reads the header fields where the server library left them, and refuses what the library lets pass: lines that
/// are folded or end with a bare LF, names that are no tokens, control bytes, two lengths, a length beside chunks.
/// The library (0.9.75) even glues a folded line to the *name* before it, which then is another header.
enum RequestHead {
    struct Limits {
        var bytes: Int
        var fields: Int
        var target: Int
    }

    /// `lines` begins after the request line. The library has put zero bytes in place of each colon and of each CR
    /// and LF, so that a line is: name 0 blanks value 0 0; the head ends with one more 0 0.
    static func fields(_ lines: UnsafeBufferPointer<UInt8>, limit: Int) throws(HeadFault) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserve(bytes: lines.count)
        let end = lines.count
        var place = 0
        while true {
            guard place + 1 < end else { throw .malformed }
            if lines[place] == 0 {
                guard lines[place + 1] == 0, place + 2 == end else { throw .malformed }
                return headers
            }
            let name = place
            while place < end, isToken(lines[place]) { place += 1 }
            guard place > name, place < end, lines[place] == 0 else { throw .malformed }
            let nameEnd = place
            place += 1
            while place < end, isBlank(lines[place]) { place += 1 }
            let value = place
            while place < end, isText(lines[place]) { place += 1 }
            guard place + 1 < end, lines[place] == 0, lines[place + 1] == 0 else { throw .malformed }
            var valueEnd = place
            while valueEnd > value, isBlank(lines[valueEnd - 1]) { valueEnd -= 1 }
            // The library reads a length with a blank behind it differently.
            if valueEnd < place, isFraming(lines[name..<nameEnd]) { throw .lengthUnclear }
            place += 2
            guard headers.count < limit else { throw .tooManyFields }
            headers.append(
                name: UnsafeBufferPointer(rebasing: lines[name..<nameEnd]),
                value: UnsafeBufferPointer(rebasing: lines[value..<valueEnd]))
        }
    }

    /// Whether it is clear where the request ends and whom it is for. Gives the length of its body, nil where it
    /// comes in chunks.
    static func bodyLength(_ headers: HTTPHeaders, isHTTP11: Bool) throws(HeadFault) -> Int? {
        switch headers.occurrences(of: "host") {
        case 1:
            let isHost = headers.withValue(of: "host") { value in
                value.allSatisfy { $0 > 0x20 && $0 != 0x2C && $0 != 0x2F && $0 != 0x40 && $0 < 0x7F }
            }
            guard isHost == true else { throw .hostMissing }
        case 0 where !isHTTP11: break
        default: throw .hostMissing
        }
        if headers.occurrences(of: "expect") > 0 {
            guard headers.occurrences(of: "expect") == 1, headers.isValue(of: "expect", "100-continue") else {
                throw .expectationUnknown
            }
        }
        let lengths = headers.occurrences(of: "content-length")
        let codings = headers.occurrences(of: "transfer-encoding")
        if codings > 0 {
            guard lengths == 0, codings == 1, isHTTP11 else { throw .lengthUnclear }
            guard headers.isValue(of: "transfer-encoding", "chunked") else { throw .codingUnknown }
            return nil
        }
        guard lengths <= 1 else { throw .lengthUnclear }
        guard lengths == 1 else { return 0 }
        let length = headers.withValue(of: "content-length") { digits -> Int? in
            guard !digits.isEmpty, digits.count <= 18 else { return nil }
            var length = 0
            for digit in digits {
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                length = length * 10 + Int(digit - 0x30)
            }
            return length
        }
        guard let length = length ?? nil else { throw .lengthUnclear }
        return length
    }

    /// Printable ASCII, no blanks: a target is nothing else.
    static func isTarget(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    private static func isFraming(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        for framing: StaticString in ["content-length", "transfer-encoding"] {
            let isIt = framing.withUTF8Buffer { framing in
                name.count == framing.count && zip(name, framing).allSatisfy { $0 | 0x20 == $1 }
            }
            if isIt { return true }
        }
        return false
    }
}
