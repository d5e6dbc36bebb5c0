/// Cuts the list `recipients` out of a JSON body as it arrives, whatever stands before and behind it: its objects come
/// out one a line, as NDJSON, and the rest is kept, with null in the list's place. Bytes in, bytes out, in whatever
/// pieces they come; holds no more than the rest. Pure.
///
/// That the brackets of the list match and its commas stand right is checked here; what is wrong inside one of its
/// objects makes that one a rejected row; the rest is for `JSON.parse`. So what is no JSON is never taken for any.
struct RecipientsScanner {
    enum Fault: Error, Equatable {
        case malformed
        case tooDeep
        case notAnObject
        case repeated
        case restTooLong
        case unfinished
    }

    private enum Place { case outside, first, next, behind, element }

    static let restLimit = 1 << 20
    private static let deepest = 100
    private static let key = Array("recipients".utf8)

    /// Everything but the recipients.
    private(set) var rest: [UInt8] = []
    /// How much of it stands before them; nil until they begin.
    private(set) var headLength: Int?

    private var place = Place.outside
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Of the open brackets of an element: whether each is a brace.
    private var braces: UInt128 = 0
    /// Where the string at hand begins in `rest`, if it is a key of the body's own object.
    private var keyStart: Int?
    private var mayBeKey = false
    /// `"recipients"` was read, and then its colon.
    private var isNamed = false
    private var isAwaited = false

    /// What stands before the recipients, as an object of its own.
    var head: [UInt8]? { headLength.map { Array(rest[..<$0]) + [0x7D] } }

    /// Appends to `lines` what the piece brings of the recipients.
    mutating func feed(_ piece: [UInt8], into lines: inout [UInt8]) throws(Fault) {
        var at = 0
        while at < piece.count {
            switch place {
            case .outside: try outside(piece, &at)
            case .first, .next, .behind: try between(piece, &at)
            case .element: try element(piece, &at, &lines)
            }
        }
    }

    func finish() throws(Fault) { if place != .outside { throw .unfinished } }

    private mutating func outside(_ piece: [UInt8], _ at: inout Int) throws(Fault) {
        while at < piece.count {
            let byte = piece[at]
            at += 1
            if isAwaited, !Self.isSpace(byte) {
                isAwaited = false
                if byte == 0x5B {
                    try begin()
                    return
                }
            }
            rest.append(byte)
            if rest.count > Self.restLimit { throw .restTooLong }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                    isNamed = keyStart.map { rest[$0..<rest.count - 1].elementsEqual(Self.key) } ?? false
                    keyStart = nil
                }
                continue
            }
            switch byte {
            case 0x22:
                isInString = true
                if mayBeKey, depth == 1 { keyStart = rest.count }
                mayBeKey = false
            case 0x7B, 0x5B:
                depth += 1
                mayBeKey = depth == 1
            case 0x7D, 0x5D: depth -= 1
            case 0x2C: mayBeKey = depth == 1
            case 0x3A:
                isAwaited = isNamed && depth == 1
                isNamed = false
            default: break
            }
        }
    }

    private mutating func begin() throws(Fault) {
        if headLength != nil { throw .repeated }
        rest += "null".utf8
        headLength = rest.count
        place = .first
    }

    private mutating func between(_ piece: [UInt8], _ at: inout Int) throws(Fault) {
        let byte = piece[at]
        if Self.isSpace(byte) {
            at += 1
            return
        }
        switch (place, byte) {
        case (.first, 0x5D), (.behind, 0x5D):
            at += 1
            place = .outside
        case (.behind, 0x2C):
            at += 1
            place = .next
        case (.first, 0x7B), (.next, 0x7B):
            place = .element
            braces = 0
            depth = 0
        case (.first, 0x22), (.next, 0x22), (.first, 0x5B), (.next, 0x5B), (.first, 0x2D...0x39), (.next, 0x2D...0x39),
            (.first, 0x61...0x7A), (.next, 0x61...0x7A):
            throw .notAnObject
        default: throw .malformed
        }
    }

    /// To the end of the element, or of the piece.
    private mutating func element(_ piece: [UInt8], _ at: inout Int, _ lines: inout [UInt8]) throws(Fault) {
        let bytes = piece.span
        var start = at
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if isInString {
                // A line end would begin another line; JSON wants it escaped.
                if byte < 0x20 { throw .malformed }
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x22 {
                    isInString = false
                } else if byte == 0x5C {
                    isEscaped = true
                }
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case 0x7B, 0x5B:
                depth += 1
                guard depth <= Self.deepest else { throw .tooDeep }
                braces = braces << 1 | (byte == 0x7B ? 1 : 0)
            case 0x7D, 0x5D:
                guard braces & 1 == (byte == 0x7D ? 1 : 0) else { throw .malformed }
                depth -= 1
                braces >>= 1
                guard depth == 0 else { continue }
                lines.append(contentsOf: piece[start..<at])
                lines.append(0x0A)
                place = .behind
                // The body's own object is still open.
                depth = 1
                return
            case 0x0A, 0x0D:
                lines.append(contentsOf: piece[start..<at - 1])
                lines.append(0x20)
                start = at
            case 0x09: break
            case 0..<0x20: throw .malformed
            default: break
            }
        }
        lines.append(contentsOf: piece[start..<at])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
