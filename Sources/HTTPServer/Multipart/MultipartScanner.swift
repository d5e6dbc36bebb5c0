/// Cuts a multipart body into parts: bytes in, events out, whatever pieces they come in. Holds no more than a piece, a
/// boundary and a part's header. Pure.
///
/// preamble -> header -> opening -> content -> header … -> done
struct MultipartScanner {
    struct Limits: Sendable {
        var parts = 100
        var headerBytes = 8 << 10
    }

    enum Event: Equatable {
        case needsMore
        case part(MultipartPart)
        /// Content of the part, never empty.
        case bytes([UInt8])
        case partEnd
        case end
    }

    private enum State { case preamble, header, opening, content, done }

    private static let longestBoundary = 70
    private static let dash = UInt8(ascii: "-")

    private let limits: Limits
    /// CR LF - - boundary
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    private var start = 0
    private var state = State.preamble
    private var parts = 0

    /// Nil for a boundary that the standard doesn't allow.
    init?(boundary: String, limits: Limits = Limits()) {
        let bytes = Array(boundary.utf8)
        guard (1...Self.longestBoundary).contains(bytes.count), bytes.last != 0x20,
            bytes.allSatisfy({ RequestHead.isToken($0) || "()+_,-./:=? ".utf8.contains($0) })
        else { return nil }
        delimiter = Array("\r\n--".utf8) + bytes
        self.limits = limits
        // The first boundary may stand at the very start, without a line end before it.
        buffer = [13, 10]
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    mutating func step() throws(MultipartFault) -> Event {
        switch state {
        case .preamble: try preamble()
        case .header: try header()
        case .opening: opening()
        case .content: content()
        case .done: .end
        }
    }

    private mutating func preamble() throws(MultipartFault) -> Event {
        guard let place = find(delimiter) else {
            if buffer.count - start > limits.headerBytes { throw .malformed }
            return .needsMore
        }
        start = place + delimiter.count
        state = .header
        return try header()
    }

    /// Behind a boundary: two dashes and the end, or blanks, a line end and a part's header.
    private mutating func header() throws(MultipartFault) -> Event {
        guard buffer.count - start >= 2 else { return .needsMore }
        if buffer[start] == Self.dash, buffer[start + 1] == Self.dash {
            state = .done
            return .end
        }
        guard let end = find([13, 10, 13, 10]) else {
            if buffer.count - start > limits.headerBytes { throw .headerTooLarge }
            return .needsMore
        }
        guard end - start <= limits.headerBytes else { throw .headerTooLarge }
        var line = start
        while buffer[line] == 0x20 || buffer[line] == 0x09 { line += 1 }
        guard buffer[line] == 13, buffer[line + 1] == 10 else { throw .malformed }
        parts += 1
        guard parts <= limits.parts else { throw .tooManyParts(limit: limits.parts) }
        let part = try MultipartPart(header: buffer[min(line + 2, end)..<end])
        start = end + 2
        state = .opening
        return .part(part)
    }

    /// The empty line behind a header, which is also the line end before a boundary where there is no content at all.
    private mutating func opening() -> Event {
        let there = min(buffer.count - start, delimiter.count)
        let isBoundary = buffer[start..<start + there].elementsEqual(delimiter.prefix(there))
        if isBoundary, there < delimiter.count { return .needsMore }
        if !isBoundary { start += 2 }
        state = .content
        return content()
    }

    private mutating func content() -> Event {
        if let place = find(delimiter) {
            if place > start { return take(to: place) }
            start = place + delimiter.count
            state = .header
            return .partEnd
        }
        // What may be the beginning of a boundary stays.
        var safe = max(start, buffer.count - delimiter.count + 1)
        while safe < buffer.count, buffer[safe] != 13 { safe += 1 }
        return safe > start ? take(to: safe) : .needsMore
    }

    private mutating func take(to end: Int) -> Event {
        defer { start = end }
        return .bytes(Array(buffer[start..<end]))
    }

    private func find(_ wanted: [UInt8], at place: Int) -> Bool {
        guard place + wanted.count <= buffer.count else { return false }
        for index in wanted.indices where buffer[place + index] != wanted[index] { return false }
        return true
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        var place = start
        while place + wanted.count <= buffer.count {
            if buffer[place] == wanted[0], find(wanted, at: place) { return place }
            place += 1
        }
        return nil
    }
}
